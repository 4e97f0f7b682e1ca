/**
 * The pair: one call goes to the live kernel and to the model, and what they answered is kept side by side.
 *
 * The kernel runs first and decides. The model follows: it takes the address the kernel chose, and where the two
 * disagree on whether a call succeeds, the model keeps to what really happened, so that one difference does not become a
 * hundred.
 */
import { agree, follow, type Executor, type Model, type Operation, type Result } from "../model/index.js";

/** Dirty pages are counted one by one; a longer range is not worth the time. */
const MOST_COUNTED_BYTES = 1n << 30n;

/** One operation, as the kernel and as the model answered it. */
export interface PairEvent {
  readonly operation: Operation;
  /** Null in a prediction: nothing real happened. */
  readonly kernel: Result | null;
  readonly model: Result;
  /**
   * Dirty pages before the call, as the model counts them: of the range for msync, of the file for fsync and fdatasync. Null for
   * other calls, and where they are not known.
   */
  readonly dirtyPages: number | null;
}

/** Hears every event of a pair. */
export type PairListener = (event: PairEvent) => void;

/** Runs every operation on the kernel and on the model. */
export class Pair implements Executor {
  readonly #listeners = new Set<PairListener>();
  #before: () => void = () => undefined;

  /**
   * @param kernel what really happens
   * @param model what is said to happen, and why
   */
  constructor(
    readonly kernel: Executor,
    readonly model: Model,
  ) {}

  /** Calls `listener` after every operation until the returned function is called. */
  listen(listener: PairListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `prepare` before every operation from now on, e.g. to tell the model what happened past the lab. */
  beforeEach(prepare: () => void): void {
    this.#before = prepare;
  }

  /** Runs an operation on both. The result is the kernel's, with the model's reasons. */
  run(operation: Operation): Result {
    this.#before();
    const dirtyPages = this.#dirtyPagesBefore(operation);
    const kernel = this.kernel.run(operation);
    const model = follow(this.model, operation, kernel);
    const event: PairEvent = { operation, kernel, model, dirtyPages };
    for (const listener of this.#listeners) listener(event);
    return { ...kernel, reason: agree(kernel, model) ? model.reason : [] };
  }

  #dirtyPagesBefore(operation: Operation): number | null {
    if (operation.op === "fsync") return this.model.dirtyPagesOf(operation.file);
    if (operation.op !== "msync" || operation.length > MOST_COUNTED_BYTES) return null;
    return this.model.pages(operation.at, operation.length, operation.process).dirty.replaceAll(".", "").length;
  }
}
