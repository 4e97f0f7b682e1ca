/** mlock(2), mlock2(2), munlock(2), mlockall(2) and munlockall(2), mm/mlock.c. */
import { MCL, MLOCK } from "../abi/index.js";
import { asUnsignedLong, hexRange, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { checkMayLock, totalPages } from "./limits.js";
import { modifyRange } from "./merge.js";
import type { Lock, Mlock2, Mlockall } from "./operation.js";
import { populate, populateVma } from "./populate.js";
import { refuse } from "./reason.js";
import { VM, VM_LOCK_BITS, type Vma } from "./vma.js";

/** mlock(2). */
export function mlock(call: Call, op: Lock): bigint {
  return lockRange(call, op.at, op.length, VM.LOCKED);
}

/** mlock2(2). */
export function mlock2(call: Call, op: Mlock2): bigint {
  if ((op.flags & ~MLOCK.ONFAULT) !== 0) refuse("EINVAL", "mlock/unknown-flag", "mlock2 knows MLOCK_ONFAULT only.");
  return lockRange(call, op.at, op.length, (op.flags & MLOCK.ONFAULT) !== 0 ? VM_LOCK_BITS : VM.LOCKED);
}

/** munlock(2). Pages stay where they are. */
export function munlock(call: Call, op: Lock): bigint {
  const range = wholePages(op.at, op.length);
  if (range !== null) flagRange(call, range.start, range.end, 0);
  return 0n;
}

/** mlockall(2). */
export function mlockall(call: Call, op: Mlockall): bigint {
  const { mm, process } = call;
  const { flags } = op;
  if (flags === 0 || flags === MCL.ONFAULT || (flags & ~(MCL.CURRENT | MCL.FUTURE | MCL.ONFAULT)) !== 0) {
    refuse("EINVAL", "mlockall/bad-flags", "mlockall needs MCL_CURRENT or MCL_FUTURE, and knows MCL_ONFAULT besides.");
  }
  checkMayLock(call);
  const limit = process.limitPages("MEMLOCK");
  if ((flags & MCL.CURRENT) !== 0 && !process.privileged && limit !== null && totalPages(mm) > limit) {
    refuse("ENOMEM", "limit/memlock", "All that is mapped exceeds RLIMIT_MEMLOCK.");
  }
  const bits = (flags & MCL.ONFAULT) !== 0 ? VM_LOCK_BITS : VM.LOCKED;
  mm.defaultFlags = (flags & MCL.FUTURE) !== 0 ? bits : 0;
  if ((flags & MCL.CURRENT) !== 0) {
    flagAll(call, bits);
    for (const vma of [...mm.vmas()]) if (vma.foreign === undefined) populateVma(call, vma, vma.start, vma.end);
  }
  call.trail.add(
    "mlockall",
    `${(flags & MCL.CURRENT) !== 0 ? "What is mapped is locked and faulted in" : "Nothing changes for what is mapped"}; ${(flags & MCL.FUTURE) !== 0 ? "future mappings will be locked" : "future mappings will not be locked"}.`,
  );
  return 0n;
}

/** munlockall(2). */
export function munlockall(call: Call): bigint {
  call.mm.defaultFlags = 0;
  flagAll(call, 0);
  call.trail.add("munlockall", "Nothing is locked any more; pages stay.");
  return 0n;
}

/** The pages a byte range touches; null for an empty one. EINVAL where it wraps. */
function wholePages(at: bigint, length: bigint): { start: number; end: number } | null {
  const from = asUnsignedLong(at);
  const offset = from & 4095n;
  const bytes = pageAlign(asUnsignedLong(length) + offset);
  const start = from - offset;
  const end = asUnsignedLong(start + bytes);
  if (end < start) refuse("EINVAL", "mlock/wraps", "The range wraps around the end of the address space.");
  return end === start ? null : { start: pageOf(start), end: pageOf(end) };
}

function lockRange(call: Call, at: bigint, length: bigint, bits: number): bigint {
  const { mm, process } = call;
  checkMayLock(call);
  const limit = process.limitPages("MEMLOCK");
  const bytes = pageAlign(asUnsignedLong(length) + (asUnsignedLong(at) & 4095n));
  if (!process.privileged && limit !== null) {
    const start = pageOf(asUnsignedLong(at));
    const end = start + pageOf(bytes);
    const already = mm
      .vmasIn(start, end)
      .reduce((sum, vma) => sum + (vma.has(VM.LOCKED) ? Math.min(end, vma.end) - Math.max(start, vma.start) : 0), 0);
    if (mm.lockedPages + pageOf(bytes) - already > limit)
      refuse("ENOMEM", "limit/memlock", `Locking the range would exceed RLIMIT_MEMLOCK (${String(limit)} pages).`);
  }
  const range = wholePages(at, length);
  if (range === null) return 0n;
  flagRange(call, range.start, range.end, bits);
  const lazily = (bits & VM.LOCKONFAULT) !== 0;
  if (populate(call, range.start, range.end) === "refused") {
    refuse(
      "ENOMEM",
      "mlock/cannot-fault-in",
      `The range is locked now, but not all of it could be faulted in${lazily ? " if it were touched" : ""}: no rights, a guard, or the end of a file is in the way.`,
    );
  }
  return 0n;
}

/** Sets the lock flags of a range, one VMA after the other, up to the first hole. */
function flagRange(call: Call, start: number, end: number, bits: number): void {
  let position = start;
  while (position < end) {
    const vma = call.mm.vmaAt(position);
    if (vma === null)
      refuse("ENOMEM", "mlock/hole", `Nothing is mapped at ${hexRange(position, end)}; what lies before it has been changed.`);
    const stop = Math.min(vma.end, end);
    const changed = flagVma(call, vma, position, stop, bits);
    position = Math.max(stop, Math.min(changed.end, end));
  }
  call.trail.add(bits === 0 ? "mlock/unlocked" : "mlock/locked", `${hexRange(start, end)} is ${bits === 0 ? "unlocked" : "locked"}.`);
}

function flagVma(call: Call, vma: Vma, start: number, end: number, bits: number): Vma {
  const { mm, machine, trail } = call;
  const flags = (vma.flags & ~VM_LOCK_BITS) | bits;
  // Droppable memory is passed over (`mlock_fixup`): the call succeeds, and populates, and nothing is locked.
  if (flags === vma.flags || vma.foreign !== undefined || vma.has(VM.DROPPABLE)) return vma;
  return modifyRange(mm, machine.profile, vma, { start, end, flags }, { maxMapCount: machine.settings.maxMapCount, code: "ENOMEM" }, trail);
}

function flagAll(call: Call, bits: number): void {
  for (let vma = call.mm.index.first(); vma !== null;) {
    const changed = flagVma(call, vma, vma.start, vma.end, bits);
    vma = call.mm.index.find(changed.end);
  }
}
