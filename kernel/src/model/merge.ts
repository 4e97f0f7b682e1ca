/**
 * Merging: when two neighbouring VMAs become one (mm/vma.c: `can_vma_merge_*`, `vma_merge_new_range`, `vma_modify`).
 *
 * A lower piece A and an upper piece B with A.end = B.start may be one VMA when their flags (but for the guard flag) and
 * files are equal, A's offsets run on into B's, and their anon_vmas go together.
 */
import { hexRange } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { OpenFile } from "./file.js";
import type { Profile } from "./profile.js";
import { refuse, type Trail } from "./reason.js";
import { VM, type ChainLength, type Vma } from "./vma.js";
import type { ErrnoCode } from "../abi/index.js";

/** Flags that do not count when two VMAs are compared; a merged VMA has them if either had. */
const STICKY = VM.MAYBE_GUARD;

/** A range that asks to be taken in by a neighbour. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly file: OpenFile | null;
  readonly anonVma: number;
  readonly chain: ChainLength;
}

/** A VMA's anon_vma, or the lack of one. */
interface AnonState {
  readonly anonVma: number;
  readonly chain: ChainLength;
}

const NO_ANON: AnonState = { anonVma: 0, chain: 0 };

/** Whether a neighbour that stays (`target`) may take in what belongs to `source` (`is_mergeable_anon_vma`). */
function anonVmasAgree(profile: Profile, target: AnonState, source: AnonState): boolean {
  if (target.anonVma === source.anonVma) return true;
  if (target.anonVma === 0) return profile.unfaultedAbsorbsFaulted && source.chain === 1;
  // An anon_vma inherited through fork is shared with nobody new.
  return source.anonVma === 0 && target.chain === 1;
}

/** Whether all of a piece but its anon_vma lets it join a neighbour. */
function sameKind(neighbour: Vma, piece: Piece): boolean {
  return neighbour.foreign === undefined && ((neighbour.flags ^ piece.flags) & ~STICKY) === 0 && neighbour.file === piece.file;
}

function continues(previous: Vma, piece: Piece): boolean {
  return previous.end === piece.start && sameKind(previous, piece) && previous.objectPage(piece.start) === piece.pgoff;
}

function continuedBy(piece: Piece, next: Vma): boolean {
  return piece.end === next.start && sameKind(next, piece) && piece.pgoff + (piece.end - piece.start) === next.pgoff;
}

/** Whether the VMAs on both sides may end up as one. */
function sidesAgree(previous: Vma, next: Vma): boolean {
  return previous.anonVma === next.anonVma || previous.anonVma === 0 || next.anonVma === 0;
}

/** Which neighbours take a piece in. */
interface MergeChoice {
  readonly left: Vma | null;
  readonly right: Vma | null;
}

function chooseSides(profile: Profile, previous: Vma | null, piece: Piece, next: Vma | null): MergeChoice {
  const left = previous !== null && continues(previous, piece) && anonVmasAgree(profile, previous, piece) ? previous : null;
  const right = next !== null && continuedBy(piece, next) && anonVmasAgree(profile, next, piece) ? next : null;
  // Where both would do but cannot become one with each other, the left one wins.
  if (left !== null && right !== null && !sidesAgree(left, right)) return { left, right: null };
  return { left, right };
}

/** The order of Linux 6.1 to 6.11 for new mappings: the right side is asked first, and the left must agree with it. */
function chooseRightFirst(profile: Profile, previous: Vma | null, piece: Piece, next: Vma | null): MergeChoice {
  const right = next !== null && continuedBy(piece, next) && anonVmasAgree(profile, next, piece) ? next : null;
  const left = previous !== null && continues(previous, piece) && anonVmasAgree(profile, previous, right ?? NO_ANON) ? previous : null;
  return { left, right };
}

/** A VMA takes over the anon_vma of what it absorbs, if it has none. */
function inheritAnon(vma: Vma, from: AnonState): void {
  if (vma.anonVma !== 0 || from.anonVma === 0) return;
  vma.anonVma = from.anonVma;
  vma.chain = from.chain;
}

