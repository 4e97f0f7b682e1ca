/** What a display or a curious student wants to know of an address space: every field of every VMA, and how the index finds one. */
import { asUnsignedLong, pageOf } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { NodeId } from "./index-steps.js";
import type { Machine } from "./machine.js";
import { vmaRecord } from "./observe.js";
import type { VmaRecord } from "./result.js";
import { smapsFlags, type Vma } from "./vma.js";
import type { IndexSnapshot } from "./vma-index.js";

/** A VMA with the fields of its struct. */
export interface VmaDetails extends VmaRecord {
  /** As in the VmFlags line of smaps. */
  readonly vmFlags: readonly string[];
  /** `vm_pgoff`, in pages. For private anonymous memory the page the VMA was made at, which maps does not show. */
  readonly pgoff: number;
  /** Number of the first anon_vma; null before the first private page. */
  readonly anonVma: number | null;
  /** How many anon_vmas are on its chain: more than one after a fork (given as 2). */
  readonly anonVmaChain: 0 | 1 | 2;
  /** Whether the mapping is not the lab's. */
  readonly foreign: boolean;
}

/** One character a page. */
export interface PageRange {
  /** Letters of `PageState`. */
  readonly states: string;
  /** `d` where the page is dirty, `.` elsewhere. */
  readonly dirty: string;
}

/** What a search for an address found. */
export interface SearchResult {
  /** `find_vma`: the first VMA that ends above the address; null for none. It contains the address only if it starts at or below it. */
  readonly found: VmaDetails | null;
  /** The nodes looked at, first to last: VMAs by their start address, nodes of the maple tree by their number. */
  readonly visited: readonly NodeId[];
  /** Whether `mmap_cache` had the answer already; null where it is empty, or the index has none. */
  readonly cache: "hit" | "miss" | null;
}

/** Every VMA of an address space. */
export function vmasOf(machine: Machine, mm: AddressSpace): VmaDetails[] {
  return [...mm.vmas()].map((vma) => detailsOf(machine, vma));
}

function detailsOf(machine: Machine, vma: Vma): VmaDetails {
  const record = vmaRecord(vma);
  return {
    ...record,
    object: vma.foreign ?? record.object,
    vmFlags: smapsFlags(vma.flags, machine.profile.lockOnFaultShown),
    pgoff: vma.pgoff,
    anonVma: vma.anonVma === 0 ? null : vma.anonVma,
    anonVmaChain: vma.chain,
    foreign: vma.foreign !== undefined,
  };
}

/** The index, drawn. */
export function indexOf(mm: AddressSpace): IndexSnapshot {
  return mm.index.snapshot();
}

/** Searches the index for an address. */
export function searchIn(machine: Machine, mm: AddressSpace, address: bigint): SearchResult {
  const { found, visited, cache } = mm.index.path(pageOf(asUnsignedLong(address)));
  return { found: found === null ? null : detailsOf(machine, found), visited, cache };
}
