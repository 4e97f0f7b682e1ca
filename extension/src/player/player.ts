/**
 * Plays a trace on the model, forwards, backwards and by leaps, with no kernel. It runs every step at most a few times: copies
 * of the model are kept along the way, and a look back starts from the nearest one.
 */
import { Model, differencesOf, follow, verdictOf, type ModelOptions, type Trace, type TraceStep } from "mmaplab/model";
import type { Answer, Moment } from "./moment.js";
import { addressOf } from "./step-address.js";

/** Steps between two copies of the model, at first. */
const FIRST_SPACING = 32;
/** Copies kept; when there are more, every second one goes, and they lie twice as far apart. */
const MOST_COPIES = 48;

/** What matters of a step when one looks for the next of its kind. */
interface Gist {
  readonly faulted: boolean;
  readonly differs: boolean;
}

export class Player {
  readonly #steps: readonly TraceStep[];
  readonly #copies = new Map<number, Model>();
  #spacing = FIRST_SPACING;
  readonly #gists: Gist[] = [];
  #moment: Moment;

  /**
   * @param trace a checked trace; see `decodeTrace`
   * @param release whose rules and structures are shown; those of the trace unless told
   * @throws Error where the release is none
   */
  constructor(
    readonly trace: Trace,
    readonly release?: string,
  ) {
    this.#steps = trace.steps;
    const start = new Model(optionsFor(trace.machine, release));
    this.#copies.set(0, start);
    this.#moment = { position: 0, model: start, last: null };
  }

  /** How many steps there are; the last position. */
  get length(): number {
    return this.#steps.length;
  }

  /** What must be said beside anything shown of the release; null where nothing is. */
  get note(): string | null {
    return this.#moment.model.profileNote;
  }

  /**
   * The state after so many steps.
   * @param position from 0 to {@link length}; others are taken for the nearest end
   */
  at(position: number): Moment {
    const wanted = Math.min(Math.max(0, Math.trunc(position)), this.length);
    if (wanted !== this.#moment.position) this.#moment = this.#reach(wanted);
    return this.#moment;
  }

  /**
   * The next position whose step took a fault or ended with a signal.
   * @param after the position to start behind
   * @returns null where there is none
   */
  nextFault(after: number): number | null {
    return this.#next(after, ({ faulted }) => faulted);
  }

  /** The next position whose step the model answers otherwise than was recorded, explained or not. @returns null for none */
  nextDivergence(after: number): number | null {
    return this.#next(after, ({ differs }) => differs);
  }

  #next(after: number, fits: (gist: Gist) => boolean): number | null {
    for (let position = after + 1; position <= this.length; position += 1) {
      if (position > this.#gists.length) this.#runTo(position);
      const gist = this.#gists[position - 1];
      if (gist && fits(gist)) return position;
    }
    return null;
  }

  /** Runs on from where nothing has been run yet, as far as the gists are wanted; some steps more cost nothing extra. */
  #runTo(position: number): void {
    this.#modelAt(Math.min(this.length, position + this.#spacing));
  }

  #reach(position: number): Moment {
    const step = this.#steps[position - 1];
    if (step === undefined) return { position: 0, model: this.#modelAt(0), last: null };
    const before = this.#modelAt(position - 1);
    const { model, answer } = answered(before, step);
    this.#note(position, model, answer);
    const { process = 0 } = step.operation;
    return { position, model, last: { step, answer, before, process, address: addressOf(step, answer.model) } };
  }

  /** The model after so many steps; it is shared, and must not be changed. */
  #modelAt(position: number): Model {
    if (this.#moment.position === position) return this.#moment.model;
    const { last } = this.#moment;
    if (last !== null && this.#moment.position === position + 1) return last.before;
    let from = 0;
    let model = this.#copies.get(0) ?? new Model(optionsFor(this.trace.machine, this.release));
    if (this.#moment.position < position) [from, model] = [this.#moment.position, this.#moment.model];
    for (const [at, copy] of this.#copies) if (at <= position && at > from) [from, model] = [at, copy];
    if (from === position) return model;
    // From here on the model is this loop's own.
    model = model.clone();
    for (let at = from + 1; at <= position; at += 1) {
      const step = this.#steps[at - 1];
      if (step === undefined) break;
      const done = ran(model, step);
      model = done.model;
      this.#note(at, model, done.answer);
    }
    return model;
  }

  /** Remembers what a step was like, and the state behind it where a copy is due. */
  #note(position: number, model: Model, { model: said, differences, failure }: Answer): void {
    if (position === this.#gists.length + 1) {
      const { counts, outcome } = this.#steps[position - 1]?.result ??
        said ?? { counts: { minor: 0, major: 0 }, outcome: { kind: "value" } };
      const faulted = counts.minor + counts.major > 0 || outcome.kind === "signal";
      this.#gists.push({ faulted, differs: differences.length > 0 || failure !== null });
    }
    if (position % this.#spacing !== 0 || this.#copies.has(position)) return;
    this.#copies.set(position, model.clone());
    if (this.#copies.size <= MOST_COPIES) return;
    this.#spacing *= 2;
    for (const at of this.#copies.keys()) if (at % this.#spacing !== 0) this.#copies.delete(at);
  }
}

/** With the structure of a release comes its own index, whatever the machine had. */
function optionsFor(machine: ModelOptions, release: string | undefined): ModelOptions {
  return { ...machine, recordIndexSteps: true, ...(release === undefined ? {} : { release, index: undefined }) };
}

/** Runs a step on a copy of the model. */
function answered(before: Model, step: TraceStep): { readonly model: Model; readonly answer: Answer } {
  return ran(before.clone(), step, before);
}

/**
 * Runs a step on the model itself.
 * @param before the same state once more, if somebody keeps it
 * @returns the model after it: the one given, or, where the step failed, one in the state before it
 */
function ran(model: Model, step: TraceStep, before?: Model): { readonly model: Model; readonly answer: Answer } {
  try {
    const said = follow(model, step.operation, step.result);
    const differences = step.result === null ? [] : differencesOf(step.result, said);
    return { model, answer: { model: said, differences, verdict: verdictOf(step, differences), failure: null } };
  } catch (error) {
    // A step that makes no sense in this state, in a document that was put together by hand, or cut.
    const failure = error instanceof Error ? error.message : String(error);
    return { model: before ?? model, answer: { model: null, differences: [], verdict: "unexplained", failure } };
  }
}
