/** /proc/pid/pagemap: what each page-table entry of a range holds (the kernel's Documentation/admin-guide/mm/pagemap.rst). */
import { closeSync, openSync, readSync } from "node:fs";
import { PAGE_SIZE } from "../abi/index.js";

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

/**
 * The entries of a range, lowest page first.
 * @param address any address of the first page
 * @param pages how many; the answer is shorter where the address space ends
 */
export function readPagemap(address: bigint, pages: number, pid: number | "self" = "self"): PagemapEntry[] {
  const buffer = new BigUint64Array(pages);
  const fd = openSync(`/proc/${pid}/pagemap`, "r");
  try {
    const position = (address / BigInt(PAGE_SIZE)) * BigInt(ENTRY_BYTES);
    let done = 0;
    while (done < buffer.byteLength) {
      const read = readSync(fd, buffer, done, buffer.byteLength - done, position + BigInt(done));
      if (read === 0) break;
      done += read;
    }
    return Array.from(buffer.subarray(0, Math.floor(done / ENTRY_BYTES)), parsePagemapEntry);
  } finally {
    closeSync(fd);
  }
}
