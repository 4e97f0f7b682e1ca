/** The letters of fault columns in words, and how many faults a source lists. */
import type { FaultColumns } from "./view.js";

/** How a fault ended. */
export type FaultKindName = "minor" | "major" | "signal";
/** What the instruction wanted. */
export type AccessName = "read" | "write" | "execute";

export const FAULT_KIND_BY_LETTER: Readonly<Record<string, FaultKindName>> = { m: "minor", M: "major", s: "signal" };

export const ACCESS_BY_LETTER: Readonly<Record<string, AccessName>> = { r: "read", w: "write", x: "execute" };

/** How many of the listed faults ended each way. */
export function listedFaults(columns: FaultColumns): Record<FaultKindName, number> {
  const counts = { minor: 0, major: 0, signal: 0 };
  for (const letter of columns.faultKind) {
    const kind = FAULT_KIND_BY_LETTER[letter];
    if (kind) counts[kind] += 1;
  }
  return counts;
}
