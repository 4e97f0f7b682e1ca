"""`python -m mmaplab_papermill`: runs the task on the first line of standard input, and ends when that is closed.

Prints one line of JSON: {"error": null}, or what went wrong.
"""

import json
import os
import signal
import sys
import threading
import time

# How long nbclient may take to end the kernel in order.
PATIENCE_SECONDS = 5


def _end_with_caller():
    """Whoever asked has gone, stopped or not: nothing may go on without it. The signal lets nbclient end the kernel."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    # The kernel ends with its parent.
    os._exit(1)


def main():
    task = json.loads(sys.stdin.buffer.readline())
    # Before the imports, which take a second.
    threading.Thread(target=_end_with_caller, daemon=True).start()
    from .run import run_task

    error = run_task(task)
    print(json.dumps({"error": error}), flush=True)
    # The reader of standard input would keep the process alive for its lock.
    os._exit(0 if error is None else 1)


if __name__ == "__main__":
    main()
