/** mmap(2) and munmap(2). */
import { address, byteCount, descriptor, fileOffset, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, argument, descriptorText, mapFlagsText, protText } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterMmap, afterMunmap } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Maps memory.
 * @param at a hint, or with MAP_FIXED the page-aligned address; null lets the kernel choose
 * @param length in bytes, at least 1; rounded up to pages
 * @param prot bits of `PROT`
 * @param flags bits of `MAP`
 * @param fd the file, or -1 with MAP_ANONYMOUS
 * @param offset in the file, in bytes, a multiple of the page size
 * @returns the address of the mapping
 * @throws Errno as on the man page; TypeError or RangeError for what no register can hold
 */
export function mmap(at: Address, length: Bytes, prot: number, flags: number, fd: number, offset: Bytes): bigint {
  const hint = address("addr", at, "nullable");
  const size = byteCount("length", length);
  const [protBits, flagBits, file, start] = [
    int32("prot", prot),
    int32("flags", flags),
    descriptor("fd", fd),
    fileOffset("offset", offset),
  ];
  const result = rawSyscall(syscallNumber("mmap"), [hint, size, protBits, flagBits, file, start]);
  afterMmap(hint, size, flagBits, errnoOfResult(result));
  return checked("mmap", result, () => [
    argument("addr", addressText(hint)),
    argument("length", String(size)),
    argument("prot", protText(protBits)),
    argument("flags", mapFlagsText(flagBits)),
    argument("fd", descriptorText(file)),
    argument("offset", String(start)),
  ]);
}

/**
 * Unmaps every page of a range; pages of it that are not mapped do no harm.
 * @param at page-aligned
 * @param length in bytes, at least 1; rounded up to pages
 * @throws Errno EINVAL (unaligned, length 0, beyond the address space), ENOMEM (a split would exceed vm.max_map_count)
 */
export function munmap(at: Address, length: Bytes): void {
  const start = address("addr", at);
  const size = byteCount("length", length);
  const result = rawSyscall(syscallNumber("munmap"), [start, size]);
  afterMunmap(start, size, errnoOfResult(result));
  checked("munmap", result, () => [argument("addr", addressText(start)), argument("length", String(size))]);
}
