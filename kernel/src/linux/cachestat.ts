/** cachestat(2): what of a file is in the page cache, counted by the kernel (mm/filemap.c). */
import { byteCount, descriptor, type Bytes } from "./arguments.js";
import { argument, descriptorText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/** `struct cachestat`, in pages. */
export interface CacheStatistics {
  /** In the page cache. */
  readonly cached: number;
  /** Of those, newer than the disk. */
  readonly dirty: number;
  /** Of those, being written. */
  readonly writeback: number;
  /** Evicted from the cache, as far as the kernel remembers. */
  readonly evicted: number;
  /** Of those, so recently that memory must have been short. */
  readonly recentlyEvicted: number;
}

const RANGE_BYTES = 16;
const STATISTICS_BYTES = 40;

/**
 * Counts the cached pages of a range of a file.
 * @param offset in bytes
 * @param length in bytes; 0 reaches to the end of the file
 * @throws Errno EBADF, EOPNOTSUPP (hugetlbfs), EPERM (a file one neither owns nor may write), ENOSYS before 6.5
 */
export function cachestat(fd: number, offset: Bytes = 0, length: Bytes = 0): CacheStatistics {
  const file = descriptor("fd", fd);
  const [start, size] = [byteCount("offset", offset), byteCount("length", length)];
  const memory = scratch(RANGE_BYTES + STATISTICS_BYTES);
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  view.setBigUint64(0, start, true);
  view.setBigUint64(8, size, true);
  const into = memory.address + BigInt(RANGE_BYTES);
  checked("cachestat", rawSyscall(syscallNumber("cachestat"), [file, memory.address, into, 0]), () => [
    argument("fd", descriptorText(file)),
    argument("cstat_range", `{ ${String(start)}, ${String(size)} }`),
    argument("cstat", "cstat"),
    argument("flags", "0"),
  ]);
  const field = (index: number) => Number(view.getBigUint64(RANGE_BYTES + 8 * index, true));
  return { cached: field(0), dirty: field(1), writeback: field(2), evicted: field(3), recentlyEvicted: field(4) };
}
