/** How many faults the outputs of a cell tell of. */
import { isObject, type RawView } from "../open-notebooks/kernel-outputs.js";

export interface FaultSum {
  readonly minor: number;
  readonly major: number;
}

/**
 * Adds the faults that the kernel took, as some views have them.
 * @param sum so far; undefined where nothing told of faults yet
 * @returns the same where none of the views does
 */
export function addFaults(sum: FaultSum | undefined, views: readonly RawView[]): FaultSum | undefined {
  let total = sum;
  for (const { kind, sources } of views) {
    if (kind !== "faults" || !Array.isArray(sources)) continue;
    for (const source of sources.filter(isObject)) {
      const { minor, major } = source;
      if (source["source"] !== "kernel" || typeof minor !== "number" || typeof major !== "number") continue;
      total = { minor: (total?.minor ?? 0) + minor, major: (total?.major ?? 0) + major };
    }
  }
  return total;
}
