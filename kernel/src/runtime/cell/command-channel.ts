/**
 * How commands reach the main thread of the cell process: starts the helper thread that reads them, and shares with it
 * which execution runs, so that an interrupt meant for one cell never hits a later one.
 */
import { Worker } from "node:worker_threads";
import type { CellCommand } from "../frames.js";

/**
 * The place in `running` that holds the id of the execution on the main thread, 0 where none runs, and the id made negative while its
 * end is being sent: the supervisor may then send the next cell at any moment, so that V8 must not be told to end the code that runs.
 */
export const RUNNING = 0;

export interface CommandThreadData {
  readonly running: Int32Array;
}

export class CommandChannel {
  readonly #running = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(onCommand: (command: CellCommand) => void) {
    this.#worker = new Worker(new URL("./command-thread.js", import.meta.url), {
      workerData: { running: this.#running } satisfies CommandThreadData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.on("message", (message) => onCommand(message as CellCommand));
    // Without the thread no cell can be started or interrupted: let the supervisor replace the process.
    this.#worker.on("error", (error) => {
      process.stderr.write(`the command thread failed: ${error.stack ?? error.message}\n`);
      process.exit(1);
    });
  }

  /** Tells the thread which execution runs; see {@link RUNNING}. */
  set running(id: number) {
    Atomics.store(this.#running, RUNNING, id);
  }
}
