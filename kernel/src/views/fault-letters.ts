/** The letters of fault columns in words, and how many faults a source lists. */
import type { FaultColumns } from "./view.js";

/** How a fault ended. */
export type FaultKindName = "minor" | "major" | "signal";
/** What the instruction wanted. */
export type AccessName = "read" | "write" | "execute";

export const FAULT_KIND_BY_LETTER: Readonly<Record<string, FaultKindName>> = { m: "minor", M: "major", s: "signal" };

export const ACCESS_BY_LETTER: Readonly<Record<string, AccessName>> = { r: "read", w: "write", x: "execute" };

/** Counting a million letters takes a while, and a figure asks often. */
const counted = new WeakMap<FaultColumns, Readonly<Record<FaultKindName, number>>>();

/** How many of the listed faults ended each way. */
export function listedFaults(columns: FaultColumns): Readonly<Record<FaultKindName, number>> {
  const known = counted.get(columns);
  if (known) return known;
  const { faultKind } = columns;
  const count = (letter: string): number => faultKind.split(letter).length - 1;
  const counts = { minor: count("m"), major: count("M"), signal: count("s") };
  counted.set(columns, counts);
  return counts;
}
