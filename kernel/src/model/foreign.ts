/** Mappings of the process that are not the lab's: known only so that the model keeps out of their way. */
import { hexRange, pageOf } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import { Vma, VM } from "./vma.js";

/** A mapping that is not the lab's, as a line of /proc/pid/maps gives it. */
export interface ForeignMapping {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
  /** As printed: `rw-p`. */
  readonly perms: string;
  /** File name or `[heap]`, `[stack]`; null for none. */
  readonly object: string | null;
}

/** Replaces the foreign mappings of an address space. Parts that the lab has mapped itself are left out. */
export function importForeign(mm: AddressSpace, mappings: readonly ForeignMapping[]): void {
  for (const vma of [...mm.vmas()]) if (vma.foreign !== undefined) mm.unlink(vma);
  for (const mapping of mappings) {
    let start = pageOf(mapping.start);
    const end = pageOf(mapping.end);
    if (start >= end) throw new Error(`The mapping ${hexRange(start, end)} is empty: give the lines of /proc/pid/maps as they are.`);
    for (const own of mm.vmasIn(start, end)) {
      if (own.start > start) mm.link(foreignVma(mapping, start, own.start));
      start = own.end;
    }
    if (start < end) mm.link(foreignVma(mapping, start, end));
  }
}

function foreignVma(mapping: ForeignMapping, start: number, end: number): Vma {
  const { perms, object } = mapping;
  let flags = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  if (perms.startsWith("r")) flags |= VM.READ;
  if (perms[1] === "w") flags |= VM.WRITE;
  if (perms[2] === "x") flags |= VM.EXEC;
  if (perms[3] === "s") flags |= VM.SHARED | VM.MAYSHARE;
  if (object === "[stack]") flags |= VM.GROWSDOWN;
  return new Vma({ start, end, flags, pgoff: start, file: null, foreign: object });
}
