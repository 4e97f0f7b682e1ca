/** How a check ends: it is shown, and a failed one is thrown. Inside `check.score` the part is shown, not each check of it. */
import { describe, string } from "../../linux/arguments.js";
import { CHECK_MARKS, type CheckOutcome, type CheckView } from "../../views/index.js";
import { publish } from "../publish.js";
import { CheckFailed, type Failure } from "./check-failed.js";

/** What every check takes besides what it checks. */
export interface CheckOptions {
  /** What it is worth: 0 to 10 000. It is shown; a grader adds up what `check.score` returns. */
  readonly points?: number;
  /** Shown where the check fails, and with a question that is not answered yet. */
  readonly hint?: string;
}

/** How a check came out. */
export type Verdict =
  | { readonly outcome: "passed"; readonly seen: string }
  | { readonly outcome: "open" }
  | ({ readonly outcome: "failed" } & Omit<Failure, "hint">);

const MOST_POINTS = 10_000;
/** Names and sentences are for people; a view takes no longer ones. */
const LONGEST = 2000;

/** Hears how the checks inside a part of `check.score` came out. */
export interface PartListener {
  /** A question was left open. */
  leftOpen(): void;
}

let part: PartListener | null = null;

/** Runs the checks of one part of a score: they are not shown one by one. */
export function asPart<T>(listener: PartListener, body: () => T): T {
  if (part !== null) throw new Error("check.score: a part cannot be a score itself. List its parts beside the others.");
  part = listener;
  try {
    return body();
  } finally {
    part = null;
  }
}

/**
 * Refuses what no check could be called with, before anything is run.
 * @param what the function, for the error
 */
export function requireCheck(what: string, name: string, options: CheckOptions): void {
  string(`${what}: the name`, name);
  if (name.trim() === "") throw new TypeError(`${what}: say in a few words what is checked`);
  if (typeof options !== "object" || options === null)
    throw new TypeError(`${what}: options are an object such as { points: 2, hint: "..." }, not ${describe(options)}`);
  if (options.hint !== undefined) string(`${what}: hint`, options.hint);
  if (options.points !== undefined) requirePoints(what, options.points);
}

/** @throws RangeError unless it is a number of points */
export function requirePoints(what: string, points: number): void {
  if (typeof points !== "number" || !(points >= 0 && points <= MOST_POINTS))
    throw new RangeError(`${what}: points are a number from 0 to ${String(MOST_POINTS)}, not ${describe(points)}`);
}

/**
 * Ends a check.
 * @throws CheckFailed where it does not hold
 */
export function conclude(name: string, verdict: Verdict, { points, hint }: CheckOptions): void {
  const failure = verdict.outcome === "failed" ? { ...verdict, ...(hint !== undefined && { hint }) } : null;
  if (part === null) {
    const told = verdict.outcome === "passed" ? undefined : hint;
    showCheck({
      name,
      outcome: verdict.outcome,
      message: messageOf(verdict),
      ...amount(verdict, points),
      ...(told !== undefined && { hint: told }),
    });
  } else if (verdict.outcome === "open") part.leftOpen();
  if (failure !== null) throw new CheckFailed(name, failure);
}

/** Shows how a check came out. */
export function showCheck(check: Omit<CheckView, "kind" | "title"> & { readonly outcome: CheckOutcome }): void {
  const { name, message, hint } = check;
  publish({
    ...check,
    kind: "check",
    title: cut(`${CHECK_MARKS[check.outcome]} ${name}`),
    name: cut(name),
    message: cut(message),
    ...(hint !== undefined && { hint: cut(hint) }),
  });
}

function messageOf(verdict: Verdict): string {
  switch (verdict.outcome) {
    case "passed":
      return verdict.seen;
    case "open":
      return "";
    case "failed":
      return `expected: ${verdict.expected}\nseen: ${verdict.seen}`;
  }
}

function amount({ outcome }: Verdict, points: number | undefined): { readonly points?: number; readonly earned?: number } {
  return points === undefined ? {} : { points, earned: outcome === "passed" ? points : 0 };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
