/**
 * How the processor translates an address: from table to table, with nine bits of the address at each level. For display; a
 * fault does not need it, because page-table.ts finds the last level at once.
 *
 *     63 ... 48 | 47 ... 39 | 38 ... 30 | 29 ... 21 | 20 ... 12 | 11 ... 0
 *     as bit 47 |    PGD    |    PUD    |    PMD    |    PTE    | byte in the page
 *
 * With five levels the PGD has bits 56 to 48, and the P4D bits 47 to 39. (With four, Linux folds the P4D into the PGD.)
 * An entry of a table is 64 bits (arch/x86/include/asm/pgtable_types.h):
 *
 *     bit  0     present     the processor may use it
 *     bit  1     rw          writing needs no fault
 *     bit  2     user        for the process, not for the kernel alone
 *     bit  5     accessed    was used
 *     bit  6     dirty       was written through
 *     bit  7     huge (PS)   in a PMD entry: maps 2 MiB, there is no table below
 *     bit  8     protnone    in an entry that is not present: the page is kept for a mapping without rights (PROT_NONE)
 *     bit  9     special     the zero page: not counted as a page of the process
 *     bit 12-51  the number of the page frame, or of the next table
 *     bit 63     nx          no instructions from here
 *
 * An entry that is not present may tell the kernel something else: where the page is in swap, or that it is a guard.
 */
import { addressOf, asUnsignedLong, hex, pageOf, PAGES_PER_TABLE } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { Machine } from "./machine.js";
import {
  isPresent,
  PTE_ANON,
  PTE_DIRTY,
  PTE_EXCLUSIVE,
  PTE_FILE,
  PTE_GUARD,
  PTE_HUGE,
  PTE_KIND,
  PTE_SWAP,
  PTE_WRITABLE,
  PTE_ZERO,
  slotOf,
} from "./page-table.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/** A level of the page table, from the top. */
export type WalkLevelName = "PGD" | "P4D" | "PUD" | "PMD" | "PTE";

/** A bit of an entry. */
export type EntryFlag = "present" | "rw" | "user" | "accessed" | "dirty" | "huge" | "protnone" | "special" | "nx";

/** What the last entry of a walk stands for. */
export type EntryKind = "none" | "zero page" | "anonymous page" | "file page" | "guard" | "swap";

/** One level of a walk. */
export interface WalkLevel {
  readonly level: WalkLevelName;
  /** Which of the 512 entries of the table it is. */
  readonly index: number;
  /** Bytes an entry of this level stands for. */
  readonly entryBytes: bigint;
  /** The table the entry is in, numbered within the address space in the order tables were made; null where there is none. */
  readonly table: number | null;
  /** Bits of an entry that leads to a next table; empty for an entry with nothing below, and for the last one of the walk. */
  readonly flags: readonly EntryFlag[];
}

/** The entry a walk ends at. */
export interface WalkEntry {
  /** The level it was found at: PMD for a huge page. */
  readonly level: "PMD" | "PTE";
  readonly kind: EntryKind;
  readonly flags: readonly EntryFlag[];
  /** The page frame, by the model's numbers; null where the entry names none. */
  readonly frame: number | null;
  /** Whether the anonymous page belongs to this process alone. Kept by the kernel with the page, not in the entry. */
  readonly exclusive: boolean;
  /** The 64 bits; null for an entry that is not the processor's business (swap, guard). */
  readonly value: bigint | null;
}

/** A walk from the top table to the entry of an address. */
export interface PageWalk {
  readonly address: bigint;
  readonly levels: readonly WalkLevel[];
  /** The entry for the address; null where the walk ends at a missing table. */
  readonly entry: WalkEntry | null;
}

const BITS: Readonly<Record<EntryFlag, bigint>> = {
  present: 1n << 0n,
  rw: 1n << 1n,
  user: 1n << 2n,
  accessed: 1n << 5n,
  dirty: 1n << 6n,
  huge: 1n << 7n,
  protnone: 1n << 8n,
  special: 1n << 9n,
  nx: 1n << 63n,
};

