/**
 * mremap(2), mm/mremap.c: which of its forms a call is, and the checks in the order of the release. What moving does is in
 * mremap-move.ts.
 *
 *     MREMAP_FIXED, equal lengths     pure move; from 6.17 on over several VMAs and holes
 *     MREMAP_FIXED or DONTUNMAP       move to a place of the caller's choice
 *     shorter                         the tail is unmapped
 *     equal                           nothing
 *     longer                          in place if the pages behind are free, else moved, if it may
 */
import { MREMAP } from "../abi/index.js";
import { addressOf, asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { checkCommit, checkExpand, checkLockedGrowth } from "./limits.js";
import { mergeNewRange } from "./merge.js";
import { moveTo, type MoveRequest } from "./mremap-move.js";
import { unmapRange } from "./munmap.js";
import { refuseSealed } from "./mseal.js";
import type { Mremap } from "./operation.js";
import { populate } from "./populate.js";
import { refuse } from "./reason.js";
import { VM, type Vma } from "./vma.js";

/** The system call: the address of the mapping after it. */
export function mremap(call: Call, op: Mremap): bigint {
  const { profile, settings } = call.machine;
  const { flags } = op;
  const at = asUnsignedLong(op.at);
  const to = asUnsignedLong(op.to);
  const oldLength = pageAlign(op.oldLength);
  const newLength = pageAlign(op.newLength);
  const taskSize = BigInt(settings.taskPages) << 12n;
  const choosesPlace = (flags & (MREMAP.FIXED | MREMAP.DONTUNMAP)) !== 0;
  if ((flags & ~(MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP)) !== 0) refuse("EINVAL", "mremap/unknown-flag", "A flag is unknown.");
  if (!profile.mremapBatchMove) checkFlagsEarly(flags, op.oldLength, op.newLength);
  if (!isPageAligned(at)) refuse("EINVAL", "mremap/unaligned", "The address is not the start of a page.");
  if (newLength === 0n) refuse("EINVAL", "mremap/empty", "The new length is 0.");
  if (profile.mremapBatchMove && newLength > taskSize)
    refuse("EINVAL", "mremap/too-long", "The new length exceeds the address space of a process.");
  const start = at >= taskSize ? settings.taskPages : pageOf(at);
  const growsOrMoves = choosesPlace || newLength > oldLength;
  if (profile.mremapMapLimitFirst && growsOrMoves) checkMapCount(call);
  if (!profile.mremapBatchMove && profile.mremapChecksHole) vmaToRemap(call, start);
  if (choosesPlace) checkPlace(call, flags, at, oldLength, to, newLength, taskSize);
  const request: MoveRequest = {
    start,
    oldPages: pageOf(oldLength),
    newPages: pageOf(newLength),
    flags,
    to: choosesPlace ? pageOf(to) : 0,
  };
  if (profile.mremapBatchMove && (flags & MREMAP.FIXED) !== 0 && oldLength === newLength) return addressOf(pureMove(call, request));
  return addressOf(choosesPlace ? moveToPlace(call, request) : resize(call, request));
}

/** Up to 6.16 these were looked at before the addresses. */
function checkFlagsEarly(flags: number, oldLength: bigint, newLength: bigint): void {
  const mayMove = (flags & MREMAP.MAYMOVE) !== 0;
  if ((flags & MREMAP.FIXED) !== 0 && !mayMove) refuse("EINVAL", "mremap/fixed-needs-maymove", "MREMAP_FIXED needs MREMAP_MAYMOVE.");
  if ((flags & MREMAP.DONTUNMAP) !== 0 && (!mayMove || oldLength !== newLength)) {
    refuse("EINVAL", "mremap/dontunmap-needs-equal-lengths", "MREMAP_DONTUNMAP needs MREMAP_MAYMOVE and equal lengths.");
  }
}

/** The checks of a place the caller chose. */
function checkPlace(call: Call, flags: number, at: bigint, oldLength: bigint, to: bigint, newLength: bigint, taskSize: bigint): void {
  if (newLength > taskSize || to > taskSize - newLength)
    refuse("EINVAL", "mremap/target-beyond-user-space", "The target leaves the address space of a process.");
  if (!isPageAligned(to)) refuse("EINVAL", "mremap/target-unaligned", "The target is not the start of a page.");
  if ((flags & MREMAP.MAYMOVE) === 0)
    refuse("EINVAL", "mremap/fixed-needs-maymove", "MREMAP_FIXED and MREMAP_DONTUNMAP need MREMAP_MAYMOVE.");
  if ((flags & MREMAP.DONTUNMAP) !== 0 && oldLength !== newLength) {
    refuse("EINVAL", "mremap/dontunmap-needs-equal-lengths", "MREMAP_DONTUNMAP needs equal lengths.");
  }
  if (asUnsignedLong(at + oldLength) > to && asUnsignedLong(to + newLength) > at)
    refuse("EINVAL", "mremap/overlap", "The old and the new range overlap.");
  const { maxMapCount } = call.machine.settings;
  if (call.mm.index.size + 2 >= maxMapCount - 3)
    refuse("ENOMEM", "limit/map-count", `A move may need several more VMAs, and vm.max_map_count (${String(maxMapCount)}) is near.`);
}

function checkMapCount(call: Call): void {
  const { maxMapCount } = call.machine.settings;
  if (call.mm.index.size >= maxMapCount - 3)
    refuse("ENOMEM", "limit/map-count", `A move may need several more VMAs, and vm.max_map_count (${String(maxMapCount)}) is near.`);
}

function vmaToRemap(call: Call, start: number): Vma {
  const vma = call.mm.vmaAt(start);
  if (vma === null) refuse("EFAULT", "mremap/unmapped", "No VMA contains the address.");
  refuseSealed(vma);
  return vma;
}

/** The checks of the VMA that is to be moved or to grow (`check_prep_vma`, earlier `vma_to_resize`). */
function checkVma(call: Call, request: MoveRequest, vma: Vma): void {
  const { start, oldPages, newPages, flags } = request;
  if (oldPages === 0 && !vma.has(VM.SHARED | VM.MAYSHARE))
    refuse("EINVAL", "mremap/duplicate-private", "An old length of 0 duplicates a mapping, which only a shared one allows.");
  if ((flags & MREMAP.DONTUNMAP) !== 0 && !call.machine.profile.dontunmapShared && (vma.file !== null || vma.has(VM.SHARED))) {
    refuse("EINVAL", "mremap/dontunmap-shared", "This kernel has MREMAP_DONTUNMAP for private anonymous memory only.");
  }
  if (start + Math.min(oldPages, newPages) > vma.end)
    refuse("EFAULT", "mremap/beyond-vma", `The range reaches past the end of its VMA, ${hexRange(vma.start, vma.end)}.`);
  const growth = newPages - oldPages;
  if (growth <= 0) return;
  checkLockedGrowth(call, vma.flags, growth);
  checkExpand(call, vma.flags, growth);
  if (vma.has(VM.ACCOUNT)) checkCommit(call, growth);
}

/** 6.17 and later: each VMA of the range is moved on its own; what lies in the target under a hole survives. */
function pureMove(call: Call, request: MoveRequest): number {
  const { start, oldPages, to } = request;
  const pieces = call.mm
    .vmasIn(start, start + oldPages)
    .map((vma) => ({ from: Math.max(start, vma.start), end: Math.min(start + oldPages, vma.end) }));
  const first = pieces[0];
  if (first === undefined || first.from > start) refuse("EFAULT", "mremap/unmapped", "No VMA contains the address.");
  for (const { from, end } of pieces) {
    const piece = { ...request, start: from, oldPages: end - from, newPages: end - from, to: to + (from - start) };
    checkVma(call, piece, vmaToRemap(call, from));
    unmapRange(call, piece.to, piece.to + piece.newPages);
    finishMove(call, piece);
  }
  return to;
}

/** MREMAP_FIXED or MREMAP_DONTUNMAP (`mremap_to`). Up to 6.16 the target was emptied before the source was looked at. */
function moveToPlace(call: Call, request: MoveRequest): number {
  const { start, oldPages, newPages, flags, to } = request;
  const checksFirst = call.machine.profile.mremapBatchMove;
  if (checksFirst) checkVma(call, request, vmaToRemap(call, start));
  if ((flags & MREMAP.FIXED) !== 0) unmapRange(call, to, to + newPages);
  if (oldPages > newPages) unmapTail(call, start + newPages, start + oldPages);
  const moved = { ...request, oldPages: Math.min(oldPages, newPages) };
  if (!checksFirst) checkVma(call, moved, vmaToRemap(call, start));
  return finishMove(call, moved);
}

function finishMove(call: Call, request: MoveRequest): number {
  const vma = vmaToRemap(call, request.start);
  if ((request.flags & MREMAP.DONTUNMAP) !== 0) checkExpand(call, vma.flags, request.oldPages);
  return moveTo(call, request, vma);
}

/** Neither MREMAP_FIXED nor MREMAP_DONTUNMAP. */
function resize(call: Call, request: MoveRequest): number {
  const { start, oldPages, newPages, flags } = request;
  const { profile } = call.machine;
  if (newPages <= oldPages) {
    if (profile.mremapChecksHole) vmaToRemap(call, start);
    if (newPages === oldPages)
      call.trail.add("mremap/same", "Equal lengths: nothing to do, and nobody looks whether all of the range is mapped.");
    else if (unmapTail(call, start + newPages, start + oldPages) >= 0)
      call.trail.add("mremap/shrunk", `The tail ${hexRange(start + newPages, start + oldPages)} is unmapped.`);
    return start;
  }
  const vma = vmaToRemap(call, start);
  checkVma(call, request, vma);
  const growth = newPages - oldPages;
  if (start + oldPages === vma.end && growsWhereItIs(call, start, vma, growth)) {
    growInPlace(call, vma, growth);
    return start;
  }
  if ((flags & MREMAP.MAYMOVE) === 0)
    refuse(
      "ENOMEM",
      "mremap/cannot-grow",
      "The pages behind are not free (or the range does not reach the end of its VMA), and MREMAP_MAYMOVE is not set.",
    );
  return moveTo(call, request, vma);
}

/** A shrink unmaps the tail as munmap(2) would, with its check of the range. The old length has not been checked before. */
function unmapTail(call: Call, start: number, end: number): number {
  if (end > call.machine.settings.taskPages)
    refuse("EINVAL", "mremap/tail-beyond-user-space", "The tail that is to be unmapped leaves the address space of a process.");
  return unmapRange(call, start, end);
}

/** Whether the pages behind are free; or, where the kernel's answer is known, whether it found them so. */
function growsWhereItIs(call: Call, start: number, vma: Vma, growth: number): boolean {
  const { mm, machine, placedAt } = call;
  const end = vma.end + growth;
  if (placedAt === undefined) return end <= machine.settings.taskPages && mm.firstIn(vma.end, end) === null;
  if (placedAt === start) unmapRange(call, vma.end, end);
  return placedAt === start;
}

function growInPlace(call: Call, vma: Vma, growth: number): void {
  const { mm, machine, trail } = call;
  const { end, flags, file, anonVma, chain } = vma;
  const piece = { start: end, end: end + growth, flags, pgoff: vma.objectPage(end), file, anonVma, chain };
  mergeNewRange(mm, machine.profile, piece, trail, { onlyBefore: !machine.profile.mremapGrowMerges });
  trail.add("mremap/grown", `The pages behind are free: the mapping grows by ${hexRange(end, end + growth)} where it is.`);
  if ((flags & VM.LOCKED) !== 0) populate(call, end, end + growth);
}
