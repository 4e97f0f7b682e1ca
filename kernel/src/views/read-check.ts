/** Checks what says it is the result of a check. */
import type { CheckView } from "./check-view.js";
import { LIMITS } from "./limits.js";
import { Malformed, type Reader } from "./reader.js";

/** The most points one check may be worth: more is a mistake, or an attempt to be believed. */
const MOST_POINTS = 10_000;

/** @throws Malformed where a field is missing, of the wrong type, or contradicts another */
export function readCheck(view: Reader): CheckView {
  const outcome = view.field("outcome").oneOf(["passed", "open", "failed"]);
  const points = view.optional("points")?.number({ from: 0, to: MOST_POINTS });
  const earned = view.optional("earned")?.number({ from: 0, to: points ?? 0 });
  if (earned !== undefined && points === undefined) throw new Malformed(`${view.where}.earned is there, but not the points it is part of.`);
  if (earned !== undefined && earned > 0 && outcome !== "passed")
    throw new Malformed(`${view.where}.earned is ${earned} for a check that is ${outcome}.`);
  const hint = view.optional("hint")?.text(LIMITS.text);
  return {
    kind: "check",
    title: view.field("title").text(LIMITS.text),
    name: view.field("name").text(LIMITS.text),
    outcome,
    ...(points !== undefined && { points }),
    ...(earned !== undefined && { earned }),
    message: view.field("message").text(LIMITS.text),
    ...(hint !== undefined && { hint }),
  };
}
