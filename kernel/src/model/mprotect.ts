/** mprotect(2): `do_mprotect_pkey`, `mprotect_fixup` and `change_protection` of mm/mprotect.c. */
import { PROT } from "../abi/index.js";
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { checkCommit, mayExpand } from "./limits.js";
import { modifyRange } from "./merge.js";
import { refuseSealed, refuseSealedRange } from "./mseal.js";
import type { Mprotect } from "./operation.js";
import { PTE_ANON, PTE_DIRTY, PTE_EXCLUSIVE, PTE_FILE, PTE_KIND, PTE_WRITABLE } from "./page-table.js";
import { populateVma } from "./populate.js";
import { refuse } from "./reason.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/** How far VM.MAYREAD is above VM.READ; the same holds for writing and executing. */
const MAY_SHIFT = 4;

/** The system call. */
export function mprotect(call: Call, op: Mprotect): bigint {
  const { mm } = call;
  const grows = op.prot & (PROT.GROWSDOWN | PROT.GROWSUP);
  const prot = op.prot & ~(PROT.GROWSDOWN | PROT.GROWSUP);
  const at = asUnsignedLong(op.at);
  if (grows === (PROT.GROWSDOWN | PROT.GROWSUP))
    refuse("EINVAL", "mprotect/both-ways", "PROT_GROWSDOWN and PROT_GROWSUP exclude each other.");
  if (!isPageAligned(at)) refuse("EINVAL", "mprotect/unaligned", "The address is not the start of a page.");
  if (asUnsignedLong(op.length) === 0n) {
    call.trail.add("mprotect/empty", "The length is 0: nothing to do.");
    return 0n;
  }
  const last = asUnsignedLong(at + pageAlign(op.length));
  if (last <= at) refuse("ENOMEM", "mprotect/wraps", "The range wraps around the end of the address space.");
  if ((prot & ~(PROT.READ | PROT.WRITE | PROT.EXEC | PROT.SEM)) !== 0)
    refuse("EINVAL", "mprotect/unknown-right", "A bit of prot is unknown.");
  let start = pageOf(at);
  const end = pageOf(last);
  const first = mm.index.find(start);
  if (first === null) refuse("ENOMEM", "mprotect/unmapped", "Nothing is mapped at or above the address.");
  if ((grows & PROT.GROWSDOWN) !== 0) {
    if (first.start >= end) refuse("ENOMEM", "mprotect/unmapped", "Nothing is mapped in the range.");
    start = first.start;
    if (!first.has(VM.GROWSDOWN)) refuse("EINVAL", "mprotect/does-not-grow", "PROT_GROWSDOWN needs a mapping made with MAP_GROWSDOWN.");
  } else {
    if (first.start > start) refuse("ENOMEM", "mprotect/unmapped", "Nothing is mapped at the address.");
    if ((grows & PROT.GROWSUP) !== 0) refuse("EINVAL", "mprotect/does-not-grow", "No mapping on x86 grows up.");
  }
  refuseSealedRange(call, start, end);
  changeRange(call, start, end, prot);
  return 0n;
}

/** Changes one VMA after the other; what was changed before an error stays changed. */
function changeRange(call: Call, start: number, end: number, prot: number): void {
  let position = start;
  while (position < end) {
    const vma = call.mm.vmaAt(position);
    if (vma === null)
      refuse("ENOMEM", "mprotect/hole", `Nothing is mapped at ${hexRange(position, end)}; what lies before it has been changed.`);
    const stop = Math.min(vma.end, end);
    const changed = changeVma(call, vma, position, stop, prot);
    position = Math.max(stop, Math.min(changed.end, end));
  }
}

function changeVma(call: Call, vma: Vma, start: number, end: number, prot: number): Vma {
  const { mm, machine, trail } = call;
  let flags = (vma.flags & ~VM_ACCESS) | (prot & VM_ACCESS);
  if ((flags & VM_ACCESS & ~(flags >> MAY_SHIFT)) !== 0) {
    refuse(
      "EACCES",
      "mprotect/not-allowed",
      `The mapping ${hexRange(vma.start, vma.end)} may not have these rights: its file was not opened, or is sealed, for them.`,
    );
  }
  refuseSealed(vma);
  const old = vma.flags;
  if (flags === old) {
    trail.add("mprotect/same", `${hexRange(start, end)} has these rights already: nothing is done, and no merge is tried.`);
    return vma;
  }
  const pages = end - start;
  if ((flags & VM.WRITE) !== 0) {
    if (!mayExpand(call.process, flags, pages) && mayExpand(call.process, old, pages))
      refuse("ENOMEM", "limit/data", "Making the range writable would exceed RLIMIT_DATA.");
    if ((old & (VM.ACCOUNT | VM.WRITE | VM.SHARED | VM.NORESERVE)) === 0) {
      checkCommit(call, pages);
      flags |= VM.ACCOUNT;
    }
  } else if (vma.has(VM.ACCOUNT) && vma.isAnonymous && vma.anonVma === 0 && machine.profile.mprotectDropsAccount) {
    flags &= ~VM.ACCOUNT;
  }
  const changed = modifyRange(
    mm,
    machine.profile,
    vma,
    { start, end, flags },
    { maxMapCount: machine.settings.maxMapCount, code: "ENOMEM" },
    trail,
  );
  changeEntries(call, changed, start, end);
  trail.add("mprotect/changed", `${hexRange(start, end)} is ${changed.perms} now.`);
  const becameWritable = (old & (VM.WRITE | VM.SHARED | VM.LOCKED)) === VM.LOCKED && (flags & VM.WRITE) !== 0;
  if (becameWritable) populateVma(call, changed, start, end, "mprotect");
  return changed;
}

/** Gives the entries of a range the write bit its VMA's new rights allow. Pages stay where they are. */
function changeEntries(call: Call, vma: Vma, start: number, end: number): void {
  const { mm, machine } = call;
  const writable = vma.has(VM.WRITE);
  const keepsExclusive = machine.profile.mprotectKeepsExclusiveWritable;
  const isShmem = vma.file?.inode.isShmem === true;
  mm.splitHugePages(start, end);
  mm.pageTable.visit(start, end, (_page, leaf, slot) => {
    const state = leaf.state[slot] ?? 0;
    const kind = state & PTE_KIND;
    let may = false;
    if (writable && kind === PTE_ANON) may = keepsExclusive && (state & PTE_EXCLUSIVE) !== 0;
    // Memory file systems need not see the first write; others must, unless the page is known to be dirty.
    if (writable && kind === PTE_FILE && vma.has(VM.SHARED)) may = isShmem || (state & PTE_DIRTY) !== 0;
    leaf.state[slot] = may ? state | PTE_WRITABLE : state & ~PTE_WRITABLE;
  });
}
