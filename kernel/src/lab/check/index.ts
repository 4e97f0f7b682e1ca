/**
 * `check`: self-checks of labs, and checks of assignments.
 *
 * A check that holds is shown as "✓ name". One that does not is shown as "✗ name" and throws {@link CheckFailed}, which says what was
 * expected, what was seen, and the hint; so every grader sees a failed cell. Checks compare what the kernel counted and
 * what /proc lists, never times; what they say is the same in every run, without absolute addresses.
 */
import type { ErrnoCode } from "../../abi/index.js";
import type { Mapping } from "../mapping.js";
import type { Observation } from "../observe.js";
import { checkAnswer, checkEqual, checkThat } from "./answer.js";
import { checkContents, type ContentsOptions } from "./contents.js";
import { checkFaults, type ExpectedFaults } from "./faults.js";
import { checkMappings, type ExpectedVma, type PageRange } from "./mappings.js";
import { parameter } from "./parameter.js";
import type { CheckOptions } from "./report.js";
import { score, type ScorePart } from "./score.js";
import type { Checked } from "./settle.js";
import { checkErrno, checkSignal, checkSurvives, type ExpectedSignal } from "./thrown.js";

export { CheckFailed } from "./check-failed.js";
export type { CheckOptions, ContentsOptions, ExpectedFaults, ExpectedSignal, ExpectedVma, PageRange, ScorePart };

/** Checks, each with a name first and options (`points`, `hint`) last. A check of an async function is awaited. */
export const check = Object.freeze({
  /**
   * Checks a condition.
   * @param description what holds, in words: "the counter is at 7"
   * @param condition true or false, or a function that returns it; a function that throws fails the check
   * @throws CheckFailed where it does not hold
   */
  that<T extends boolean | PromiseLike<boolean>>(description: string, condition: boolean | (() => T), options?: CheckOptions): Checked<T> {
    return checkThat(description, condition, options);
  },

  /**
   * Checks that two values are the same: deeply, and a bigint equals the number of the same value.
   * @throws CheckFailed where they differ
   */
  equal(name: string, seen: unknown, expected: unknown, options?: CheckOptions): void {
    checkEqual(name, seen, expected, options);
  },

  /**
   * Checks the answer to a question. `undefined` or null is no answer yet: the question is shown as open, and nothing is
   * thrown. A wrong answer fails without telling the right one. Letter case and spaces do not count in texts.
   * @param given what the reader wrote
   * @param seen the right answer, or a function that finds it out by running it
   * @throws CheckFailed where the answer is wrong
   */
  answer(name: string, given: unknown, seen: unknown, options?: CheckOptions): void {
    checkAnswer(name, given, seen, options);
  },

  /**
   * Checks how many page faults something took, as the kernel counted them (ru_minflt, ru_majflt).
   * @param run what `observe` returned, or a function whose calls are counted
   * @param expected minor and major faults together, or `{ minor, major }`
   * @throws CheckFailed where it took others
   */
  faults<T>(name: string, run: Observation | (() => T), expected: ExpectedFaults, options?: CheckOptions): Checked<T> {
    return checkFaults(name, run, expected, options);
  },

  /**
   * Checks which VMAs cover a range, as /proc/pid/maps lists them, clipped to the range.
   * @param range a mapping, or `{ addr, pages }`
   * @param expected in ascending order, pages counted from the start of the range: `[{ pages: 2, perms: "rw-p" }, { pages: 2, perms: "r--p" }]`
   * @throws CheckFailed where others do
   */
  mappings(name: string, range: PageRange, expected: readonly ExpectedVma[], options?: CheckOptions): void {
    checkMappings(name, range, expected, options);
  },

  /**
   * Checks bytes of a mapping or of a file.
   * @param where a mapping, a descriptor, or the path of a file
   * @param expected bytes, or text as UTF-8; as many bytes are compared
   * @param options `offset` in bytes as well
   * @throws CheckFailed where they differ or cannot be read
   */
  contents(
    name: string,
    where: Mapping | number | string,
    expected: Uint8Array | readonly number[] | string,
    options?: ContentsOptions,
  ): void {
    checkContents(name, where, expected, options);
  },

  /**
   * Checks that a call fails with an error number.
   * @param code e.g. "EINVAL"
   * @throws CheckFailed where it succeeds or fails otherwise
   */
  errno<T>(name: string, code: ErrnoCode, body: () => T, options?: CheckOptions): Checked<T> {
    return checkErrno(name, code, body, options);
  },

  /**
   * Checks that an access ends in a signal.
   * @param expected "SIGSEGV", "SIGBUS", a code such as "SEGV_ACCERR", or `{ signal, code, address }`
   * @throws CheckFailed where it ends otherwise
   */
  signal<T>(name: string, expected: ExpectedSignal, body: () => T, options?: CheckOptions): Checked<T> {
    return checkSignal(name, expected, body, options);
  },

  /**
   * Checks that a function ends without an error and without a signal.
   * @throws CheckFailed where it does not
   */
  survives<T>(name: string, body: () => T, options?: CheckOptions): Checked<T> {
    return checkSurvives(name, body, options);
  },

  /**
   * Runs several checks and adds up the points of those that hold. A failing one costs its own points only. As the last value
   * of a graded cell, the sum is the mark that nbgrader takes.
   * @returns the points earned
   */
  score(parts: readonly ScorePart[]): number {
    return score(parts);
  },

  /**
   * A parameter of an exercise that differs from student to student: drawn from a seed, the same on every machine.
   * @param seed who it is for, e.g. the student's name
   * @param name which parameter
   * @returns a whole number from `least` to `most`, both included
   */
  parameter(seed: string, name: string, least: number, most: number): number {
    return parameter(seed, name, least, most);
  },
});
