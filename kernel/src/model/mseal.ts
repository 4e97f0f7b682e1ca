/** mseal(2), mm/mseal.c: mappings that nobody can unmap, move or give other rights any more; and what the other calls ask of a seal. */
import { MADV } from "../abi/index.js";
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { modifyRange } from "./merge.js";
import type { Mseal } from "./operation.js";
import { refuse } from "./reason.js";
import { VM, type Vma } from "./vma.js";

/** Advices that throw pages away, or keep them from a child (`is_discard`). */
const DISCARDS: ReadonlySet<number> = new Set([
  MADV.FREE,
  MADV.DONTNEED,
  MADV.DONTNEED_LOCKED,
  MADV.REMOVE,
  MADV.DONTFORK,
  MADV.WIPEONFORK,
  MADV.GUARD_INSTALL,
]);

/** The system call. There is no way back. */
export function mseal(call: Call, op: Mseal): bigint {
  const { mm, machine, trail } = call;
  const { profile, settings } = machine;
  if (!profile.mseal) refuse("ENOSYS", "mseal/not-there", `This kernel (${profile.release}) has no mseal: it came with 6.10.`);
  if (op.flags !== 0) refuse("EINVAL", "mseal/flags", "The flags of mseal are reserved: they must be 0.");
  const at = asUnsignedLong(op.at);
  if (!isPageAligned(at)) refuse("EINVAL", "mseal/unaligned", "The address is not the start of a page.");
  const bytes = pageAlign(op.length);
  if (asUnsignedLong(op.length) !== 0n && bytes === 0n)
    refuse("EINVAL", "mseal/too-long", "The length overflows when it is rounded up to pages.");
  const last = asUnsignedLong(at + bytes);
  if (last < at) refuse("EINVAL", "mseal/wraps", "The range wraps around the end of the address space.");
  if (last === at) {
    trail.add("mseal/empty", "The length is 0: nothing to do.");
    return 0n;
  }
  const [start, end] = [pageOf(at), pageOf(last)];
  let mappedTo = start;
  for (const vma of mm.vmasIn(start, end)) {
    if (vma.start > mappedTo) break;
    mappedTo = vma.end;
  }
  if (mappedTo < end) refuse("ENOMEM", "mseal/hole", "Part of the range is not mapped; nothing has been sealed.");
  for (let position = start; position < end;) {
    const vma = mm.vmaAt(position);
    if (vma === null) break;
    const stop = Math.min(vma.end, end);
    const limit = { maxMapCount: settings.maxMapCount, code: "ENOMEM" } as const;
    const sealed = vma.has(VM.SEALED)
      ? vma
      : modifyRange(mm, profile, vma, { start: position, end: stop, flags: vma.flags | VM.SEALED }, limit, trail);
    position = Math.max(stop, Math.min(sealed.end, end));
  }
  trail.add(
    "mseal/sealed",
    `${hexRange(start, end)} is sealed: it stays mapped, where it is and with these rights, until the process ends.`,
  );
  return 0n;
}

/** Refuses to unmap, move or protect a sealed VMA. */
export function refuseSealed(vma: Vma): void {
  if (vma.has(VM.SEALED)) refuse("EPERM", "mseal/sealed", `The mapping ${hexRange(vma.start, vma.end)} is sealed (mseal).`);
}

/** Linux 6.10 and 6.11 looked at the whole range before they did anything (`can_modify_mm`). */
export function refuseSealedRange(call: Call, start: number, end: number): void {
  if (!call.machine.profile.sealedStopsMidway) for (const vma of call.mm.vmasIn(start, end)) refuseSealed(vma);
}

/**
 * Refuses an advice that would change what sealed anonymous memory shows, where the process may not write to it anyway
 * (`can_madvise_modify`). Of files all advices are allowed.
 */
export function refuseSealedDiscard(vma: Vma, advice: number): void {
  if (!vma.has(VM.SEALED) || !DISCARDS.has(advice) || !vma.isAnonymous || vma.has(VM.WRITE)) return;
  refuse(
    "EPERM",
    "mseal/discard",
    `The mapping ${hexRange(vma.start, vma.end)} is sealed and read-only: its pages may not be thrown away.`,
  );
}
