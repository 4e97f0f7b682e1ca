/** What /proc shows of a process: maps, pagemap, VmFlags of smaps, and VmLck of status. Looking changes nothing. */
import { PAGE_SIZE } from "../abi/index.js";
import { addressOf, asUnsignedLong, pageAlign, pageOf } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { Call } from "./call.js";
import type { Machine } from "./machine.js";
import type { Maps, Resident, VmFlags } from "./operation.js";
import { PTE_ANON, PTE_DIRTY, PTE_FILE, PTE_GUARD, PTE_HUGE, PTE_KIND, PTE_NONE, PTE_SWAP, PTE_ZERO } from "./page-table.js";
import { refuse } from "./reason.js";
import type { PageState, VmaRecord } from "./result.js";
import { smapsFlags, type Vma } from "./vma.js";

/** The part of a VMA within [start, end) as a line of /proc/pid/maps. */
export function vmaRecord(vma: Vma, start = vma.start, end = vma.end): VmaRecord {
  const from = Math.max(vma.start, start);
  return {
    start: addressOf(from),
    end: addressOf(Math.min(vma.end, end)),
    perms: vma.perms,
    offset: vma.file === null ? 0n : addressOf(vma.objectPage(from)),
    object: vma.file === null ? null : vma.file.name,
  };
}

/** The VMAs of the lab in a range, clipped to it. Mappings that only take up space are left out. */
export function maps(call: Call, op: Maps): VmaRecord[] {
  const [start, end] = rangeOf(op.at, op.length);
  return call.mm
    .vmasIn(start, end)
    .filter((vma) => vma.foreign === undefined)
    .map((vma) => vmaRecord(vma, start, end));
}

/** One letter a page. */
export function resident(call: Call, op: Resident): string {
  const [start, end] = rangeOf(op.at, op.length);
  return pageStates(call.machine, call.mm, start, end);
}

/** The flags of the VMA at an address; EFAULT where there is none. */
export function vmFlags(call: Call, op: VmFlags): string[] {
  const vma = call.mm.vmaAt(pageOf(asUnsignedLong(op.at)));
  if (vma === null) refuse("EFAULT", "vmflags/no-vma", "No VMA contains the address.");
  return smapsFlags(vma.flags, call.machine.profile.lockOnFaultShown);
}

/** VmLck in kB. */
export function lockedKb(call: Call): number {
  return (call.mm.lockedPages * PAGE_SIZE) / 1024;
}

/** The letters of {@link PageState} for the pages of a range. */
export function pageStates(machine: Machine, mm: AddressSpace, start: number, end: number): string {
  const letters = new Array<PageState>(end - start).fill(".");
  mm.pageTable.visit(start, end, (page, leaf, slot) => {
    letters[page - start] = letterOf(machine, leaf.state[slot] ?? PTE_NONE, leaf.frame[slot] ?? 0);
  });
  return letters.join("");
}

function letterOf(machine: Machine, state: number, frame: number): PageState {
  const shared = (machine.frames.mapCount[frame] ?? 0) > 1;
  switch (state & PTE_KIND) {
    case PTE_ZERO:
      // pagemap takes the huge zero page for a file page, and since 7.3 for an anonymous one.
      if ((state & PTE_HUGE) === 0) return "z";
      return machine.profile.hugeZeroIsAnon ? "A" : "F";
    case PTE_ANON:
      return shared ? "A" : "a";
    case PTE_FILE:
      return shared ? "F" : "f";
    case PTE_GUARD:
      return "g";
    case PTE_SWAP:
      return "s";
    default:
      return ".";
  }
}

/** One character a page: `d` where the entry is dirty, or the page-cache page it shows; `.` elsewhere. */
export function dirtyBits(machine: Machine, mm: AddressSpace, start: number, end: number): string {
  const letters = new Array<string>(end - start).fill(".");
  mm.pageTable.visit(start, end, (page, leaf, slot) => {
    const state = leaf.state[slot] ?? PTE_NONE;
    const isFile = (state & PTE_KIND) === PTE_FILE;
    if ((state & PTE_DIRTY) !== 0 || (isFile && machine.frames.dirty[leaf.frame[slot] ?? 0] === 1)) letters[page - start] = "d";
  });
  return letters.join("");
}

/** One character a page: `u` where a VMA shows a page of a file of which nobody can say whether it is cached; `.` elsewhere. */
export function undeterminedPages(mm: AddressSpace, start: number, end: number): string {
  const letters = new Array<string>(end - start).fill(".");
  for (const vma of mm.vmasIn(start, end)) {
    const inode = vma.file?.inode;
    if (inode === undefined || (inode.mayBeDropped.size === 0 && !inode.readaheadUndetermined)) continue;
    for (let page = Math.max(start, vma.start); page < Math.min(end, vma.end); page++)
      if (inode.readaheadUndetermined || inode.mayBeDropped.has(vma.objectPage(page))) letters[page - start] = "u";
  }
  return letters.join("");
}

/** The pages that contain a byte range. */
export function rangeOf(at: bigint, length: bigint): [start: number, end: number] {
  const start = pageOf(asUnsignedLong(at));
  return [start, start + pageOf(pageAlign(length))];
}
