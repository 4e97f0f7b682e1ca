/** A moment of a trace: the state after some of its steps, and what the last of them led to. */
import type { Model, ProcessId, Result, TraceDifference, TraceStep, Verdict } from "mmaplab/model";

/** What the model says to a step. */
export interface Answer {
  /** Null where the model could not run the step at all. */
  readonly model: Result | null;
  /** Where the model differs from what was recorded. */
  readonly differences: readonly TraceDifference[];
  readonly verdict: Verdict;
  /** Why the model could not run the step, in a sentence; null where it could. The state then stays as it was. */
  readonly failure: string | null;
}

/** The state after `position` steps. Its models are shared: look at them, and run nothing on them. */
export interface Moment {
  /** How many steps are done: 0 is the start. */
  readonly position: number;
  readonly model: Model;
  /** The step that led here; null at the start. */
  readonly last: {
    readonly step: TraceStep;
    readonly answer: Answer;
    /** The state before it. */
    readonly before: Model;
    /** Where it happened. */
    readonly process: ProcessId;
    /** The address it was about; null for one without. */
    readonly address: bigint | null;
  } | null;
}
