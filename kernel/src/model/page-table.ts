/**
 * The page table of one address space: what the hardware looks at on every access.
 *
 * The last level is one {@link LeafTable} of 512 entries for each 2 MiB in which something was ever mapped. Of the levels
 * above only what exists is kept: upper-tables.ts. How an address is looked up through all of them: page-walk.ts.
 * An entry is a byte of state and the number of a page frame:
 *
 *     bit 0-2  what is there (PTE_NONE .. PTE_SWAP)
 *     bit 3    PTE_WRITABLE   a write needs no fault
 *     bit 4    PTE_DIRTY      written through this entry
 *     bit 5    PTE_EXCLUSIVE  the anonymous page belongs to this process alone
 *     bit 6    PTE_HUGE       part of a huge page, or of the huge zero page
 */
import { PAGES_PER_TABLE } from "./address.js";
import { UpperTables } from "./upper-tables.js";

export const PTE_NONE = 0;
export const PTE_ZERO = 1;
export const PTE_ANON = 2;
export const PTE_FILE = 3;
export const PTE_GUARD = 4;
export const PTE_SWAP = 5;
export const PTE_KIND = 7;
export const PTE_WRITABLE = 8;
export const PTE_DIRTY = 16;
export const PTE_EXCLUSIVE = 32;
export const PTE_HUGE = 64;
/** State of a page that a write fault has just given to its process. */
export const PTE_NEW_ANON = PTE_ANON | PTE_WRITABLE | PTE_DIRTY | PTE_EXCLUSIVE;

/** Whether an access may go ahead without a fault, as far as reading is concerned. */
export function isPresent(state: number): boolean {
  const kind = state & PTE_KIND;
  return kind === PTE_ANON || kind === PTE_FILE || kind === PTE_ZERO;
}

/** Where the entry of a page is in its leaf table. (The remainder of numbers beyond 32 bits is slow, so it is not used.) */
export function slotOf(page: number): number {
  return page - Math.floor(page / PAGES_PER_TABLE) * PAGES_PER_TABLE;
}

/** The 512 entries for one 2 MiB block. */
export class LeafTable {
  readonly state: Uint8Array;
  readonly frame: Int32Array;

  /** @param number which table of its address space this is */
  constructor(
    readonly number: number,
    from?: LeafTable,
  ) {
    this.state = from?.state.slice() ?? new Uint8Array(PAGES_PER_TABLE);
    this.frame = from?.frame.slice() ?? new Int32Array(PAGES_PER_TABLE);
  }
}

/** Called for an entry that is not empty. */
export type PteVisitor = (page: number, leaf: LeafTable, slot: number) => void;

/** The page table of an address space. */
export class PageTable {
  /** The tables above the leaves. */
  readonly upper: UpperTables;
  private readonly leaves = new Map<number, LeafTable>();
  private lastIndex = -1;
  private lastLeaf: LeafTable | undefined;

  constructor(upper = new UpperTables()) {
    this.upper = upper;
  }

  /** The leaf table for a page, if there is one. */
  leafAt(page: number): LeafTable | undefined {
    const index = Math.floor(page / PAGES_PER_TABLE);
    if (index !== this.lastIndex) {
      this.lastIndex = index;
      this.lastLeaf = this.leaves.get(index);
    }
    return this.lastLeaf;
  }

  /** The leaf table for a page; makes an empty one where there is none. */
  leafFor(page: number): LeafTable {
    const found = this.leafAt(page);
    if (found !== undefined) return found;
    this.upper.make(page);
    const leaf = new LeafTable(this.upper.nextNumber());
    this.leaves.set(this.lastIndex, leaf);
    this.lastLeaf = leaf;
    return leaf;
  }

  /** The state byte of a page's entry. */
  state(page: number): number {
    return this.leafAt(page)?.state[slotOf(page)] ?? PTE_NONE;
  }

  /** The frame of a page's entry; meaningless where the state names none. */
  frame(page: number): number {
    return this.leafAt(page)?.frame[slotOf(page)] ?? 0;
  }

  /** Writes an entry. Reference counts are the caller's business. */
  set(page: number, state: number, frame: number): void {
    const leaf = this.leafFor(page);
    const slot = slotOf(page);
    leaf.state[slot] = state;
    leaf.frame[slot] = frame;
  }

  /** Visits every entry of [start, end) that is not empty, in address order. */
  visit(start: number, end: number, visitor: PteVisitor): void {
    if (start >= end) return;
    const first = Math.floor(start / PAGES_PER_TABLE);
    const last = Math.floor((end - 1) / PAGES_PER_TABLE);
    for (const index of this.indexesBetween(first, last)) {
      const leaf = this.leaves.get(index);
      if (leaf === undefined) continue;
      const base = index * PAGES_PER_TABLE;
      const to = Math.min(end - base, PAGES_PER_TABLE);
      for (let slot = Math.max(start - base, 0); slot < to; slot++) {
        if (leaf.state[slot] !== PTE_NONE) visitor(base + slot, leaf, slot);
      }
    }
  }

  /**
   * `free_pgtables`: drops the tables of [start, end) that serve no mapping any more.
   * @param floor end of the mapping before the range; @param ceiling start of the one after it
   */
  free(start: number, end: number, floor: number, ceiling: number): void {
    const first = Math.max(Math.floor(start / PAGES_PER_TABLE), Math.ceil(floor / PAGES_PER_TABLE));
    const last = Math.min(Math.floor((end - 1) / PAGES_PER_TABLE), Math.floor(ceiling / PAGES_PER_TABLE) - 1);
    this.dropLeaves(first, last);
    this.upper.free(start, end, floor, ceiling);
  }

  /** Drops the leaf tables that lie wholly in [start, end); the levels above them stay. */
  freeLeaves(start: number, end: number): void {
    this.dropLeaves(Math.ceil(start / PAGES_PER_TABLE), Math.floor(end / PAGES_PER_TABLE) - 1);
  }

  /** How many leaf tables there are. */
  get tables(): number {
    return this.leaves.size;
  }

  clone(): PageTable {
    const copy = new PageTable(this.upper.clone());
    for (const [index, leaf] of this.leaves) copy.leaves.set(index, new LeafTable(leaf.number, leaf));
    return copy;
  }

  private dropLeaves(first: number, last: number): void {
    for (const index of this.indexesBetween(first, last)) this.leaves.delete(index);
    this.lastIndex = -1;
    this.lastLeaf = undefined;
  }

  /** Table numbers in [first, last] that may exist, ascending; looks at whichever is fewer, the range or the tables. */
  private indexesBetween(first: number, last: number): readonly number[] {
    if (last - first + 1 > this.leaves.size) {
      return [...this.leaves.keys()].filter((index) => index >= first && index <= last).sort((a, b) => a - b);
    }
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step);
  }
}
