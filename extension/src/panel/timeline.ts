/**
 * What happened to an address space, step by step, on the model: the state now, and at any earlier step. Steps may be added
 * for ever; the oldest are then let go, and the state moves on with them.
 */
import {
  Model,
  differencesOf,
  follow,
  verdictOf,
  type Model as ModelType,
  type Result,
  type Trace,
  type TraceStep,
  type Verdict,
} from "mmaplab/model";

/** Steps between two copies of the model: what a look at an earlier step has to run again at most. */
const COPY_EVERY = 256;
/** Steps that are kept. */
const MOST_STEPS = 2048;

/** One step as a list shows it. */
export interface TimelineEvent {
  /** Its number, counted from 1 since the lab began. */
  readonly number: number;
  readonly step: TraceStep;
  /** How the model's answer compares with the kernel's; "failed" where the model could not run it at all. */
  readonly verdict: Verdict | "failed";
  /** What differs, or why it could not be run; empty where nothing does. */
  readonly remark: string;
}

/** A copy of the model as it was before a step. */
interface Copy {
  /** Index of that step among all steps. */
  readonly at: number;
  readonly model: ModelType;
}

export class Timeline {
  readonly #now: ModelType;
  /** Ascending; the first is where the kept steps begin. */
  readonly #copies: Copy[];
  #events: TimelineEvent[] = [];
  /** Steps that were let go, or were never known. */
  #gone: number;
  /** The last look at an earlier step. */
  #look: Copy | null = null;

  /**
   * @param trace where it begins; its prologue is part of the beginning and not listed
   * @param before how many operations there were before its first listed step
   */
  constructor(trace: Trace, before: number) {
    this.#now = new Model(trace.machine);
    for (const step of trace.steps.slice(0, trace.prologue)) answerOf(this.#now, step);
    this.#gone = before;
    this.#copies = [{ at: before, model: this.#now.clone() }];
    this.append(trace.steps.slice(trace.prologue));
  }

  /** Adds steps at the end. */
  append(steps: readonly TraceStep[]): void {
    for (const step of steps) {
      const at = this.end;
      if (at - this.#gone > 0 && at % COPY_EVERY === 0) this.#copies.push({ at, model: this.#now.clone() });
      this.#events.push({ number: at + 1, step, ...answerOf(this.#now, step) });
    }
    this.#letGo();
  }

  /** Lets go of all listed steps; the state stays as it is. */
  clear(): void {
    this.#gone = this.end;
    this.#events = [];
    this.#copies.splice(0, this.#copies.length, { at: this.#gone, model: this.#now.clone() });
    this.#look = null;
  }

  /** The listed steps, oldest first. */
  get events(): readonly TimelineEvent[] {
    return this.#events;
  }

  /** How many steps there were before the first listed one. */
  get gone(): number {
    return this.#gone;
  }

  /** How many steps there were in all. */
  get end(): number {
    return this.#gone + this.#events.length;
  }

  /** The model as it is after all steps. It is to be looked at only. */
  get now(): ModelType {
    return this.#now;
  }

  /**
   * The model as it was after the first `count` steps. It is to be looked at only.
   * @param count from {@link gone} to {@link end}; others are brought into that range
   */
  after(count: number): ModelType {
    const wanted = Math.min(Math.max(count, this.#gone), this.end);
    if (wanted === this.end) return this.#now;
    if (this.#look?.at === wanted) return this.#look.model;
    const nearest = this.#copies.findLast(({ at }) => at <= wanted);
    if (nearest === undefined) return this.#now;
    const model = nearest.model.clone();
    for (const { step } of this.#events.slice(nearest.at - this.#gone, wanted - this.#gone)) answerOf(model, step);
    this.#look = { at: wanted, model };
    return model;
  }

  #letGo(): void {
    if (this.#events.length <= MOST_STEPS) return;
    while (this.#copies.length > 1 && this.end - (this.#copies[0]?.at ?? 0) > MOST_STEPS) this.#copies.shift();
    const start = this.#copies[0]?.at ?? this.#gone;
    this.#events = this.#events.slice(start - this.#gone);
    this.#gone = start;
    if (this.#look !== null && this.#look.at < start) this.#look = null;
  }
}

function answerOf(model: ModelType, step: TraceStep): { readonly verdict: TimelineEvent["verdict"]; readonly remark: string } {
  let answer: Result;
  try {
    answer = follow(model, step.operation, step.result);
  } catch (error) {
    // An operation of a process that the model never saw begin, for one. The steps after it still mean something.
    return { verdict: "failed", remark: error instanceof Error ? error.message : String(error) };
  }
  if (step.result === null) return { verdict: "none", remark: "" };
  const differences = differencesOf(step.result, answer);
  const remark = differences.map(({ what, recorded, answered }) => `${what}: kernel ${recorded}, model ${answered}`).join("; ");
  return { verdict: verdictOf(step, differences), remark: step.explained === undefined ? remark : `${remark} (${step.explained})` };
}
