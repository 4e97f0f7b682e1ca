/** What can be said of an index, a page-table walk and shared frames without drawing them. */
import type { IndexStructure } from "./index-view.js";
import type { PageTableView } from "./page-table-view.js";
import type { SharedMapping, SharedMemoryView } from "./shared-memory-view.js";

/** What people call a structure. */
export function structureName(structure: IndexStructure): string {
  switch (structure) {
    case "list":
      return "sorted list";
    case "list+avl":
      return "AVL tree";
    case "rb":
      return "red-black tree";
    case "maple":
      return "maple tree";
  }
}

/** The bits of an address that select an entry at one level, or the byte in the page. */
export interface AddressBits {
  /** "PGD" ... "PTE", or "byte". */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** As zeros and ones. */
  readonly bits: string;
  readonly value: number;
}

/** Splits the address of a walk as the processor does, highest bits first. The bits above the top table are left out. */
export function addressBits(view: PageTableView): AddressBits[] {
  const pageBits = Math.log2(view.pageSize);
  const byte = Number(BigInt(view.address) % BigInt(view.pageSize));
  const levels = view.levels.map(({ level, index }, position): AddressBits => {
    const to = pageBits + 9 * (view.levels.length - 1 - position);
    return { name: level, from: to + 8, to, bits: index.toString(2).padStart(9, "0"), value: index };
  });
  return [...levels, { name: "byte", from: pageBits - 1, to: 0, bits: byte.toString(2).padStart(pageBits, "0"), value: byte }];
}

/** Where a walk ends, in words. */
export function entryMeaning({ entry, levels }: PageTableView): string {
  const missing = levels.find(({ table }) => table === null);
  if (entry === null) return missing === undefined ? "The walk ends." : `There is no ${missing.level} table: the next access faults.`;
  if (entry.frame !== null)
    return `${entry.holds}, page frame ${entry.frame}${entry.level === "PMD" ? ", a huge page" : ""}${entry.exclusive ? ", this process's alone" : ""}`;
  return entry.holds === "none" ? "The entry is empty: the next access faults." : entry.holds;
}

/** A page of a mapping that lies on a frame. */
export interface FrameUse {
  readonly process: string;
  readonly mapping: SharedMapping;
  readonly page: number;
  readonly writable: boolean;
}

/** Who lies on which page frame, by ascending frame. */
export function frameUses(view: SharedMemoryView, most = 100_000): ReadonlyMap<number, readonly FrameUse[]> {
  const uses = new Map<number, FrameUse[]>();
  let left = most;
  for (const { name, mappings } of view.processes)
    for (const mapping of mappings)
      for (const run of mapping.runs)
        for (let offset = 0; offset < run.pages && left > 0; offset += 1, left -= 1) {
          const use = { process: name, mapping, page: run.page + offset, writable: run.writable };
          const list = uses.get(run.frame + offset);
          if (list) list.push(use);
          else uses.set(run.frame + offset, [use]);
        }
  return new Map([...uses].sort(([a], [b]) => a - b));
}
