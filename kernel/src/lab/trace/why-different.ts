/** Why a recorded answer and the model's may differ: what the comparison of the same call says. */
import { eventRows } from "../compare/events.js";
import type { Surroundings } from "../compare/surroundings.js";
import type { PairEvent } from "../pair.js";

/**
 * The reasons of all lines that differ, in a sentence each; null where one of them has none.
 * @param event in which the answers differ
 */
export function whyRecordedDiffers(event: PairEvent, around: Surroundings): string | null {
  const differing = eventRows(event, around).filter(({ verdict }) => verdict !== "equal");
  if (differing.length === 0) return "not compared: somebody else may have written these bytes, past the lab";
  if (differing.some(({ verdict }) => verdict === "unexplained")) return null;
  return [...new Set(differing.flatMap(({ why }) => why ?? []))].join("; ");
}
