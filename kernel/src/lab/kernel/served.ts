/**
 * Touches in memory whose page faults this thread resolves: they are made by another thread, while this one answers.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import type { Operation } from "../../model/operation.js";
import { SERVED_SAMPLES, isServed, runServed } from "../../probe/index.js";
import type { Target } from "./target.js";

/** The other thread of this process. What an answer threw is thrown again here. */
export const SERVED_THREAD: Target = {
  pid: "self",
  touchesAtOnce: SERVED_SAMPLES,
  samplesAtOnce: SERVED_SAMPLES,
  run: (program) => {
    const { run, failure } = runServed(program);
    if (failure !== undefined) throw failure.error;
    return run;
  },
};

/** What is said of faults that were seen there. */
export const SERVED_INSTRUMENT = "counters around each touch (made by a second thread, whose faults this one resolves)";

/** Whether an operation touches served memory. */
export function touchesServed(operation: Operation): boolean {
  if (operation.op !== "touch" && operation.op !== "peek") return false;
  const first = BigInt.asUintN(64, operation.at);
  const distance =
    operation.op === "peek"
      ? BigInt((operation.length ?? 1) - 1)
      : BigInt((operation.count ?? 1) - 1) * BigInt(operation.stride ?? PAGE_SIZE);
  const last = first + distance;
  const [low, high] = last < first ? [last, first] : [first, last];
  return isServed({ start: low, end: high + 1n });
}
