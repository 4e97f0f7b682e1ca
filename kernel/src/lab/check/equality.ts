/** When two values of a cell are the same, and how they are written in a message. */
import { inspect, isDeepStrictEqual } from "node:util";
import { withoutAddresses } from "./settle.js";

/** Whether two values are the same, as `assert.deepStrictEqual` has it; a bigint equals the number of the same value. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === "bigint" && typeof b === "number") return Number.isInteger(b) && a === BigInt(b);
  if (typeof a === "number" && typeof b === "bigint") return same(b, a);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  return isDeepStrictEqual(a, b);
}

/** As {@link same}, for what people type: letter case and spaces around do not count. */
export function sameAnswer(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return folded(a) === folded(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameAnswer(item, b[index]));
  return same(a, b);
}

/** A value on one line, the same in every run. */
export function valueWords(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity, compact: true, depth: 4, maxArrayLength: 32, maxStringLength: 200, sorted: true });
  return withoutAddresses(text.replace(/\s*\n\s*/g, " "));
}

function folded(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}
