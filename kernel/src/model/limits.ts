/** The limits a new or growing mapping has to keep: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK and overcommit. */
import { PAGE_SIZE } from "../abi/index.js";
import type { AddressSpace } from "./address-space.js";
import type { Call } from "./call.js";
import type { Process } from "./process.js";
import { refuse } from "./reason.js";
import { VM, type Vma } from "./vma.js";

/** Whether flags are those of data in the sense of RLIMIT_DATA: writable, not shared, no stack (`is_data_mapping`). */
export function isData(flags: number): boolean {
  return (flags & (VM.WRITE | VM.SHARED | VM.GROWSDOWN)) === VM.WRITE;
}

/** Pages mapped (VmSize). */
export function totalPages(mm: AddressSpace): number {
  return mm.countPages(() => true);
}

/** Pages of data (VmData). */
export function dataPages(mm: AddressSpace): number {
  return mm.countPages((vma: Vma) => isData(vma.flags));
}

/** `may_expand_vm`: whether `pages` more (fewer, when negative) of this kind fit in RLIMIT_AS and RLIMIT_DATA. */
export function mayExpand(process: Process, flags: number, pages: number): boolean {
  const asLimit = process.limitPages("AS");
  if (asLimit !== null && totalPages(process.mm) + pages > asLimit) return false;
  const dataLimit = process.limitPages("DATA");
  return dataLimit === null || !isData(flags) || dataPages(process.mm) + pages <= dataLimit;
}

/** Refuses with ENOMEM what `mayExpand` does not allow. */
export function checkExpand(call: Call, flags: number, pages: number): void {
  if (!mayExpand(call.process, flags, pages)) {
    refuse("ENOMEM", "limit/address-space", `${String(pages)} more pages would exceed RLIMIT_AS or RLIMIT_DATA.`);
  }
}

/** The overcommit check of one request: refused when it alone exceeds RAM and swap, unless overcommit is always allowed. */
export function checkCommit(call: Call, pages: number): void {
  const { overcommit, memoryPages } = call.machine.settings;
  if (overcommit === 0 && pages > memoryPages) {
    refuse(
      "ENOMEM",
      "limit/overcommit",
      `One request of ${String(pages)} pages exceeds all memory and swap (${String(memoryPages)} pages).`,
    );
  }
}

/** `can_do_mlock`: refuses with EPERM a process that may lock nothing. */
export function checkMayLock(call: Call): void {
  if (!call.process.privileged && call.process.limits.MEMLOCK.soft === 0n) {
    refuse("EPERM", "limit/may-not-lock", "RLIMIT_MEMLOCK is 0 and the process lacks CAP_IPC_LOCK.");
  }
}

/** Whether `pages` more may be locked. */
export function mayLock(process: Process, pages: number): boolean {
  const limit = process.limitPages("MEMLOCK");
  return process.privileged || limit === null || process.mm.lockedPages + pages <= limit;
}

/** Refuses with EAGAIN a locked mapping beyond RLIMIT_MEMLOCK (`mlock_future_ok`). */
export function checkLockedGrowth(call: Call, flags: number, pages: number): void {
  if ((flags & VM.LOCKED) !== 0 && !mayLock(call.process, pages)) {
    const limit = call.process.limits.MEMLOCK.soft ?? 0n;
    refuse(
      "EAGAIN",
      "limit/memlock",
      `Locking ${String(pages)} more pages would exceed RLIMIT_MEMLOCK (${String(limit)} bytes, ${String(limit / BigInt(PAGE_SIZE))} pages).`,
    );
  }
}

/** Whether a mapping of these flags is counted against the commit limit (`accountable_mapping`). */
export function isAccountable(flags: number): boolean {
  return (flags & (VM.NORESERVE | VM.SHARED | VM.WRITE)) === VM.WRITE;
}
