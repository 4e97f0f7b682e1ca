/**
 * Populating: the kernel faults pages in ahead of use, for MAP_POPULATE, locked memory and mlock (`__mm_populate`,
 * get_user_pages). These faults count for getrusage(2); no instruction of the process took them.
 */
import { hexRange } from "./address.js";
import type { Call } from "./call.js";
import { handleFault } from "./fault.js";
import { FaultContext } from "./fault-context.js";
import { SIGNAL, type Access, type FaultSource } from "./fault-types.js";
import { isPresent, PTE_WRITABLE } from "./page-table.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/** Why populating stopped: the access would have been refused. */
export type PopulateEnd = "done" | "refused";

/** Faults in the pages of [start, end) of one VMA that do not permit the access yet. */
export function faultIn(call: Call, source: FaultSource, vma: Vma, start: number, end: number, access: Access): PopulateEnd {
  const context = new FaultContext(call.machine, call.mm, source);
  for (let page = start; page < end; page++) {
    const state = call.mm.pageTable.state(page);
    if (isPresent(state) && (access === "read" || (state & PTE_WRITABLE) !== 0)) continue;
    const ending = handleFault(context, vma, page, access);
    if (ending === SIGNAL) return "refused";
    call.faults.count(ending);
  }
  return "done";
}

/** Populates the part [start, end) of one VMA: writes where it is private and writable, reads elsewhere. */
export function populateVma(call: Call, vma: Vma, start: number, end: number, source: "populate" | "mprotect" = "populate"): PopulateEnd {
  const lazily = vma.has(VM.LOCKONFAULT);
  if (lazily && call.machine.profile.dontneedLocked) return "done";
  if (!vma.has(VM_ACCESS)) return "refused";
  if (lazily) return "done";
  const access: Access = (vma.flags & (VM.WRITE | VM.SHARED)) === VM.WRITE ? "write" : "read";
  return faultIn(call, source, vma, start, end, access);
}

/** Populates a range over several VMAs; stops at the first thing that cannot be faulted in. */
export function populate(call: Call, start: number, end: number): PopulateEnd {
  const before = call.faults.minor + call.faults.major;
  let ended: PopulateEnd = "done";
  let position = start;
  for (const vma of call.mm.vmasIn(start, end)) {
    if (vma.start > position) ended = "refused";
    if (ended === "done") ended = populateVma(call, vma, Math.max(start, vma.start), Math.min(end, vma.end));
    if (ended === "refused") break;
    position = vma.end;
  }
  if (position < end && ended === "done") ended = "refused";
  const faults = call.faults.minor + call.faults.major - before;
  call.trail.add("populate", `The kernel faults in what is missing of ${hexRange(start, end)}: ${String(faults)} faults.`);
  return ended;
}
