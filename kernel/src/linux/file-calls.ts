/** ftruncate(2), fallocate(2), fsync(2), fdatasync(2), posix_fadvise(2): what changes a file behind its mappings. */
import { descriptor, fileOffset, int32, type Bytes } from "./arguments.js";
import { argument, descriptorText, fadviceText, fallocateModeText } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterResize } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Sets the size of a file. Mapped pages past a new, smaller end raise SIGBUS from then on.
 * @param length in bytes
 * @throws Errno EBADF, EINVAL (not open for writing, or negative), EPERM (sealed), EFBIG
 */
export function ftruncate(fd: number, length: Bytes): void {
  const file = descriptor("fd", fd);
  const size = fileOffset("length", length);
  const result = rawSyscall(syscallNumber("ftruncate"), [file, size]);
  if (errnoOfResult(result) === undefined) afterResize(file);
  checked("ftruncate", result, () => [argument("fd", descriptorText(file)), argument("length", String(size))]);
}

/**
 * Reserves or frees space of a file.
 * @param mode bits of `FALLOC_FL`
 * @param offset in bytes
 * @param length in bytes
 */
export function fallocate(fd: number, mode: number, offset: Bytes, length: Bytes): void {
  const file = descriptor("fd", fd);
  const bits = int32("mode", mode);
  const [start, size] = [fileOffset("offset", offset), fileOffset("length", length)];
  const result = rawSyscall(syscallNumber("fallocate"), [file, bits, start, size]);
  if (errnoOfResult(result) === undefined) afterResize(file);
  checked("fallocate", result, () => [
    argument("fd", descriptorText(file)),
    argument("mode", fallocateModeText(bits)),
    argument("offset", String(start)),
    argument("size", String(size)),
  ]);
}

/** Writes the file's dirty pages and metadata to the disk and waits. */
export function fsync(fd: number): void {
  const file = descriptor("fd", fd);
  checked("fsync", rawSyscall(syscallNumber("fsync"), [file]), () => [argument("fd", descriptorText(file))]);
}

/** As {@link fsync}, without metadata that reading does not need. */
export function fdatasync(fd: number): void {
  const file = descriptor("fd", fd);
  checked("fdatasync", rawSyscall(syscallNumber("fdatasync"), [file]), () => [argument("fd", descriptorText(file))]);
}

/**
 * Tells the kernel how a file will be read. POSIX_FADV_DONTNEED drops clean, unmapped pages from the page cache.
 * @param offset in bytes
 * @param length in bytes; 0 reaches to the end of the file
 * @param advice a value of `POSIX_FADV`
 */
export function posix_fadvise(fd: number, offset: Bytes, length: Bytes, advice: number): void {
  const file = descriptor("fd", fd);
  const [start, size] = [fileOffset("offset", offset), fileOffset("size", length)];
  const value = int32("advice", advice);
  checked("posix_fadvise", rawSyscall(syscallNumber("fadvise64"), [file, start, size, value]), () => [
    argument("fd", descriptorText(file)),
    argument("offset", String(start)),
    argument("size", String(size)),
    argument("advice", fadviceText(value)),
  ]);
}
