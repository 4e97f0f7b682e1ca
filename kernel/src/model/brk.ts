/** brk(2) at system-call level, mm/mmap.c: it has no errors, a refusal returns the break as it was. */
import { alignPageUp, asUnsignedLong, hexRange } from "./address.js";
import type { Call } from "./call.js";
import { checkCommit, checkExpand, checkLockedGrowth, mayExpand } from "./limits.js";
import { mergeNewRange, type Piece } from "./merge.js";
import { unmapRange } from "./munmap.js";
import type { Brk } from "./operation.js";
import { populate } from "./populate.js";
import { Refusal } from "./reason.js";
import { STACK_GUARD_GAP } from "./stack-growth.js";
import { Vma, VM } from "./vma.js";

const HEAP_FLAGS = VM.READ | VM.WRITE | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC | VM.ACCOUNT;

/** The system call: the break after it. */
export function brk(call: Call, op: Brk): bigint {
  const { mm, trail } = call;
  const to = Number(asUnsignedLong(op.to));
  const start = pagesUp(mm.heapStart);
  const oldEnd = pagesUp(mm.heapEnd);
  const newEnd = pagesUp(to);
  const refused = (why: string): bigint => {
    trail.add("brk/refused", `${why} The break stays.`);
    return BigInt(mm.heapEnd);
  };
  if (to < mm.heapStart) return refused("The address lies below the start of the heap.");
  const dataLimit = call.process.limits.DATA.soft;
  if (dataLimit !== null && BigInt(to - mm.heapStart) > dataLimit) return refused("RLIMIT_DATA would be exceeded.");
  const next = mm.index.find(oldEnd);
  const gapStart = next === null ? Infinity : next.start - (next.has(VM.GROWSDOWN) ? STACK_GUARD_GAP : 0);
  if (newEnd > oldEnd && newEnd + 1 > gapStart) return refused("The next mapping is in the way.");
  try {
    if (newEnd === oldEnd) trail.add("brk/same-page", "The break moves within its page.");
    else if (newEnd < oldEnd) shrinkHeap(call, Math.max(start, newEnd), oldEnd);
    else growHeap(call, oldEnd, newEnd);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(error.step.text);
  }
  mm.heapEnd = to;
  return BigInt(to);
}

function shrinkHeap(call: Call, start: number, end: number): void {
  unmapRange(call, start, end);
  call.trail.add("brk/shrunk", `${hexRange(start, end)} is unmapped.`);
}

function growHeap(call: Call, start: number, end: number): void {
  const { mm, machine, process, trail } = call;
  const flags = HEAP_FLAGS | mm.defaultFlags;
  checkLockedGrowth(call, flags, end - start);
  if (!mayExpand(process, flags, end - start)) checkExpand(call, flags, end - start);
  checkCommit(call, end - start);
  if (mm.index.size > machine.settings.maxMapCount)
    throw new Refusal("ENOMEM", { rule: "limit/map-count", text: "The process has as many VMAs as it may." });
  const piece: Piece = { start, end, flags, pgoff: start, file: null, anonVma: 0, chain: 0 };
  if (mergeNewRange(mm, machine.profile, piece, trail, { onlyBefore: true }) === null) mm.link(new Vma(piece));
  trail.add("brk/grown", `The heap grows by ${hexRange(start, end)}.`);
  if ((flags & VM.LOCKED) !== 0) populate(call, start, end);
}

function pagesUp(bytes: number): number {
  return alignPageUp(bytes, 4096) / 4096;
}
