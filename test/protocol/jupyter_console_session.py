"""Drives `jupyter console --kernel mmaplab` in a terminal of its own, as a person would, and prints what it showed as JSON.

The argument is JSON: a list of steps, each [what is typed, what has to appear], where a number stands for the prompt with that number and
null for the end of the program. A step whose text does not appear ends the session.
"""

import json
import os
import re
import sys

import pexpect

TIMEOUT_S = 60
COLOUR = r"(?:\x1b\[[\d;]*m)*"
# Colours, cursor movements and the like; what stays is text.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\x07\x08]")

# The answer to the question where the cursor is, which terminals give, is waited for otherwise.
ENVIRONMENT = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
COMMAND = [
    *["-m", "jupyter_console", "--kernel", "mmaplab"],
    # It asks whether a cell is complete while the kernel still starts, and asks no more where that takes over a second.
    "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=60",
]


def pattern(awaited):
    """What pexpect is to wait for."""
    if awaited is None:
        return pexpect.EOF
    if isinstance(awaited, int):
        return rf"In \[{COLOUR}{awaited}{COLOUR}\]: "
    return awaited


def main(steps):
    """Takes the steps and prints the texts between them and how the console ended."""
    console = pexpect.spawn(sys.executable, COMMAND, env=ENVIRONMENT, encoding="utf8", timeout=TIMEOUT_S, dimensions=(40, 200))
    shown = []
    for typed, awaited in steps:
        console.send(typed)
        try:
            console.expect(pattern(awaited))
        except (pexpect.TIMEOUT, pexpect.EOF) as failure:
            shown.append(f"{type(failure).__name__} instead of {awaited!r} after {typed!r}: {CONTROL.sub('', console.before)}")
            break
        shown.append(CONTROL.sub("", console.before))
    console.close(force=True)
    print(json.dumps({"shown": shown, "status": console.exitstatus}))


main(json.loads(sys.argv[1]))
