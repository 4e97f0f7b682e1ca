/**
 * anon_vma: what ties the private pages of a VMA together for reverse mapping. A VMA gets one with its first private page
 * (`anon_vma_prepare`), and which one decides with whom it may merge later.
 */
import type { AddressSpace } from "./address-space.js";
import type { Machine } from "./machine.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/** Flags in which neighbours may differ and still share an anon_vma. */
const MAY_DIFFER = VM_ACCESS | VM.MAYBE_GUARD;

/** Whether two touching VMAs could become one if their rights were made equal (`anon_vma_compatible`). */
function couldBecomeOne(lower: Vma, upper: Vma): boolean {
  return (
    lower.end === upper.start &&
    lower.file === upper.file &&
    ((lower.flags ^ upper.flags) & ~MAY_DIFFER) === 0 &&
    lower.objectPage(upper.start) === upper.pgoff &&
    lower.foreign === undefined &&
    upper.foreign === undefined
  );
}

/** `reusable_anon_vma`: the neighbour's, unless it was inherited through fork. 0 for none. */
function reusable(neighbour: Vma): number {
  return neighbour.chain === 1 ? neighbour.anonVma : 0;
}

/** Gives a VMA its anon_vma if it has none: the next neighbour's, else the previous one's, else a new one. */
export function prepareAnonVma(machine: Machine, mm: AddressSpace, vma: Vma): void {
  if (vma.anonVma !== 0) return;
  // By the link, as find_mergeable_anon_vma goes: a search would leave the neighbour in mmap_cache.
  const next = mm.index.next(vma);
  let id = next !== null && couldBecomeOne(vma, next) ? reusable(next) : 0;
  if (id === 0) {
    const previous = mm.touchingBefore(vma.start);
    if (previous !== null && couldBecomeOne(previous, vma)) id = reusable(previous);
  }
  vma.anonVma = id === 0 ? machine.newAnonVma() : id;
  vma.chain = 1;
}
