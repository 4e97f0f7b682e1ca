/** PAGEMAP_SCAN (ioctl on /proc/pid/pagemap, since 6.7): ranges of pages by category, in one call. */
import { closeSync } from "node:fs";
import { checked } from "./errno.js";
import { addressText, argument } from "./decode.js";
import { rawSyscall } from "./libc.js";
import { openProc, type Pid } from "./proc-file.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const PAGEMAP_SCAN = 0xc0606610;
const ARGUMENT_BYTES = 96;
const REGION_BYTES = 24;
const REGIONS = 512;

/** Categories of a page (`PAGE_IS_*` in include/uapi/linux/fs.h). */
export const PAGE_IS = Object.freeze({
  /** In a range that userfaultfd write-protects asynchronously. */
  WPALLOWED: 1,
  /** Written since it was last protected; for other ranges without meaning. */
  WRITTEN: 2,
  /** Of a file, or of shared anonymous memory. */
  FILE: 4,
  /** In memory. */
  PRESENT: 8,
  /** In swap. */
  SWAPPED: 16,
  /** The zero page. */
  PFNZERO: 32,
  /** Part of a huge page. */
  HUGE: 64,
  /** Written since clear_refs, where the kernel keeps track. */
  SOFT_DIRTY: 128,
  /** A guard marker (6.16). */
  GUARD: 256,
});

/** Neighbouring pages of the same categories. */
export interface PageRegion {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
  /** Bits of {@link PAGE_IS}, of those asked for. */
  readonly categories: number;
}

/**
 * Finds the pages of a range that have all of the categories given.
 * @param start page-aligned
 * @param end page-aligned, one past the last byte
 * @param required bits of {@link PAGE_IS}
 * @param pid a process, or this one
 * @throws Errno ENOTTY before 6.7, EINVAL for a category the kernel does not know, EINVAL or EFAULT for a bad range
 *   (from `ioctl`), EACCES for a process one may not trace
 */
export function scanPagemap(start: bigint, end: bigint, required: number, pid: Pid = "self"): PageRegion[] {
  const found: PageRegion[] = [];
  const fd = openProc(pid, "pagemap");
  try {
    for (let from = start; from < end;) {
      const memory = scratch(ARGUMENT_BYTES + REGIONS * REGION_BYTES);
      const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
      const vector = memory.address + BigInt(ARGUMENT_BYTES);
      const fields = [BigInt(ARGUMENT_BYTES), 0n, from, end, 0n, vector, BigInt(REGIONS), 0n, 0n, BigInt(required), 0n, BigInt(required)];
      fields.forEach((field, i) => view.setBigUint64(8 * i, field, true));
      const result = rawSyscall(syscallNumber("ioctl"), [fd, PAGEMAP_SCAN, memory.address]);
      const count = Number(
        checked("ioctl", result, () => [
          argument("op", "PAGEMAP_SCAN"),
          argument("start", addressText(from)),
          argument("end", addressText(end)),
        ]),
      );
      for (let i = 0; i < count; i++) {
        const at = ARGUMENT_BYTES + i * REGION_BYTES;
        found.push({
          start: view.getBigUint64(at, true),
          end: view.getBigUint64(at + 8, true),
          categories: Number(view.getBigUint64(at + 16, true)),
        });
      }
      const walked = view.getBigUint64(32, true);
      if (count < REGIONS || walked <= from) break;
      from = walked;
    }
  } finally {
    closeSync(fd);
  }
  return found;
}
