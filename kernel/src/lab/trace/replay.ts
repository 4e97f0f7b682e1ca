/** Replays a trace, on the model or on the live kernel, and holds every answer against the recorded one. */
import { release } from "node:os";
import {
  Model,
  differencesOf,
  follow,
  verdictOf,
  type Operation,
  type Reason,
  type Result,
  type Trace,
  type TraceDifference,
  type TraceStep,
  type Verdict,
} from "../../model/index.js";
import { ProcessExecutor } from "../kernel/index.js";
import { Relocation } from "./relocation.js";

/** How one step went. */
export interface ReplayedStep {
  /** Counted from 1. */
  readonly number: number;
  readonly operation: Operation;
  /** `not run` where it could not be run at all. */
  readonly verdict: Verdict | "not run";
  readonly differences: readonly TraceDifference[];
  /** Why it differs or was not run; null where nothing does, or where nobody knows. */
  readonly why: string | null;
  /** The model's reason for its answer. */
  readonly reason: Reason;
}

/** A replay waits no longer than this in all, in seconds, for what takes real time. */
const LONGEST_WAIT = 60;

/**
 * Replays on the model. Everything is run, whatever differs.
 * @param kernel the release whose rules it follows; the trace's own unless told
 * @throws Error where that names no release
 */
export function replayOnModel(trace: Trace, kernel?: string): ReplayedStep[] {
  const model = new Model(kernel === undefined ? trace.machine : { ...trace.machine, release: kernel, index: undefined });
  return trace.steps.map((step, index) => {
    const { operation, result } = step;
    try {
      const said = follow(model, operation, result);
      const differences = result === null ? [] : differencesOf(result, said);
      return judged(index, step, differences, step.explained ?? null, said.reason);
    } catch (error) {
      return notRun(index, step, error);
    }
  });
}

/**
 * Replays on the live kernel, in a process of its own and at addresses of its own. Files are made anew.
 * @throws Errno where no process can be made; Error where the trace needs more address space than there is
 */
export function replayOnKernel(trace: Trace): ReplayedStep[] {
  const relocation = new Relocation(trace.steps);
  const kernel = new ProcessExecutor();
  try {
    return new RealReplay(trace, relocation, kernel).run();
  } finally {
    kernel.close();
  }
}

class RealReplay {
  /** Follows this kernel, under its own rules: where it agrees, the recording was made under others. */
  readonly #model: Model;
  readonly #breakBy: bigint;
  #waited = 0;

  constructor(
    private readonly trace: Trace,
    private readonly relocation: Relocation,
    private readonly kernel: ProcessExecutor,
  ) {
    const heapStart = valueOf(kernel.run({ op: "brk", to: 0n }));
    this.#breakBy = heapStart - (firstBreak(trace) ?? heapStart);
    this.#model = new Model({ ...trace.machine, release: release(), index: undefined, heapStart });
  }

  run(): ReplayedStep[] {
    return this.trace.steps.map((step, index) => {
      try {
        return this.#step(step, index);
      } catch (error) {
        return notRun(index, step, error);
      }
    });
  }

  #step(step: TraceStep, index: number): ReplayedStep {
    const operation = this.relocation.operationThere(step, this.#breakBy);
    if (operation.op === "advance") this.#wait(operation.seconds);
    const answered = this.kernel.run(operation);
    const said = this.#follow(operation, answered);
    if (step.result === null) return judged(index, step, [], null, said?.reason ?? []);
    const back = this.relocation.resultBack(operation, answered, this.#breakBy);
    const differences = [...differencesOf(step.result, back), ...elsewhere(operation, step.result, back)];
    return judged(index, step, differences, this.#why(step, answered, said), said?.reason ?? []);
  }

  #wait(seconds: number): void {
    this.#waited += seconds;
    if (this.#waited > LONGEST_WAIT)
      throw new Error(`a replay waits for at most ${String(LONGEST_WAIT)} seconds in all. On the model, time passes at once: --on model`);
  }

  /** The model's answer; null where it cannot follow. */
  #follow(operation: Operation, answered: Result): Result | null {
    try {
      return follow(this.#model, operation, answered);
    } catch {
      return null; // an earlier step was not run, so that the model is in another state than the kernel
    }
  }

  #why(step: TraceStep, answered: Result, said: Result | null): string | null {
    if (step.explained !== undefined) return step.explained;
    if (step.operation.op === "mlockall") return "mlockall: it locks all that a process has mapped, and this process has less mapped";
    const here = release();
    if (here !== this.trace.release && said !== null && differencesOf(answered, said).length === 0)
      return `kernel: recorded on ${this.trace.release}; on ${here} the rules are others, and the model agrees with it`;
    return null;
  }
}

/** An address that the kernel chose is asked for again; where it lies elsewhere all the same, that is a difference. */
function elsewhere({ op }: Operation, recorded: Result, answered: Result): TraceDifference[] {
  if (op !== "mmap" && op !== "mremap") return [];
  const [mine, theirs] = [recorded.outcome, answered.outcome];
  if (mine.kind !== "value" || theirs.kind !== "value" || mine.value === theirs.value) return [];
  return [{ what: "outcome", recorded: `0x${mine.value.toString(16)}`, answered: `0x${theirs.value.toString(16)}` }];
}

function judged(index: number, step: TraceStep, differences: readonly TraceDifference[], why: string | null, reason: Reason): ReplayedStep {
  const known = why === null ? step : { ...step, explained: why };
  const verdict = verdictOf(known, differences);
  return { number: index + 1, operation: step.operation, verdict, differences, why: verdict === "explained" ? why : null, reason };
}

function notRun(index: number, { operation }: TraceStep, error: unknown): ReplayedStep {
  const why = error instanceof Error ? error.message : String(error);
  return { number: index + 1, operation, verdict: "not run", differences: [], why, reason: [] };
}

function valueOf({ outcome }: Result): bigint {
  return outcome.kind === "value" ? outcome.value : 0n;
}

/** The program break that the recording began with. */
function firstBreak({ machine, steps }: Trace): bigint | undefined {
  const asked = steps.find(({ operation, result }) => operation.op === "brk" && operation.to === 0n && result?.outcome.kind === "value");
  return asked?.result ? valueOf(asked.result) : machine.heapStart;
}
