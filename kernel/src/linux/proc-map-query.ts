/** PROCMAP_QUERY (ioctl on /proc/pid/maps, since 6.11): one VMA without reading the whole file. */
import { closeSync } from "node:fs";
import { address as checkAddress, type Address } from "./arguments.js";
import { addressText, argument } from "./decode.js";
import { Errno, checked, errnoOfResult } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { openProc, type Pid } from "./proc-file.js";
import { readMaps, type MapsEntry } from "./proc-maps.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const PROCMAP_QUERY = 0xc0686611;
const QUERY_BYTES = 104;
/** PATH_MAX: the kernel prints no longer name. */
const NAME_BYTES = 4096;

const RIGHTS = { r: 1n, w: 2n, x: 4n, s: 8n } as const;
const COVERING_OR_NEXT_VMA = 0x10n;

/** One VMA with the size of its pages. */
export interface QueriedVma extends MapsEntry {
  /** Bytes in a page of the VMA: more than the machine's page for hugetlbfs. */
  readonly pageSize: bigint;
}

/** Which VMA is looked for. */
export type QueryFor =
  /** The one that holds the address. */
  | "holding"
  /** That one, or the next one above. */
  | "holding or next";

/** Hexadecimal as the maps file prints it: at least two digits. */
function twoDigits(value: number): string {
  return value.toString(16).padStart(2, "0");
}

/**
 * Finds the VMA of an address.
 * @param at any address
 * @param wanted whether the next VMA will do where none holds the address
 * @param pid a process, or this one
 * @returns undefined where there is none
 * @throws Errno ENOTTY before 6.11, ENOENT where the process is gone, EACCES where it is not ours to read
 */
export function queryMap(at: Address, wanted: QueryFor = "holding", pid: Pid = "self"): QueriedVma | undefined {
  const asked = checkAddress("address", at);
  const fd = openProc(pid, "maps");
  try {
    const memory = scratch(QUERY_BYTES + NAME_BYTES);
    const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
    view.setBigUint64(0, BigInt(QUERY_BYTES), true);
    view.setBigUint64(8, wanted === "holding" ? 0n : COVERING_OR_NEXT_VMA, true);
    view.setBigUint64(16, asked, true);
    view.setUint32(80, NAME_BYTES, true);
    view.setBigUint64(88, memory.address + BigInt(QUERY_BYTES), true);
    const result = rawSyscall(syscallNumber("ioctl"), [fd, PROCMAP_QUERY, memory.address]);
    const code = errnoOfResult(result);
    if (code === "ENOENT") return undefined;
    const args = () => [argument("op", "PROCMAP_QUERY"), argument("query_addr", addressText(asked))];
    if (code === "ENOTTY") throw new Errno("ioctl", code, args(), "Linux has PROCMAP_QUERY since 6.11. Read /proc/pid/maps instead.");
    checked("ioctl", result, args);
    return found(view, memory.bytes);
  } finally {
    closeSync(fd);
  }
}

/**
 * The VMAs that reach into a range of this process, lowest first: by PROCMAP_QUERY where the kernel has it, which is some ten
 * times faster for a few VMAs, else from the maps file.
 * @param start first byte
 * @param end one past the last byte
 */
export function mapsOfRange(start: bigint, end: bigint): MapsEntry[] {
  const entries: MapsEntry[] = [];
  try {
    for (let at = start; at < end;) {
      const vma = queryMap(at, "holding or next");
      if (vma === undefined || vma.start >= end) break;
      entries.push(vma);
      at = vma.end;
    }
    return entries;
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== "ENOTTY") throw error;
    return readMaps().filter((vma) => vma.start < end && vma.end > start);
  }
}

function found(view: DataView, bytes: Uint8Array): QueriedVma {
  const word = (offset: number) => view.getBigUint64(offset, true);
  const flags = word(40);
  const right = (letter: "r" | "w" | "x") => ((flags & RIGHTS[letter]) === 0n ? "-" : letter);
  const nameBytes = view.getUint32(80, true);
  // The length counts the NUL at the end; 0 stands for no name.
  const name = bytes.subarray(QUERY_BYTES, QUERY_BYTES + Math.max(0, nameBytes - 1));
  return {
    start: word(24),
    end: word(32),
    perms: `${right("r")}${right("w")}${right("x")}${(flags & RIGHTS.s) === 0n ? "p" : "s"}`,
    offset: word(56),
    device: `${twoDigits(view.getUint32(72, true))}:${twoDigits(view.getUint32(76, true))}`,
    inode: word(64),
    path: new TextDecoder().decode(name),
    pageSize: word(48),
  };
}
