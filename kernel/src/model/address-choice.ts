/**
 * Where a mapping goes whose address the kernel chooses (`get_unmapped_area`): at the hint if it is free, else at the top
 * end of the highest gap below mmap_base that is large enough. Exact as long as every VMA of the process is known.
 */
import { alignPageDown, alignPageUp, hex, addressOf, PAGES_PER_TABLE } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { Call } from "./call.js";
import type { OpenFile } from "./file.js";
import { refuse } from "./reason.js";
import type { Settings } from "./settings.js";
import { STACK_GUARD_GAP } from "./stack-growth.js";
import { VM, type Vma } from "./vma.js";

/** What is looked for. */
export interface PlaceWanted {
  /** Page of the hint; 0 for none. */
  readonly hint: number;
  readonly pages: number;
  /** The file, for mappings whose alignment depends on it. */
  readonly file: OpenFile | null;
  /** Page of the object that will show first. */
  readonly pgoff: number;
  /** Private anonymous memory. */
  readonly isPrivateAnonymous: boolean;
  /** MAP_32BIT. */
  readonly low: boolean;
}

/** MAP_32BIT looks in [1 GiB, 2 GiB). A live kernel adds up to 32 MiB at random to the lower end, unless randomisation is off. */
const LOW_FROM = 0x4000_0000 / 4096;
const LOW_TO = 0x8000_0000 / 4096;

/** A page where the mapping fits; ENOMEM where there is none. */
export function choosePlace(call: Call, wanted: PlaceWanted): number {
  const { mm } = call;
  const { settings } = call.machine;
  const { hint, pages } = wanted;
  if (call.placedAt !== undefined) {
    call.trail.add("place/bound", `The kernel put it at ${hex(addressOf(call.placedAt))}; the model takes that address.`);
    return call.placedAt;
  }
  const aligned = wantsHugeAlignment(call, wanted) ? hugeAligned(mm, settings, wanted) : null;
  if (aligned !== null) {
    call.trail.add(
      "place/huge-aligned",
      `No place is asked for and a huge page would fit: ${hex(addressOf(aligned))} is aligned so that it can.`,
    );
    return aligned;
  }
  const place = plainPlace(mm, settings, hint, pages, wanted.low);
  if (place === null) refuse("ENOMEM", "place/no-gap", `No gap of ${String(pages)} pages is left in the address space.`);
  const why =
    place === hint && hint !== 0
      ? "the hint is free"
      : hint !== 0
        ? "the hint is taken or too near a stack, so the highest gap that fits is used"
        : "the top end of the highest gap that fits";
  call.trail.add("place/chosen", `${hex(addressOf(place))}: ${why}.`);
  return place;
}

function plainPlace(mm: AddressSpace, settings: Settings, hint: number, pages: number, low: boolean): number | null {
  // MAP_32BIT asks for the old search from below, which takes no hint above its own end.
  if (hint !== 0 && (!low || hint + pages <= LOW_TO) && hintIsFree(mm, settings, hint, pages)) return hint;
  if (low) return lowestGap(mm, pages, LOW_FROM, LOW_TO);
  return (
    highestGap(mm, pages, settings.minPage, settings.mmapBasePage) ??
    lowestGap(mm, pages, alignPageUp(Math.floor(settings.taskPages / 3), 1), settings.taskPages)
  );
}

/** The lowest page a mapping must end at or below to keep away from a VMA (`vm_start_gap`). */
function startWithGap(vma: Vma): number {
  return vma.has(VM.GROWSDOWN) ? Math.max(0, vma.start - STACK_GUARD_GAP) : vma.start;
}

function hintIsFree(mm: AddressSpace, settings: Settings, hint: number, pages: number): boolean {
  if (hint < settings.minPage || hint + pages > settings.taskPages) return false;
  const next = mm.index.find(hint);
  return next === null || hint + pages <= startWithGap(next);
}

/**
 * Top-down: the top end of the highest gap in [low, high) (`unmapped_area_topdown`).
 * A gap that comes too near the stack above it sends the search below the stack's guard gap, past smaller gaps in between.
 */
function highestGap(mm: AddressSpace, pages: number, low: number, high: number): number | null {
  // A search for as many pages or more need not look again above where the last one ended.
  const tried = mm.gapsTried;
  let top = tried !== null && pages >= tried.pages ? Math.min(high, tried.below) : high;
  let skippedLongEnough = false;
  for (;;) {
    const gap = mm.index.gapTopDown(pages, low, top);
    if (gap === null) return null;
    const above = mm.index.find(gap.end);
    if (above === null || startWithGap(above) >= gap.end) {
      mm.gapsTried = skippedLongEnough ? null : { pages, below: above === null ? high : Math.min(high, above.start) };
      return gap.end - pages;
    }
    top = startWithGap(above);
    skippedLongEnough = true;
  }
}

/** Bottom-up: the bottom end of the lowest gap in [low, high). */
function lowestGap(mm: AddressSpace, pages: number, low: number, high: number): number | null {
  let bottom = low;
  for (let vma = mm.index.find(low); ; vma = vma === null ? null : mm.index.next(vma)) {
    const top = Math.min(high, vma === null ? high : startWithGap(vma));
    if (top - bottom >= pages) return bottom;
    if (vma === null || vma.end >= high) return null;
    bottom = Math.max(bottom, vma.end);
  }
}

/** Whether this release aligns such a mapping so that huge pages can be used in it (`thp_get_unmapped_area`). */
function wantsHugeAlignment(call: Call, wanted: PlaceWanted): boolean {
  const { profile } = call.machine;
  if (wanted.low) return false;
  if (wanted.isPrivateAnonymous) {
    if (wanted.hint !== 0) return false;
    if (profile.anonHugeAlignMultiple) return wanted.pages % PAGES_PER_TABLE === 0;
    return profile.anonHugeAlignAnyLength && wanted.pages >= PAGES_PER_TABLE;
  }
  return profile.fileHugeAlign && wanted.file?.inode.backing === "ext4";
}

/** An address congruent to the offset modulo 2 MiB, from a gap 2 MiB longer than needed. Null where that is not to be had. */
function hugeAligned(mm: AddressSpace, settings: Settings, wanted: PlaceWanted): number | null {
  const offset = wanted.isPrivateAnonymous ? 0 : wanted.pgoff;
  const firstBlock = alignPageUp(offset, PAGES_PER_TABLE);
  if (offset + wanted.pages - firstBlock < PAGES_PER_TABLE) return null;
  const found = plainPlace(mm, settings, wanted.hint, wanted.pages + PAGES_PER_TABLE, false);
  if (found === null) return null;
  if (found === wanted.hint && found !== 0) return found;
  const distance = offset - found;
  const step = distance - alignPageDown(distance, PAGES_PER_TABLE);
  const within = step < 0 ? step + PAGES_PER_TABLE : step;
  return found + (within === 0 ? PAGES_PER_TABLE : within);
}
