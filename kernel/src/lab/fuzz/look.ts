/** Looking at the arena of a process, cheaply: what lies above it is never read. */
import { closeSync, openSync, readSync } from "node:fs";
import { PAGE_SIZE } from "../../abi/index.js";
import { parseMaps, parseSmaps, readStatus } from "../../linux/index.js";
import type { VmaRecord } from "../../model/index.js";

/** What one read(2) gives at most: the kernel makes the lines as they are read, so little is made in vain. */
const CHUNK_BYTES = 4096;
const chunk = Buffer.alloc(CHUNK_BYTES);
const VMA_START = /^([0-9a-f]+)-[0-9a-f]+ \S{4} /gm;

/** A process: this one, or another by its number. */
export type Pid = number | "self";

/** The complete lines at the start of a /proc file that lists VMAs, at least up to the first that starts one at or above `end`. */
function readUpTo(path: string, end: bigint): string {
  const fd = openSync(path, "r");
  try {
    let text = "";
    for (;;) {
      const read = readSync(fd, chunk, 0, CHUNK_BYTES, null);
      if (read === 0) return text;
      // The kernel gives whole records, one or more a read.
      const part = chunk.toString("latin1", 0, read);
      text += part;
      for (const [, start = ""] of part.matchAll(VMA_START)) {
        if (BigInt(`0x${start}`) >= end) return text.slice(0, text.lastIndexOf("\n") + 1);
      }
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * The VMAs of a range that no VMA crosses the ends of.
 * @param nameOf the file behind a device, as maps prints it, and an inode number
 */
export function vmasBetween(
  at: bigint,
  end: bigint,
  nameOf: (device: string, inode: bigint) => string | undefined,
  pid: Pid = "self",
): VmaRecord[] {
  return parseMaps(readUpTo(`/proc/${String(pid)}/maps`, end))
    .filter((vma) => vma.start >= at && vma.start < end)
    .map(({ start, end: stop, perms, offset, device, inode, path }) => {
      const anonymous = path === "" || path.startsWith("[anon:");
      const object = anonymous ? null : (nameOf(device, inode) ?? path.replace(/ \(deleted\)$/, ""));
      return { start, end: stop, perms, offset, object };
    });
}

/** The VmFlags of each VMA of a range, by its start; without `sd`, which depends on how the kernel was built. */
export function flagsOfVmas(at: bigint, end: bigint, pid: Pid = "self"): Map<bigint, string> {
  const flags = new Map<bigint, string>();
  // The VMA above the range is read too, so that the last one in it is complete.
  for (const vma of parseSmaps(readUpTo(`/proc/${String(pid)}/smaps`, end + BigInt(PAGE_SIZE)))) {
    if (vma.start >= at && vma.start < end) flags.set(vma.start, flagsText(vma.vmFlags));
  }
  return flags;
}

/** Flags in one order, to be compared. */
export function flagsText(flags: readonly string[]): string {
  return flags
    .filter((flag) => flag !== "sd")
    .sort()
    .join(" ");
}

/** VmLck of a process in KiB. */
export function lockedKib(pid: Pid = "self"): number {
  return readStatus(pid).kib["VmLck"] ?? 0;
}

/**
 * Bytes of a process's memory, read by the kernel: pages that are present stay as they are, and nothing is counted.
 * @param memory descriptor of its /proc/pid/mem
 */
export function contentsOf(memory: number, at: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = readSync(memory, bytes, done, length - done, Number(at) + done);
    if (read === 0) break;
    done += read;
  }
  return bytes;
}
