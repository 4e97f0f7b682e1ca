/** Moving a mapping (`move_vma`, `copy_vma`, `move_page_tables`): the VMA is copied, its page-table entries go along, no fault is taken. */
import { MREMAP } from "../abi/index.js";
import { choosePlace } from "./address-choice.js";
import { hexRange, PAGES_PER_TABLE } from "./address.js";
import type { Call } from "./call.js";
import { checkCommit } from "./limits.js";
import { mergeNewRange } from "./merge.js";
import { unmapRange } from "./munmap.js";
import { PTE_HUGE, PTE_NONE } from "./page-table.js";
import { populate } from "./populate.js";
import { refuse } from "./reason.js";
import { Vma, VM, VM_LOCK_BITS } from "./vma.js";

/** A call of mremap in pages. */
export interface MoveRequest {
  readonly start: number;
  readonly oldPages: number;
  readonly newPages: number;
  /** Bits of MREMAP. */
  readonly flags: number;
  /** The target of MREMAP_FIXED, or the hint of MREMAP_DONTUNMAP; 0 for none. */
  readonly to: number;
}

/** Moves `oldPages` pages of a VMA, which grow to `newPages`, to the place asked for or to one the kernel chooses. Returns the new start. */
export function moveTo(call: Call, request: MoveRequest, vma: Vma): number {
  const { mm, machine, trail } = call;
  const { start, oldPages, newPages, flags } = request;
  const { maxMapCount } = machine.settings;
  const keepsSource = (flags & MREMAP.DONTUNMAP) !== 0;
  const to = (flags & MREMAP.FIXED) !== 0 ? request.to : placeFor(call, request, vma);
  if (mm.index.size >= maxMapCount - 3)
    refuse("ENOMEM", "limit/map-count", `A move may need several more VMAs, and vm.max_map_count (${String(maxMapCount)}) is near.`);
  if (keepsSource && vma.has(VM.ACCOUNT)) checkCommit(call, oldPages);
  // The kernel found the place free, so that whatever the model has there is out of date.
  if (call.placedAt !== undefined && (flags & MREMAP.FIXED) === 0) unmapRange(call, to, to + newPages);
  const wasLocked = vma.has(VM.LOCKED);
  const wasWhole = start === vma.start && start + oldPages === vma.end;
  const copy = copyVma(call, vma, start, to, newPages);
  moveEntries(call, start, oldPages, to);
  if (keepsSource) leaveSource(call, start, oldPages, copy, wasWhole);
  else if (oldPages > 0) unmapRange(call, start, start + oldPages);
  trail.add(
    "mremap/moved",
    `${hexRange(start, start + oldPages)} is at ${hexRange(to, to + newPages)} now, with its pages${keepsSource ? "; the old range stays mapped and is empty" : ""}.`,
  );
  if (wasLocked && newPages > oldPages) populate(call, to + oldPages, to + newPages);
  return to;
}

function placeFor(call: Call, request: MoveRequest, vma: Vma): number {
  return choosePlace(call, {
    hint: request.to === 0 ? 0 : Math.max(request.to, call.machine.settings.minPage),
    pages: request.newPages,
    file: vma.file,
    pgoff: vma.objectPage(request.start),
    isPrivateAnonymous: vma.isAnonymous && vma.isPrivate,
    low: false,
  });
}

/** The VMA at the new place: merged with what is there, or new. An unfaulted anonymous one takes the offset of its new address. */
function copyVma(call: Call, vma: Vma, start: number, to: number, pages: number): Vma {
  const { mm, machine, trail } = call;
  const { flags, file, anonVma, chain } = vma;
  const unfaulted = vma.isAnonymous && anonVma === 0;
  const piece = { start: to, end: to + pages, flags, pgoff: unfaulted ? to : vma.objectPage(start), file, anonVma, chain };
  const options = machine.profile.dontunmapOnlyMovedPart ? { notInto: vma } : {};
  const merged = mergeNewRange(mm, machine.profile, piece, trail, options);
  if (merged !== null) return merged;
  const copy = new Vma(piece);
  mm.link(copy);
  return copy;
}

/** Page-table entries keep their pages and their bits. */
function moveEntries(call: Call, start: number, pages: number, to: number): void {
  const { pageTable } = call.mm;
  call.mm.splitHugePages(start, start + pages);
  const keepsHuge = (to - start) % PAGES_PER_TABLE === 0;
  pageTable.visit(start, start + pages, (page, leaf, slot) => {
    const state = leaf.state[slot] ?? PTE_NONE;
    pageTable.set(to + (page - start), keepsHuge ? state : state & ~PTE_HUGE, leaf.frame[slot] ?? 0);
    leaf.state[slot] = PTE_NONE;
  });
}

/** MREMAP_DONTUNMAP: what becomes of the source (`dontunmap_complete`). */
function leaveSource(call: Call, start: number, pages: number, copy: Vma, wasWhole: boolean): void {
  const { mm, machine } = call;
  let source = mm.vmaAt(start);
  if (source === null) return;
  const { profile } = machine;
  if (source.has(VM.LOCKED)) {
    if (profile.dontunmapOnlyMovedPart) {
      if (source.start < start) source = mm.split(source, start);
      if (source.end > start + pages) mm.split(source, start + pages);
    } else {
      // The pages stay counted as locked although nothing is locked any more (VmLck is too high from now on).
      mm.lockedExcess += source.pages;
    }
    source.flags &= ~VM_LOCK_BITS;
  }
  if (profile.dontunmapDropsAccount) source.flags &= ~VM.ACCOUNT;
  if (wasWhole && source !== copy) {
    source.anonVma = 0;
    source.chain = 0;
  }
}
