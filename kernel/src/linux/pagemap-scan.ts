/** PAGEMAP_SCAN (ioctl on /proc/pid/pagemap, since 6.7): ranges of pages by category, in one call. */
import { closeSync, openSync } from "node:fs";
import { checked } from "./errno.js";
import { addressText, argument } from "./decode.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const PAGEMAP_SCAN = 0xc0606610;
const ARGUMENT_BYTES = 96;
const REGION_BYTES = 24;
const REGIONS = 512;

/** Categories of a page (`PAGE_IS_*` in include/uapi/linux/fs.h). */
export const PAGE_IS = Object.freeze({
  WPALLOWED: 1,
  WRITTEN: 2,
  FILE: 4,
  PRESENT: 8,
  SWAPPED: 16,
  PFNZERO: 32,
  HUGE: 64,
  SOFT_DIRTY: 128,
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
 * @throws Errno ENOTTY before 6.7, EINVAL or EFAULT for a bad range
 */
export function scanPagemap(start: bigint, end: bigint, required: number, pid: number | "self" = "self"): PageRegion[] {
  const found: PageRegion[] = [];
  const fd = openSync(`/proc/${pid}/pagemap`, "r");
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
