/** Looking at the memory of a process, in the words of the results: VMAs, pages, flags, status. */
import { PAGE_SIZE } from "../../abi/index.js";
import {
  Errno,
  PAGE_IS,
  readMaps,
  readPagemap,
  readStatus,
  readVmFlags,
  scanPagemap,
  type MapsEntry,
  type PagemapEntry,
} from "../../linux/index.js";
import type { Observation, PageState, VmaRecord } from "../../model/result.js";
import type { FileTable } from "./files.js";

/** A process: this one, or another by its number. */
export type Pid = number | "self";

const PAGE = BigInt(PAGE_SIZE);
const DELETED = / \(deleted\)$/;

function objectOf(vma: MapsEntry, files: FileTable): string | null {
  if (vma.path === "" || vma.path.startsWith("[anon:")) return null;
  return files.nameOf(vma) ?? vma.path.replace(DELETED, "");
}

/** The VMAs in [at, at+length), clipped to it. */
export function lookAtMaps(at: bigint, length: bigint, files: FileTable, pid: Pid): Observation {
  const end = at + length;
  const vmas: VmaRecord[] = [];
  for (const vma of readMaps(pid)) {
    if (vma.end <= at || vma.start >= end) continue;
    const start = vma.start < at ? at : vma.start;
    vmas.push({
      start,
      end: vma.end > end ? end : vma.end,
      perms: vma.perms,
      // Private anonymous memory has no offset; what is clipped off in front moves it on.
      offset: vma.inode === 0n ? vma.offset : vma.offset + (start - vma.start),
      object: objectOf(vma, files),
    });
  }
  return { kind: "maps", vmas };
}

/** The addresses in a range whose page is the zero page. */
function zeroPages(from: bigint, pages: number, pid: Pid): ReadonlySet<bigint> | undefined {
  try {
    const zero = new Set<bigint>();
    for (const { start, end } of scanPagemap(from, from + BigInt(pages) * PAGE, PAGE_IS.PFNZERO, pid)) {
      for (let page = start; page < end; page += PAGE) zero.add(page);
    }
    return zero;
  } catch (error) {
    if (error instanceof Errno && error.code === "ENOTTY") return undefined; // before Linux 6.7
    throw error;
  }
}

function stateOf(entry: PagemapEntry, isZero: () => boolean): PageState {
  if (entry.guard) return "g";
  if (entry.swapped) return "s";
  if (!entry.present) return ".";
  if (entry.file) return entry.exclusive ? "f" : "F";
  if (entry.exclusive) return "a";
  return isZero() ? "z" : "A";
}

/**
 * Each page of a range. Before Linux 6.7 the zero page cannot be told from a page shared with another process without
 * privileges; it is then called the zero page.
 */
export function lookAtPages(at: bigint, length: bigint, pid: Pid): Observation {
  const from = at - (at % PAGE);
  const entries = readPagemap(from, Number((at + length - from + PAGE - 1n) / PAGE), pid);
  let zero: ReadonlySet<bigint> | undefined;
  let asked = false;
  const isZero = (page: number) => {
    if (!asked) {
      zero = zeroPages(from, entries.length, pid);
      asked = true;
    }
    return zero === undefined || zero.has(from + BigInt(page) * PAGE);
  };
  return { kind: "resident", pages: entries.map((entry, page) => stateOf(entry, () => isZero(page))).join("") };
}

/** The VmFlags of the VMA at an address; none where nothing is mapped. */
export function lookAtVmFlags(at: bigint, pid: Pid): Observation {
  return { kind: "vmflags", flags: readVmFlags(at, pid) ?? [] };
}

/** VmLck of a process. */
export function lookAtStatus(pid: Pid): Observation {
  return { kind: "status", vmLckKb: readStatus(pid).kib["VmLck"] ?? 0 };
}
