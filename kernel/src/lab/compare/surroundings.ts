/** What a comparison must know about the place where two answers differ. */
import { viewedRanges } from "../../linux/index.js";
import type { ProcessId, VmaRecord } from "../../model/index.js";
import type { AddressRange } from "../foreign.js";
import { hex } from "../hex.js";
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
  /** The mappings that reach into a range and are not the lab's. */
  foreignIn(range: AddressRange): readonly VmaRecord[];
  /** Whether the lab knows every byte that can be seen in a range, as far as it is its own; see `file-contents.ts`. */
  knowsBytes(range: AddressRange): boolean;
  /** One name for each file, though it may be open under several. */
  nameOfFile(file: string): string;
  /** Whether a file was seen to be written past the lab. */
  writtenOutside(file: string): boolean;
  /** VmFlags of the VMA at an address, as smaps lists them; none where nothing is mapped. */
  vmFlags(address: bigint): readonly string[];
  /** An address in words. */
  place(address: bigint): string;
}

/** Mappings named in one explanation. */
const MOST_NAMED = 3;

/**
 * Why a difference in a range is to be expected; null where no rule applies.
 * @param range null for calls without an address
 */
export function whyDifferent(lab: Surroundings, range: AddressRange | null, difference: DifferenceFacts["difference"]): string | null {
  const vma = range === null ? null : lab.vmaAt(range.start);
  const object = vma?.object ?? null;
  return explainDifference({
    object,
    vmaLength: vma === null ? 0 : Number(vma.end - vma.start),
    viewed: vma !== null && viewedRanges().some(({ start, end }) => start < vma.end && end > vma.start),
    thp: thpSetting(),
    service: range === null ? null : serviceOf(range),
    flags: vma === null ? [] : lab.vmFlags(vma.start),
    foreignFollows: vma !== null && foreignFollows(lab, vma),
    foreign: range === null ? [] : lab.foreignIn(range).slice(0, MOST_NAMED).map(mapsLine),
    writtenOutside: object !== null && lab.writtenOutside(object),
    difference,
  });
}

/** The lab's part of a VMA may end before it does, where the kernel merged it with its neighbour. */
function foreignFollows(lab: Surroundings, vma: VmaRecord): boolean {
  const own = lab.ownRanges();
  const isOwn = (address: bigint): boolean => own.some(({ start, end }) => address >= start && address < end);
  return !isOwn(vma.end - 1n) || (lab.vmaAt(vma.end) !== null && !isOwn(vma.end));
}

function mapsLine({ start, end, perms, object }: VmaRecord): string {
  return `${hex(start)}-${hex(end)} ${perms} ${object ?? "(anonymous)"}`;
}