const KINDS: Readonly<Record<number, EntryKind>> = {
  [PTE_ZERO]: "zero page",
  [PTE_ANON]: "anonymous page",
  [PTE_FILE]: "file page",
  [PTE_GUARD]: "guard",
  [PTE_SWAP]: "swap",
};

/** Bits of an entry that leads to a table (`_PAGE_TABLE`): rights are decided by the last entry. */
const TABLE_FLAGS: readonly EntryFlag[] = ["present", "rw", "user", "accessed", "dirty"];

/** Levels from the last one up. */
const NAMES = ["PTE", "PMD", "PUD", "P4D"] as const;

/**
 * Walks the page table of an address space.
 * @throws Error where the address is not one a process can have
 */
export function walk(machine: Machine, mm: AddressSpace, address: bigint): PageWalk {
  const { taskPages, pageTableLevels } = machine.settings;
  const page = pageOf(asUnsignedLong(address));
  if (page >= taskPages)
    throw new Error(`${hex(asUnsignedLong(address))} is above what a process can map: give an address below ${hex(addressOf(taskPages))}.`);
  const leaf = mm.pageTable.leafAt(page);
  const state = leaf?.state[slotOf(page)] ?? 0;
  const huge = (state & PTE_HUGE) !== 0;
  const numbers = [huge ? null : (leaf?.number ?? null)];
  for (let level = 1; level < pageTableLevels - 1; level++) numbers.push(mm.pageTable.upper.tableAt(level, page));
  numbers.push(0);
  const levels = numbers.map((table, level): WalkLevel => {
    const span = PAGES_PER_TABLE ** level;
    return {
      level: level === pageTableLevels - 1 ? "PGD" : (NAMES[level] ?? "PGD"),
      index: slotOf(Math.floor(page / span)),
      entryBytes: addressOf(span),
      table,
      flags: level > 0 && (numbers[level - 1] ?? null) !== null ? TABLE_FLAGS : [],
    };
  });
  const entry = leaf === undefined ? null : entryOf(vmaAt(mm, page), state, leaf.frame[huge ? 0 : slotOf(page)] ?? 0);
  return { address: asUnsignedLong(address), levels: levels.reverse(), entry };
}

/** The VMA of a page, found without a trace of the search. */
function vmaAt(mm: AddressSpace, page: number): Vma | null {
  const { found } = mm.index.path(page);
  return found !== null && found.start <= page ? found : null;
}

/** @param frame of the page; of its first page for a huge one */
function entryOf(vma: Vma | null, state: number, frame: number): WalkEntry {
  const kind = KINDS[state & PTE_KIND] ?? "none";
  const huge = (state & PTE_HUGE) !== 0;
  const level = huge ? "PMD" : "PTE";
  const exclusive = (state & PTE_EXCLUSIVE) !== 0;
  if (!isPresent(state)) return { level, kind, flags: [], frame: null, exclusive: false, value: kind === "none" ? 0n : null };
  const flags = flagsOf(vma, state);
  const value = flags.reduce((bits, flag) => bits | BITS[flag], addressOf(frame));
  return { level, kind, flags, frame, exclusive, value };
}

/** The bits of an entry that names a page. x86 can read whatever it can write or execute, so only a mapping without any right is left out. */
function flagsOf(vma: Vma | null, state: number): EntryFlag[] {
  const accessible = vma === null || vma.has(VM_ACCESS);
  const flags: EntryFlag[] = accessible ? ["present"] : ["protnone"];
  if ((state & PTE_WRITABLE) !== 0 && accessible) flags.push("rw");
  if (accessible) flags.push("user");
  flags.push("accessed");
  if ((state & PTE_DIRTY) !== 0) flags.push("dirty");
  if ((state & PTE_HUGE) !== 0) flags.push("huge");
  if ((state & PTE_KIND) === PTE_ZERO) flags.push("special");
  if (vma?.has(VM.EXEC) !== true) flags.push("nx");
  return flags;
}
