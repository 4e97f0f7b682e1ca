/** The view of a walk through the page table: what the processor does to find the page frame of an address. */
import type { Hex } from "./view.js";

/** Levels of the page table, from the top. Four-level tables have no P4D. */
export const PAGE_TABLE_LEVELS = ["PGD", "P4D", "PUD", "PMD", "PTE"] as const;

export type PageTableLevel = (typeof PAGE_TABLE_LEVELS)[number];

/** Entries of a table. */
export const TABLE_ENTRIES = 512;

/** The bits of an entry that are named, and where they lie (arch/x86/include/asm/pgtable_types.h). */
export const ENTRY_BITS = { present: 0, rw: 1, user: 2, accessed: 5, dirty: 6, huge: 7, protnone: 8, special: 9, nx: 63 } as const;

export type EntryBit = keyof typeof ENTRY_BITS;

/** One table on the way. */
export interface WalkLevelView {
  readonly level: PageTableLevel;
  /** Which of its entries the address selects, 0 to 511. */
  readonly index: number;
  /** Bytes that one entry stands for. */
  readonly entryBytes: number;
  /** The number of the table within the address space; null where there is none, or the walk ended above. */
  readonly table: number | null;
  /** Bits of an entry that leads to a further table. */
  readonly flags: readonly EntryBit[];
}

/** The entry the walk ends at. */
export interface WalkEntryView {
  readonly level: "PMD" | "PTE";
  /** In words: "anonymous page", "none". */
  readonly holds: string;
  readonly flags: readonly EntryBit[];
  /** The page frame; null where the entry names none. */
  readonly frame: number | null;
  /** The 64 bits; null for an entry that is not the processor's business. */
  readonly value: Hex | null;
  /** Whether the anonymous page belongs to this process alone. */
  readonly exclusive: boolean;
}

/** The walk for one address. */
export interface PageTableView {
  readonly kind: "pageTable";
  readonly title: string;
  /** Bytes in a page. */
  readonly pageSize: number;
  readonly address: Hex;
  /** The address in words: "buffer+0x1000". */
  readonly place: string;
  /** From the top table down. */
  readonly levels: readonly WalkLevelView[];
  /** Null where the walk ends at a missing table. */
  readonly entry: WalkEntryView | null;
}