/** Lets the chosen neighbours take in a range that no VMA covers any more. Returns the VMA that covers it now. */
function absorb(mm: AddressSpace, choice: MergeChoice, piece: Piece, trail: Trail): Vma | null {
  const { left, right } = choice;
  const sticky = piece.flags & STICKY;
  if (left !== null && right !== null) {
    const { end } = right;
    mm.unlink(right);
    inheritAnon(left, piece);
    inheritAnon(left, right);
    left.flags |= sticky | (right.flags & STICKY);
    mm.resize(left, left.start, end);
    trail.add(
      "merge/both",
      `The VMAs before and after have equal flags and file, and offsets run on: all become one, ${hexRange(left.start, left.end)}.`,
    );
    return left;
  }
  const taker = left ?? right;
  if (taker === null) return null;
  inheritAnon(taker, piece);
  taker.flags |= sticky;
  mm.resize(taker, Math.min(taker.start, piece.start), Math.max(taker.end, piece.end));
  const side = left !== null ? "before" : "after";
  trail.add(
    `merge/${side}`,
    `The VMA ${side} the range has equal flags and file, and offsets run on: it grows to ${hexRange(taker.start, taker.end)}.`,
  );
  return taker;
}

/** How a new range is placed among its neighbours. */
export interface NewRangeOptions {
  /** A VMA that must not take the range in. */
  readonly notInto?: Vma;
  /** Whether only the VMA before may take it in. */
  readonly onlyBefore?: boolean;
  /** Whether the range is a fresh mapping of mmap, for which some releases prefer the right side. */
  readonly fromMmap?: boolean;
}

/**
 * A range that is not mapped yet joins its neighbours, if they let it.
 * @returns the VMA that covers the range now, or null where none took it in
 */
export function mergeNewRange(mm: AddressSpace, profile: Profile, piece: Piece, trail: Trail, options: NewRangeOptions = {}): Vma | null {
  const allowed = (vma: Vma | null): Vma | null => (vma === options.notInto ? null : vma);
  const previous = allowed(mm.touchingBefore(piece.start));
  const next = options.onlyBefore === true ? null : allowed(mm.touchingAfter(piece.end));
  const choose = options.fromMmap === true && profile.gapFillPrefersRight ? chooseRightFirst : chooseSides;
  return absorb(mm, choose(profile, previous, piece, next), piece, trail);
}

/** Where a split fails for want of map entries. */
export interface SplitLimit {
  readonly maxMapCount: number;
  /** What the call reports then. */
  readonly code: ErrnoCode;
}

/** Cuts a VMA, unless the process has as many as it may. Returns the upper piece. */
export function splitVma(mm: AddressSpace, vma: Vma, at: number, limit: SplitLimit): Vma {
  if (mm.index.size >= limit.maxMapCount) {
    refuse(
      limit.code,
      "limit/map-count",
      `Cutting ${hexRange(vma.start, vma.end)} needs one more VMA than vm.max_map_count (${String(limit.maxMapCount)}) allows.`,
    );
  }
  return mm.split(vma, at);
}

/**
 * Gives [start, end) of one VMA other flags: merged into its neighbours where they have these flags already, cut off
 * otherwise.
 * @returns the VMA that covers the range now
 */
export function modifyRange(
  mm: AddressSpace,
  profile: Profile,
  vma: Vma,
  range: { start: number; end: number; flags: number },
  limit: SplitLimit,
  trail: Trail,
): Vma {
  const { start, end, flags } = range;
  const piece: Piece = { start, end, flags, pgoff: vma.objectPage(start), file: vma.file, anonVma: vma.anonVma, chain: vma.chain };
  const previous = start === vma.start ? mm.touchingBefore(start) : null;
  const next = end === vma.end ? mm.touchingAfter(end) : null;
  const choice = vma.foreign === undefined ? chooseSides(profile, previous, piece, next) : { left: null, right: null };
  if (choice.left !== null || choice.right !== null) {
    if (start === vma.start && end === vma.end) mm.unlink(vma);
    else if (start === vma.start) mm.resize(vma, end, vma.end);
    else mm.resize(vma, vma.start, start);
    const taker = absorb(mm, choice, piece, trail);
    if (taker !== null) return taker;
  }
  const whole = start === vma.start && end === vma.end;
  let middle = vma;
  if (start > vma.start) middle = splitVma(mm, vma, start, limit);
  if (end < middle.end) splitVma(mm, middle, end, limit);
  if (!whole) trail.add("merge/split", `The range ${hexRange(start, end)} becomes a VMA of its own.`);
  middle.flags = flags;
  return middle;
}
