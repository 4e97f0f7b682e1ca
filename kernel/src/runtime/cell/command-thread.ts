/**
 * The helper thread of the cell process. It reads the supervisor's commands on fd 4, so that an interrupt gets through
 * while the main thread runs an endless loop, and it ends the process when the supervisor is gone.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { CellCommand } from "../frames.js";
import { readJsonLines } from "../json-lines.js";
import { RUNNING, type CommandThreadData } from "./command-channel.js";

const COMMAND_FD = 4;

/** How long the main thread may take to end the cell by itself, in ms. It does so at once where it only waits. */
const GRACE_MS = 10;
const REPEAT_MS = 50;

const { running } = workerData as CommandThreadData;
let session: Session | null = null;

/** Ends the process with the processes it has started. Not `process.exit`: the main thread may never come to run it. */
function endProcess(): void {
  try {
    process.kill(-process.pid, "SIGKILL"); // the supervisor makes this process the leader of a group
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}

/** Commands that wait while V8 unwinds the main thread: it must not hit the next cell. */
let held: CellCommand[] | null = null;

function forward(command: CellCommand): void {
  if (held === null) parentPort?.postMessage(command);
  else held.push(command);
}

/**
 * Ends execution `id`. The main thread is asked first; only where it is too busy to answer V8 is told to unwind it,
 * because that hits whatever JavaScript runs at the moment.
 */
function terminate(id: number): void {
  if (Math.abs(Atomics.load(running, RUNNING)) !== id) return;
  parentPort?.postMessage({ type: "terminate", id } satisfies CellCommand);
  setTimeout(() => {
    if (Atomics.load(running, RUNNING) === id && held === null) unwind(id);
    // Its end is being sent. An earlier unwinding may have hit that, so see to it that it is sent after all.
    else if (Atomics.load(running, RUNNING) === -id) setTimeout(() => terminate(id), REPEAT_MS);
  }, GRACE_MS);
}

function unwind(id: number): void {
  if (session === null) {
    session = new Session();
    session.connectToMainThread();
  }
  held ??= [];
  session.post("Runtime.terminateExecution", () => {
    const waiting = held ?? [];
    held = null;
    for (const command of waiting) forward(command);
    // The main thread's own code may have been hit instead of the cell's: look again.
    setTimeout(() => terminate(id), REPEAT_MS);
  });
}

const commands = new Socket({ fd: COMMAND_FD, readable: true, writable: false });
readJsonLines(
  commands,
  (value) => {
    const command = value as CellCommand;
    if (command.type === "terminate") terminate(command.id);
    else forward(command);
  },
  () => endProcess(), // the supervisor writes JSON only: this is not the supervisor
);
commands.on("close", endProcess);
commands.on("error", endProcess);
