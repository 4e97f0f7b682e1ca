/** `check.that`, `check.equal` and `check.answer`: what a cell found, or what its reader answered. */
import { describe } from "../../linux/arguments.js";
import { same, sameAnswer, valueWords } from "./equality.js";
import { conclude, requireCheck, type CheckOptions } from "./report.js";
import { endedWords, isPromise, settle, type Checked } from "./settle.js";

/** Checks a condition. */
export function checkThat<T extends boolean | PromiseLike<boolean>>(
  description: string,
  condition: boolean | (() => T),
  options: CheckOptions = {},
): Checked<T> {
  requireCheck("check.that", description, options);
  const body = typeof condition === "function" ? condition : (): boolean => condition;
  return settle<boolean | PromiseLike<boolean>>("check.that", body, (ended) => {
    if (ended.kind === "threw") return conclude(description, { outcome: "failed", expected: "it holds", seen: endedWords(ended) }, options);
    if (typeof ended.value !== "boolean")
      throw new TypeError(`check.that: the condition must be true or false, not ${describe(ended.value)}. Compare it with something.`);
    conclude(
      description,
      ended.value ? { outcome: "passed", seen: "it holds" } : { outcome: "failed", expected: "it holds", seen: "it does not hold" },
      options,
    );
  }) as Checked<T>;
}

/** Checks that two values are the same, deeply. */
export function checkEqual(name: string, seen: unknown, expected: unknown, options: CheckOptions = {}): void {
  requireCheck("check.equal", name, options);
  const words = valueWords(seen);
  conclude(
    name,
    same(seen, expected) ? { outcome: "passed", seen: words } : { outcome: "failed", expected: valueWords(expected), seen: words },
    options,
  );
}

/** Checks an answer without telling the right one. */
export function checkAnswer(name: string, given: unknown, seen: unknown, options: CheckOptions = {}): void {
  requireCheck("check.answer", name, options);
  if (given === undefined || given === null) return conclude(name, { outcome: "open" }, options);
  const right: unknown = typeof seen === "function" ? (seen as () => unknown)() : seen;
  if (isPromise(right) || isPromise(given)) throw new TypeError("check.answer: give values, not promises: await them first");
  const words = valueWords(given);
  conclude(
    name,
    sameAnswer(given, right) ? { outcome: "passed", seen: words } : { outcome: "failed", expected: "another answer", seen: words },
    options,
  );
}
