/** Chains of decisions as text for people. */
import type { Reason } from "../model/index.js";

/**
 * A reason as indented lines, one a decision.
 * @param reason the model's chain of decisions
 */
export function reasonText(reason: Reason): string {
  return reason.map((step) => `  - ${step.text}`).join("\n");
}

/** The last decision of a chain, in a sentence: usually the one that settled it. Empty for an empty chain. */
export function decidingStep(reason: Reason): string {
  return reason.at(-1)?.text ?? "";
}
