/** The limits a new or growing mapping has to keep: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK and overcommit. */
import { PAGE_SIZE } from "../abi/index.js";
import type { AddressSpace } from "./address-space.js";
import type { Call } from "./call.js";
import type { Inode } from "./file.js";
import type { Machine } from "./machine.js";
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

/** What a process without capabilities leaves to root, and each process to others, with overcommit 2: 8 MiB and 128 MiB. */
const ADMIN_RESERVE_PAGES = 2048;
const USER_RESERVE_PAGES = 32_768;

/**
 * Whether memory for `pages` more may be promised (`__vm_enough_memory`). With overcommit 0 a request is refused when it alone
 * exceeds RAM and swap, with 1 never, with 2 when all promises together reach CommitLimit.
 * @param besides pages of the same call that are promised already
 */
export function checkCommit(call: Call, pages: number, besides = 0): void {
  const { overcommit, memoryPages } = call.machine.settings;
  if (overcommit === 0 && pages > memoryPages) {
    refuse(
      "ENOMEM",
      "limit/overcommit",
      `One request of ${String(pages)} pages exceeds all memory and swap (${String(memoryPages)} pages).`,
    );
  }
  if (overcommit !== 2) return;
  const { machine, process, mm } = call;
  const reserved = (process.privileged ? 0 : ADMIN_RESERVE_PAGES) + Math.min(Math.floor(totalPages(mm) / 32), USER_RESERVE_PAGES);
  const allowed = machine.settings.commitLimitPages - reserved;
  const promised = committedPages(machine) + besides + pages;
  if (promised >= allowed) {
    refuse(
      "ENOMEM",
      "limit/commit-limit",
      `With vm.overcommit_memory 2, ${String(promised)} pages would be promised and ${String(allowed)} may be (CommitLimit less what is kept back).`,
    );
  }
}

/**
 * Pages promised (Committed_AS): private writable mappings, and shared anonymous memory once for all who map it. The pages
 * of memory files, which are counted one by one, are not among them.
 */
function committedPages(machine: Machine): number {
  let pages = machine.settings.committedElsewherePages;
  const objects = new Set<Inode>();
  for (const { mm } of machine.processes.values()) {
    pages += mm.countPages((vma) => vma.has(VM.ACCOUNT));
    for (const { file } of mm.vmas()) if (file !== null) objects.add(file.inode);
  }
  for (const { committedPages: committed } of objects) pages += committed;
  return pages;
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
