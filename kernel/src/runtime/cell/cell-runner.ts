/**
 * Runs cells one after another and reports how each ended.
 */
import type { CellCommand, CellFrame, CompiledCell, MimeBundle } from "../frames.js";
import type { CurrentExecution, Execution } from "./current-execution.js";
import { KeyboardInterrupt, reportError } from "./error-report.js";
import type { Evaluator } from "./evaluator.js";
import { encodeFrame, writeEncoded } from "./frame-writer.js";
import type { LocalModules } from "./local-modules.js";
import { present } from "./presentation.js";
import { StackTraces } from "./stack-trace.js";

type RunCommand = Extract<CellCommand, { type: "run" }>;
type DoneFrame = Extract<CellFrame, { type: "done" }>;

interface Running {
  readonly execution: Execution;
  readonly label: string;
}

export interface CellRunnerParts {
  readonly executions: CurrentExecution;
  readonly evaluator: Evaluator;
  readonly traces: StackTraces;
  readonly localModules: LocalModules;
  /** Tells the helper thread which execution may be terminated; negative while its end is sent, 0 for none. */
  readonly setRunning: (id: number) => void;
}

export class CellRunner {
  readonly #parts: CellRunnerParts;
  #running: Running | null = null;

  constructor(parts: CellRunnerParts) {
    this.#parts = parts;
  }

  /** Whether a cell runs, or waits in an `await`. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Runs a cell. A `done` frame is sent when it has ended, however it ends. */
  async run(command: RunCommand): Promise<void> {
    const { executions, evaluator, traces, localModules, setRunning } = this.#parts;
    const { id, cell, executionCount, silent } = command;
    const label = `cell [${executionCount}]`;
    traces.remember(id, label, cell.sourceMap);
    this.#running = { execution: executions.start(id), label };
    setRunning(id);
    localModules.receive(cell.modules ?? []);
    const ending = await evaluator.evaluate(`${cell.code}\n${StackTraces.sourceUrl(id)}`);
    if (ending.kind === "terminated") {
      this.interrupt(id);
    } else if (ending.kind === "thrown") {
      this.#finish({ type: "done", id, status: "error", error: this.#report(ending.error) });
    } else {
      await this.#finishWithValue(id, ending.value, cell, silent);
    }
  }

  /** Ends execution `id` as interrupted, where it still runs. Its code may be suspended in an `await` for ever; its timers are stopped. */
  interrupt(id: number): void {
    const running = this.#running;
    if (running?.execution.id !== id) return;
    this.#parts.executions.cancel(running.execution);
    const error = reportError(new KeyboardInterrupt(`${running.label} was interrupted; its variables are kept`));
    this.#finish({ type: "done", id, status: "error", error });
  }

  async #finishWithValue(id: number, value: unknown, cell: CompiledCell, silent: boolean): Promise<void> {
    let data: MimeBundle | null = null;
    try {
      if (cell.showsValue && !silent && value !== undefined) data = await present(value, id);
      this.#finish({ type: "done", id, status: "ok", result: data === null ? null : { data, metadata: {} } });
    } catch (error) {
      this.#finish({ type: "done", id, status: "error", error: this.#report(error) });
    }
  }

  #report(error: unknown): ReturnType<typeof reportError> {
    const report = reportError(error);
    // Syntax errors that only V8 finds name the place in lines that are not stack frames.
    return { ...report, traceback: report.traceback.map((line) => this.#parts.traces.rewriteCells(line)) };
  }

  /** Sends the frame, once for an execution: an interrupt and the end of the cell may cross. */
  #finish(frame: DoneFrame): void {
    if (this.#running?.execution.id !== frame.id) return;
    const encoded = encodeFrame(frame); // throws where a result has no JSON form; the cell is still running then, and ends with that error
    // Before it is sent: once the supervisor has it, the next cell may come, which an interrupt of this one must not hit.
    this.#parts.setRunning(-frame.id);
    writeEncoded(encoded);
    this.#running = null;
    this.#parts.setRunning(0);
  }
}
