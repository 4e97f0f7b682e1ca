/**
 * How the model follows the kernel: it takes the address the kernel chose, and where the two disagree on whether a call
 * succeeds, it keeps to what really happened, so that one difference does not become a hundred.
 */
import type { Model } from "../model.js";
import type { Operation } from "../operation.js";
import type { Result } from "../result.js";

/**
 * Runs an operation on the model as the kernel answered it.
 * @param kernel what the kernel answered; null where it was not asked
 * @returns what the model says
 * @throws Error where the operation makes no sense in the model's state, e.g. in a process that has ended
 */
export function follow(model: Model, operation: Operation, kernel: Result | null): Result {
  if (kernel === null) return model.run(operation);
  if (kernel.outcome.kind === "errno") {
    // A failed call may still have changed something (mprotect stops half way). Only where the model fails alike
    // does it know what.
    const trial = model.clone().run(operation);
    return agree(kernel, trial) ? model.run(operation) : trial;
  }
  const placed = operation.op === "mmap" || operation.op === "mremap";
  return placed && kernel.outcome.kind === "value" ? model.run(operation, { placedAt: kernel.outcome.value }) : model.run(operation);
}

/** Whether two results ended alike: both with a value, or with the same errno or signal. */
export function agree(kernel: Result, model: Result): boolean {
  const a = kernel.outcome;
  const b = model.outcome;
  if (a.kind === "errno") return b.kind === "errno" && a.code === b.code;
  if (a.kind === "signal") return b.kind === "signal" && a.signal === b.signal && a.code === b.code;
  return b.kind === "value";
}
