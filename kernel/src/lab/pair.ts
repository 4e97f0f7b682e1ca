/**
 * The pair: one call goes to the live kernel and to the model, and what they answered is kept side by side.
 *
 * The kernel runs first and decides. The model follows: it takes the address the kernel chose, and where the two
 * disagree on whether a call succeeds, the model keeps to what really happened, so that one difference does not become a
 * hundred.
 */
import type { Executor, Model, Operation, Result } from "../model/index.js";

/** Dirty pages are counted one by one; a longer range is not worth the time. */
const MOST_COUNTED_BYTES = 1n << 30n;

/** One operation, as the kernel and as the model answered it. */
export interface PairEvent {
  readonly operation: Operation;
  /** Null in a prediction: nothing real happened. */
  readonly kernel: Result | null;
  readonly model: Result;
  /** Dirty pages in the range before the call, as the model counts them; for msync only. */
  readonly dirtyPages: number | null;
}

/** Hears every event of a pair. */
export type PairListener = (event: PairEvent) => void;

/** Runs every operation on the kernel and on the model. */
export class Pair implements Executor {
  readonly #listeners = new Set<PairListener>();

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

  /** Runs an operation on both. The result is the kernel's, with the model's reasons. */
  run(operation: Operation): Result {
    const dirtyPages = this.#dirtyPagesBefore(operation);
    const kernel = this.kernel.run(operation);
    const model = this.#follow(operation, kernel);
    const event: PairEvent = { operation, kernel, model, dirtyPages };
    for (const listener of this.#listeners) listener(event);
    return { ...kernel, reason: agree(kernel, model) ? model.reason : [] };
  }

  #follow(operation: Operation, kernel: Result): Result {
    if (kernel.outcome.kind === "errno") {
      // A failed call may still have changed something (mprotect stops half way). Only where the model fails alike
      // does it know what.
      const trial = this.model.clone().run(operation);
      return agree(kernel, trial) ? this.model.run(operation) : trial;
    }
    const placed = operation.op === "mmap" || operation.op === "mremap";
    return placed && kernel.outcome.kind === "value"
      ? this.model.run(operation, { placedAt: kernel.outcome.value })
      : this.model.run(operation);
  }

  #dirtyPagesBefore(operation: Operation): number | null {
    if (operation.op !== "msync" || operation.length > MOST_COUNTED_BYTES) return null;
    return this.model.pages(operation.at, operation.length, operation.process).dirty.replaceAll(".", "").length;
  }
}

/** Whether two results ended alike: both with a value, or with the same errno or signal. */
export function agree(kernel: Result, model: Result): boolean {
  const a = kernel.outcome;
  const b = model.outcome;
  if (a.kind === "errno") return b.kind === "errno" && a.code === b.code;
  if (a.kind === "signal") return b.kind === "signal" && a.signal === b.signal && a.code === b.code;
  return b.kind === "value";
}
