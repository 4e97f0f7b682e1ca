/**
 * /proc/kpageflags and /proc/kpagecount: what the kernel knows of each page frame (Documentation/admin-guide/mm/pagemap.rst).
 * For root only, like the frame numbers themselves.
 */
import { closeSync, readSync } from "node:fs";
import { Errno } from "./errno.js";
import { argument } from "./decode.js";
import { openSystemFile } from "./proc-file.js";

/** Bit numbers of /proc/kpageflags (include/uapi/linux/kernel-page-flags.h), in their order. */
export const KPF = Object.freeze({
  LOCKED: 0,
  ERROR: 1,
  REFERENCED: 2,
  UPTODATE: 3,
  DIRTY: 4,
  LRU: 5,
  ACTIVE: 6,
  SLAB: 7,
  WRITEBACK: 8,
  RECLAIM: 9,
  BUDDY: 10,
  MMAP: 11,
  ANON: 12,
  SWAPCACHE: 13,
  SWAPBACKED: 14,
  COMPOUND_HEAD: 15,
  COMPOUND_TAIL: 16,
  HUGE: 17,
  UNEVICTABLE: 18,
  HWPOISON: 19,
  NOPAGE: 20,
  KSM: 21,
  THP: 22,
  OFFLINE: 23,
  ZERO_PAGE: 24,
  IDLE: 25,
  PGTABLE: 26,
});

/** The name of a flag. */
export type PageFlagName = keyof typeof KPF;

const NAMES = Object.keys(KPF) as PageFlagName[];

/** The names of the bits that are set; those without a name, as the kernel's own above bit 31, are left out. */
export function pageFlagNames(flags: bigint): PageFlagName[] {
  return NAMES.filter((name) => ((flags >> BigInt(KPF[name])) & 1n) === 1n);
}

function readWords(path: string, frames: readonly bigint[]): bigint[] {
  const fd = openSystemFile(path);
  try {
    const word = new BigUint64Array(1);
    return frames.map((frame) => {
      if (frame < 0n || frame >= 1n << 55n) throw new RangeError(`a page frame number is 0 to 2^55-1, not ${String(frame)}`);
      const read = readSync(fd, word, 0, 8, frame * 8n);
      if (read < 8)
        throw new Errno("read", "EINVAL", [argument("frame", String(frame))], `This machine has no page frame ${String(frame)}.`);
      return word[0] ?? 0n;
    });
  } finally {
    closeSync(fd);
  }
}

/**
 * What the kernel uses page frames for.
 * @param frames page frame numbers, as /proc/pid/pagemap shows them to root
 * @returns for each the set bits; see {@link pageFlagNames}
 * @throws Errno EACCES or EPERM without privileges, EINVAL for a frame that does not exist
 */
export function readPageFlags(frames: readonly bigint[]): bigint[] {
  return readWords("/proc/kpageflags", frames);
}

/**
 * How often page frames are mapped, by all processes together.
 * @param frames page frame numbers
 * @throws Errno as {@link readPageFlags}
 */
export function readPageCounts(frames: readonly bigint[]): bigint[] {
  return readWords("/proc/kpagecount", frames);
}
