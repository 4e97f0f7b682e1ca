/** What a comparison must know about the place where two answers differ. */
import { viewedRanges } from "../../linux/index.js";
import type { VmaRecord } from "../../model/index.js";
import { thpSetting } from "../machine.js";
import { explainDifference, type DifferenceFacts } from "./explanations.js";

/** What a comparison asks the lab. */
export interface Surroundings {
  /** The VMA that holds an address now, as the kernel has it. */
  vmaAt(address: bigint): VmaRecord | null;
  /** An address in words. */
  place(address: bigint): string;
}

/**
 * Why a difference at an address is to be expected; null where no rule applies.
 * @param at where; null for calls without an address
 */
export function whyDifferent(lab: Surroundings, at: bigint | null, difference: DifferenceFacts["difference"]): string | null {
  const vma = at === null ? null : lab.vmaAt(at);
  return explainDifference({
    object: vma?.object ?? null,
    vmaLength: vma === null ? 0 : Number(vma.end - vma.start),
    viewed: vma !== null && viewedRanges().some(({ start, end }) => start < vma.end && end > vma.start),
    thp: thpSetting(),
    difference,
  });
}
