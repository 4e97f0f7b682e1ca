/** `check.score`: several checks, each with its points, and the sum of what was earned. */
import { describe } from "../../linux/arguments.js";
import { CheckFailed } from "./check-failed.js";
import { asPart, requireCheck, requirePoints, showCheck } from "./report.js";
import { endedWords, isPromise } from "./settle.js";

/** One part of a score: it is earned whole or not at all. */
export interface ScorePart {
  /** What it is about. */
  readonly name: string;
  readonly points: number;
  /** Earned where this ends without an error and no question in it is open. Not async: await what it needs before. */
  readonly check: () => unknown;
  /** Shown where it is not earned and the failure has no hint of its own. */
  readonly hint?: string;
}

/** Adds up what was earned. A part that fails costs its points, and the others go on. */
export function score(parts: readonly ScorePart[]): number {
  if (!Array.isArray(parts) || parts.length === 0)
    throw new TypeError(`check.score: give a list of parts such as [{ name, points, check: () => ... }], not ${describe(parts)}`);
  for (const part of parts as readonly ScorePart[]) {
    requireCheck("check.score", part.name, part);
    requirePoints("check.score", part.points);
    if (typeof part.check !== "function") throw new TypeError(`check.score: the check of ${describe(part.name)} must be a function`);
  }
  return parts.reduce((sum: number, part: ScorePart) => sum + earned(part), 0);
}

function earned({ name, points, check, hint }: ScorePart): number {
  let open = false;
  try {
    const value = asPart({ leftOpen: () => (open = true) }, check);
    if (isPromise(value))
      throw new TypeError("check.score: a check must not be async, since it would be over before its answer. Await first.");
    if (open) {
      showCheck({ name, outcome: "open", points, earned: 0, message: "", ...(hint !== undefined && { hint }) });
      return 0;
    }
    showCheck({ name, outcome: "passed", points, earned: points, message: "" });
    return points;
  } catch (error) {
    const failed = error instanceof CheckFailed;
    const message = failed ? `${error.check}\nexpected: ${error.expected}\nseen: ${error.seen}` : endedWords({ kind: "threw", error });
    const told = failed ? (error.hint ?? hint) : hint;
    showCheck({ name, outcome: "failed", points, earned: 0, message, ...(told !== undefined && { hint: told }) });
    return 0;
  }
}
