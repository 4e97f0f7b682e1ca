/** madvise(2): the checks and the walk over VMAs, mm/madvise.c. What each advice does to one VMA is in advice.ts. */
import { MADV } from "../abi/index.js";
import { adviceFor } from "./advice.js";
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { refuseSealedDiscard } from "./mseal.js";
import type { Madvise } from "./operation.js";
import { faultIn } from "./populate.js";
import { refuse } from "./reason.js";
import { VM } from "./vma.js";

/** The system call. Holes are skipped and reported as ENOMEM at the end; an error of one VMA stops at once. */
export function madvise(call: Call, op: Madvise): bigint {
  const { advice } = op;
  const { profile } = call.machine;
  const populates = profile.madvPopulate && (advice === MADV.POPULATE_READ || advice === MADV.POPULATE_WRITE);
  const apply = adviceFor(call, advice);
  if (apply === undefined && !populates)
    refuse("EINVAL", "madvise/unknown-advice", `This kernel (${profile.release}) does not know advice ${String(advice)}.`);
  const at = asUnsignedLong(op.at);
  const length = asUnsignedLong(op.length);
  if (!isPageAligned(at)) refuse("EINVAL", "madvise/unaligned", "The address is not the start of a page.");
  const rounded = pageAlign(length);
  if (length !== 0n && rounded === 0n) refuse("EINVAL", "madvise/too-long", "The length overflows when it is rounded up to pages.");
  const last = asUnsignedLong(at + rounded);
  if (last < at) refuse("EINVAL", "madvise/wraps", "The range wraps around the end of the address space.");
  if (last === at) {
    call.trail.add("madvise/empty", "The length is 0: nothing to do.");
    return 0n;
  }
  const start = pageOf(at);
  const end = pageOf(last);
  if (populates) {
    populateAdvice(call, start, end, advice === MADV.POPULATE_WRITE);
    return 0n;
  }
  let position = start;
  let holes = false;
  if (!profile.sealedStopsMidway) for (const vma of call.mm.vmasIn(start, end)) refuseSealedDiscard(vma, advice);
  while (position < end && apply !== undefined) {
    const vma = call.mm.firstIn(position, end);
    if (vma === null) break;
    if (vma.start > position) holes = true;
    refuseSealedDiscard(vma, advice);
    const from = Math.max(position, vma.start);
    const to = Math.min(end, vma.end);
    const after = apply(call, vma, from, to);
    position = Math.max(to, Math.min(after.end, end));
  }
  if (holes || position < end) refuse("ENOMEM", "madvise/hole", "Part of the range is not mapped; the rest has been done.");
  return 0n;
}

/** MADV_POPULATE_READ and MADV_POPULATE_WRITE. */
function populateAdvice(call: Call, start: number, end: number, write: boolean): void {
  const ownWalk = call.machine.profile.madvPopulateOwnWalk;
  let position = start;
  let holes = false;
  for (const vma of call.mm.vmasIn(start, end)) {
    if (vma.start > position) {
      holes = true;
      if (ownWalk) break;
    }
    const from = Math.max(start, vma.start);
    const to = Math.min(end, vma.end);
    if (!vma.has(write ? VM.WRITE : VM.READ))
      refuse("EINVAL", "madvise/populate-no-right", `${hexRange(from, to)} may not be ${write ? "written" : "read"}.`);
    if (faultIn(call, "madvise", vma, from, to, write ? "write" : "read") === "refused") {
      refuse(
        "EFAULT",
        "madvise/populate-failed",
        "A page could not be faulted in: a guard, or the end of a file, is in the way. Pages before it stay.",
      );
    }
    position = vma.end;
  }
  if (holes || position < end) refuse("ENOMEM", "madvise/hole", "Part of the range is not mapped.");
  call.trail.add("madvise/populated", `Every page of ${hexRange(start, end)} permits a ${write ? "write" : "read"} without a fault now.`);
}
