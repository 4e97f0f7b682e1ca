/** Parameters that differ from student to student, and are the same in every run. */
import { createHash } from "node:crypto";
import { string, wholeNumber } from "../../linux/arguments.js";

/**
 * Draws a whole number from a seed.
 * @param seed who it is for, e.g. the student's name
 * @param name which parameter
 * @returns a number from `least` to `most`, both included, the same for the same seed and name on every machine
 */
export function parameter(seed: string, name: string, least: number, most: number): number {
  string("check.parameter: seed", seed);
  string("check.parameter: name", name);
  wholeNumber("check.parameter: least", least, 0);
  wholeNumber("check.parameter: most", most, least);
  // The length keeps ("ab", "c") and ("a", "bc") apart.
  const digest = createHash("sha256")
    .update(`${String(seed.length)}:${seed}${name}`)
    .digest();
  return least + Number(digest.readBigUInt64LE(0) % BigInt(most - least + 1));
}
