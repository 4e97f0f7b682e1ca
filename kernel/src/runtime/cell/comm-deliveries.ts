/**
 * Hands comm messages of the front end to the handlers of cells, one at a time, each as an execution of its own: its outputs are
 * told apart, and an interrupt reaches a handler that does not end, also while no cell runs.
 */
import type { CellCommand } from "../frames.js";
import type { Comms } from "./comms.js";
import type { CurrentExecution, Execution } from "./current-execution.js";
import { KeyboardInterrupt, reportError } from "./error-report.js";
import { writeFrame } from "./frame-writer.js";
import type { Output } from "./output.js";

type CommCommand = Extract<CellCommand, { type: "comm" }>;

export interface CommDeliveriesParts {
  readonly executions: CurrentExecution;
  readonly comms: Comms;
  readonly output: Output;
  /** Tells the helper thread which execution may be terminated; negative while its end is sent, 0 for none. */
  readonly setRunning: (id: number) => void;
  /** Whether a cell waits in an `await`: an interrupt is meant for the cell then, and ends a handler with it. */
  readonly isCellRunning: () => boolean;
}

export class CommDeliveries {
  readonly #parts: CommDeliveriesParts;
  /** What is handled now. V8 may unwind it without a word, so that it is still here when the next command comes. */
  #handled: Execution | null = null;

  constructor(parts: CommDeliveriesParts) {
    this.#parts = parts;
  }

  /** Hands a message over. A `done` frame is sent when it has been handled, also where the handler throws. */
  deliver({ id, comm }: CommCommand): void {
    const { executions, comms, output, setRunning, isCellRunning } = this.#parts;
    const execution = executions.aside(id);
    this.#handled = execution;
    if (!isCellRunning()) setRunning(id);
    executions.within(execution, () => {
      try {
        comms.receive(comm);
      } catch (error) {
        output.stream("stderr", `${reportError(error).traceback.join("\n")}\n`);
      }
      this.#finish(execution);
    });
  }

  /** Ends the delivery that V8 has unwound. To be called with each command: a handler that is still at work lets none come. */
  endUnwound(): void {
    const unwound = this.#handled;
    if (unwound === null) return;
    const { executions, output } = this.#parts;
    executions.cancel(unwound);
    const { traceback } = reportError(new KeyboardInterrupt("the handler of a comm message was interrupted; the variables are kept"));
    executions.within(unwound, () => {
      output.stream("stderr", `${traceback.join("\n")}\n`);
      this.#finish(unwound);
    });
  }

  #finish(execution: Execution): void {
    const { setRunning, isCellRunning } = this.#parts;
    const isInterruptible = !isCellRunning();
    // Before it is sent, as at the end of a cell: the next cell may come at once.
    if (isInterruptible) setRunning(-execution.id);
    writeFrame({ type: "done", id: execution.id, status: "ok", result: null });
    this.#handled = null;
    if (isInterruptible) setRunning(0);
  }
}
