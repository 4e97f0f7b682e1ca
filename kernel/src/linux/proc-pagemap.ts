/** /proc/pid/pagemap: what each page-table entry of a range holds (the kernel's Documentation/admin-guide/mm/pagemap.rst). */
import { closeSync, readSync } from "node:fs";
import { PAGE_SIZE } from "../abi/index.js";
import { openProc, type Pid } from "./proc-file.js";

/** One page of the range. */
export interface PagemapEntry {
  /** A page of memory is mapped here. */
  readonly present: boolean;
  /** The entry refers to swap, or is a marker such as a guard. */
  readonly swapped: boolean;
  /** The page belongs to a file or to shared anonymous memory. */
  readonly file: boolean;
  /** The page is mapped exactly once, by this process. */
  readonly exclusive: boolean;
  /** MADV_GUARD_INSTALL was applied (since 6.15). */
  readonly guard: boolean;
  /** The page is write-protected through userfaultfd. */
  readonly uffdWp: boolean;
  readonly softDirty: boolean;
  /** The page frame number; 0 without CAP_SYS_ADMIN. */
  readonly pfn: bigint;
}

const ENTRY_BYTES = 8;
const PFN_MASK = (1n << 55n) - 1n;

function bit(entry: bigint, position: bigint): boolean {
  return ((entry >> position) & 1n) === 1n;
}

/** Reads one 64-bit entry. */
export function parsePagemapEntry(entry: bigint): PagemapEntry {
  const present = bit(entry, 63n);
  return {
    present,
    swapped: bit(entry, 62n),
    file: bit(entry, 61n),
    guard: bit(entry, 58n),
    uffdWp: bit(entry, 57n),
    exclusive: bit(entry, 56n),
    softDirty: bit(entry, 55n),
    pfn: present ? entry & PFN_MASK : 0n,
  };
}

/** Entries read at once: 512 KiB. */
const ENTRIES_AT_ONCE = 1 << 16;

/** Hands the raw entries of a range to `use`, part by part, until it returns false or the address space ends. */
function readEntries(address: bigint, pages: number, pid: Pid, use: (entries: Uint32Array, count: number, first: number) => boolean): void {
  const buffer = new Uint32Array(2 * Math.min(pages, ENTRIES_AT_ONCE));
  const fd = openProc(pid, "pagemap");
  try {
    const position = (address / BigInt(PAGE_SIZE)) * BigInt(ENTRY_BYTES);
    for (let page = 0; page < pages;) {
      const wanted = Math.min(ENTRIES_AT_ONCE, pages - page) * ENTRY_BYTES;
      const read = readSync(fd, buffer, 0, wanted, position + BigInt(page * ENTRY_BYTES));
      const count = Math.floor(read / ENTRY_BYTES);
      if (count === 0 || !use(buffer, count, page)) return;
      page += count;
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * The entries of a range, lowest page first.
 * @param address any address of the first page
 * @param pages how many; the answer is shorter where the address space ends
 * @param pid a process, or this one
 * @throws Errno EACCES or EPERM for a process one may not trace, ENOENT for one that is gone
 */
export function readPagemap(address: bigint, pages: number, pid: Pid = "self"): PagemapEntry[] {
  const found: PagemapEntry[] = [];
  readEntries(address, pages, pid, (entries, count) => {
    for (const entry of new BigUint64Array(entries.buffer, 0, count)) found.push(parsePagemapEntry(entry));
    return true;
  });
  return found;
}

/** Bit 58 in the high half of an entry. */
const GUARD_HIGH = 1 << 26;

/**
 * The first page of a range of this process with a guard marker (MADV_GUARD_INSTALL). Kernels 6.13 and 6.14 have such
 * markers and do not show them.
 * @param start page-aligned or inside the first page
 * @param end one past the last byte
 * @returns its address, or undefined where there is none
 */
export function firstGuard(start: bigint, end: bigint): bigint | undefined {
  const page = BigInt(PAGE_SIZE);
  const from = start & -page;
  let guard: bigint | undefined;
  readEntries(from, Number((end - from + page - 1n) / page), "self", (entries, count, first) => {
    for (let i = 0; i < count; i++) {
      if (((entries[2 * i + 1] ?? 0) & GUARD_HIGH) === 0) continue;
      guard = from + BigInt(first + i) * page;
      return false;
    }
    return true;
  });
  return guard;
}
