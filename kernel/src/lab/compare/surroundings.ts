/** What a comparison must know about the place where two answers differ. */
import { viewedRanges } from "../../linux/index.js";
import type { ProcessId, VmaRecord } from "../../model/index.js";
import type { AddressRange } from "../foreign.js";
import { thpSetting } from "../machine.js";
import { serviceOf } from "../pager/served-memory.js";
import { explainDifference, type DifferenceFacts } from "./explanations.js";

/** What a comparison asks the lab. */
export interface Surroundings {
  /** The process that is compared. */
  readonly process: ProcessId;
  /** The VMA that holds an address now, as the kernel has it. */
  vmaAt(address: bigint): VmaRecord | null;
  /** The ranges that are the lab's. */
  ownRanges(): readonly AddressRange[];
  /** VmFlags of the VMA at an address, as smaps lists them; none where nothing is mapped. */
  vmFlags(address: bigint): readonly string[];
  /** An address in words. */
  place(address: bigint): string;
}

/**
 * Why a difference at an address is to be expected; null where no rule applies.
 * @param where an address or a range; null for calls without an address
 */
export function whyDifferent(
  lab: Surroundings,
  where: bigint | AddressRange | null,
  difference: DifferenceFacts["difference"],
): string | null {
  const range = typeof where === "bigint" ? { start: where, end: where + 1n } : where;
  const vma = range === null ? null : lab.vmaAt(range.start);
  return explainDifference({
    object: vma?.object ?? null,
    vmaLength: vma === null ? 0 : Number(vma.end - vma.start),
    viewed: vma !== null && viewedRanges().some(({ start, end }) => start < vma.end && end > vma.start),
    thp: thpSetting(),
    service: range === null ? null : serviceOf(range),
    flags: vma === null ? [] : lab.vmFlags(vma.start),
    foreignFollows: vma !== null && foreignFollows(lab, vma),
    difference,
  });
}

/** The lab's part of a VMA may end before it does, where the kernel merged it with its neighbour. */
function foreignFollows(lab: Surroundings, vma: VmaRecord): boolean {
  const own = lab.ownRanges();
  const isOwn = (address: bigint): boolean => own.some(({ start, end }) => address >= start && address < end);
  return !isOwn(vma.end - 1n) || (lab.vmaAt(vma.end) !== null && !isOwn(vma.end));
}
