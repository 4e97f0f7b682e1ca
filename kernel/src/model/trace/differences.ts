/** Where an answer differs from the recorded one, in words. */
import type { Outcome, Result } from "../result.js";
import { hexOf } from "./codec.js";
import type { TraceStep } from "./trace.js";

/** One thing in which two answers differ. */
export interface TraceDifference {
  readonly what: "outcome" | "minor faults" | "major faults" | "what was seen";
  readonly recorded: string;
  readonly answered: string;
}

/** How a step of a trace compares with what was recorded: `none` where there is nothing to compare with. */
export type Verdict = "none" | "equal" | "explained" | "unexplained";

/**
 * Compares an answer with the recorded one. A value is compared only where it is no address or descriptor of the system.
 * @param recorded what the kernel answered
 * @param answered what the model, or another kernel, says
 */
export function differencesOf(recorded: Result, answered: Result): TraceDifference[] {
  const rows: readonly (readonly [TraceDifference["what"], string, string])[] = [
    ["outcome", outcomeWords(recorded.outcome), outcomeWords(answered.outcome)],
    ["minor faults", String(recorded.counts.minor), String(answered.counts.minor)],
    ["major faults", String(recorded.counts.major), String(answered.counts.major)],
    ["what was seen", ...seenWords(recorded, answered)],
  ];
  return rows.flatMap(([what, mine, theirs]) => (mine === theirs ? [] : [{ what, recorded: mine, answered: theirs }]));
}

/** What differences mean for a step. */
export function verdictOf(step: TraceStep, differences: readonly TraceDifference[]): Verdict {
  if (step.result === null) return "none";
  if (differences.length === 0) return "equal";
  return step.explained === undefined ? "unexplained" : "explained";
}

/** An outcome in a few words, without values. */
export function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === "errno") return outcome.code;
  return outcome.kind === "signal" ? `${outcome.signal} (${outcome.code}) at ${hexOf(outcome.address)}` : "ok";
}

/** What mincore and reading showed; what else there is to see holds addresses and names that need not be the same. */
function seenWords({ seen: recorded }: Result, { seen: answered }: Result): readonly [string, string] {
  if (recorded?.kind === "mincore" && answered?.kind === "mincore") return [digits(recorded.pages), digits(answered.pages)];
  if (recorded?.kind === "bytes" && answered?.kind === "bytes") return [digits(recorded.bytes), digits(answered.bytes)];
  return ["", ""];
}

function digits(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16)).join(" ");
  return bytes.length <= 32 ? shown : `${shown} … (${String(bytes.length)} bytes, sum ${String(sum(bytes))})`;
}

/** Tells long runs of bytes apart without listing them. */
function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (Math.imul(total, 31) + byte) >>> 0, 0);
}
