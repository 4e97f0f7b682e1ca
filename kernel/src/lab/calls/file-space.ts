/**
 * Calls on a file's space and its cached pages: ftruncate(2), fallocate(2), fsync(2), fdatasync(2), sync_file_range(2),
 * posix_fadvise(2), cachestat(2).
 */
import { FALLOC_FL, POSIX_FADV } from "../../abi/index.js";
import {
  Errno,
  argument,
  cachestat as countCached,
  descriptorText,
  fadviceText,
  fallocate as allocate,
  fallocateModeText,
  fdatasync as syncData,
  fileFacts,
  fsync as syncAll,
  ftruncate as truncate,
  posix_fadvise as advise,
  readMeminfo,
  sync_file_range as syncRange,
  syncFileRangeFlagsText,
  type CacheStatistics,
  type CallArgument,
} from "../../linux/index.js";
import { byteCount, descriptor, fileOffset, int32 } from "../../linux/arguments.js";
import type { FileId } from "../../model/index.js";
import type { Lab } from "../lab.js";
import { theLab } from "../the-lab.js";
import { realLab } from "./real.js";

/** A count of bytes the model can hold; undefined for a larger one, which only the kernel answers. */
function exact(bytes: bigint): number | undefined {
  return bytes <= BigInt(Number.MAX_SAFE_INTEGER) && bytes >= 0n ? Number(bytes) : undefined;
}

/** The regular file behind a descriptor; null where it is none: then the call goes to the kernel, which says why it refuses. */
function regular(lab: Lab, fd: number, what: string): FileId | null {
  const file = lab.descriptors.regularFileOf(descriptor("fd", fd), lab.world);
  if (file === null) lab.requireLive(lab.world, what);
  return file;
}

function fdArgument(fd: number): CallArgument {
  return argument("fd", descriptorText(fd));
}

/**
 * Sets a file's size: ftruncate(2). Pages beyond the new end leave every mapping: touching them gives SIGBUS.
 * @param length in bytes
 * @throws Errno where the kernel refuses
 */
export function ftruncate(fd: number, length: number | bigint): void {
  const lab = theLab();
  const size = byteCount("length", length);
  const file = regular(lab, fd, "ftruncate");
  const modelSize = exact(size);
  if (file === null || modelSize === undefined) {
    lab.requireLive(lab.world, "ftruncate");
    truncate(fd, size);
    return;
  }
  lab.call(lab.world, { op: "ftruncate", file, size: modelSize }, () => [fdArgument(fd), argument("length", String(size))]);
}

/** Writes a file's dirty pages and metadata to the disk and waits: fsync(2). @throws Errno where the kernel refuses */
export function fsync(fd: number): void {
  const lab = theLab();
  const file = regular(lab, fd, "fsync");
  if (file === null) syncAll(fd);
  else lab.call(lab.world, { op: "fsync", file }, () => [fdArgument(fd)]);
}

/** As {@link fsync}, without metadata that reading does not need: fdatasync(2). @throws Errno where the kernel refuses */
export function fdatasync(fd: number): void {
  const lab = theLab();
  const file = regular(lab, fd, "fdatasync");
  if (file === null) syncData(fd);
  else lab.call(lab.world, { op: "fsync", file, dataOnly: true }, () => [fdArgument(fd)], "fdatasync");
}

/** Modes that change what a file holds, or which of its pages are cached, in ways the model does not follow. */
const CHANGES_CONTENTS = FALLOC_FL.COLLAPSE_RANGE | FALLOC_FL.INSERT_RANGE | FALLOC_FL.ZERO_RANGE | FALLOC_FL.WRITE_ZEROES;

/**
 * A file in memory is given real pages at once; where they are too many, the kernel ends processes to find some.
 * @throws RangeError for more than the machine has free
 */
function refuseMoreThanMemory(fd: number, mode: number, size: bigint): void {
  const frees = FALLOC_FL.PUNCH_HOLE | FALLOC_FL.COLLAPSE_RANGE;
  if ((mode & frees) !== 0 || size <= 0n) return;
  const available = BigInt(readMeminfo()["MemAvailable"] ?? 0) * 1024n;
  if (size <= available || fileKindOf(fd) === "disk") return;
  throw new RangeError(
    `fallocate: ${String(size)} bytes of a file in memory are more than the ${String(available)} bytes this machine has free; ` +
      "the kernel would end processes to find them. Give less, or use ftruncate, which allocates nothing.",
  );
}

/** Where the pages of a file are; a descriptor that is not open counts as on disk, and the kernel says EBADF. */
function fileKindOf(fd: number): "memory" | "disk" {
  try {
    const { kind } = fileFacts(fd);
    return kind === "memfd" || kind === "tmpfs" ? "memory" : "disk";
  } catch (error) {
    if (error instanceof Errno) return "disk";
    throw error;
  }
}

/**
 * Reserves or frees space of a file: fallocate(2). The model follows PUNCH_HOLE and a change of size; `lab.compare()` names
 * what it does not follow.
 * @param mode bits of {@link FALLOC_FL}; 0 reserves space, and makes the file longer where need be
 * @param offset in bytes
 * @param length in bytes
 * @throws Errno where the kernel refuses
 */
export function fallocate(fd: number, mode: number, offset: number | bigint, length: number | bigint): void {
  const lab = theLab();
  const bits = int32("mode", mode);
  const [start, size] = [fileOffset("offset", offset), fileOffset("size", length)];
  const file = regular(lab, fd, "fallocate");
  const [from, count] = [exact(start), exact(size)];
  if (file !== null && bits === (FALLOC_FL.PUNCH_HOLE | FALLOC_FL.KEEP_SIZE) && from !== undefined && count !== undefined) {
    const args = () => [
      fdArgument(fd),
      argument("mode", fallocateModeText(bits)),
      argument("offset", String(start)),
      argument("size", String(size)),
    ];
    lab.call(lab.world, { op: "punch", file, offset: from, length: count }, args, "fallocate");
    return;
  }
  lab.requireLive(lab.world, `fallocate(${fallocateModeText(bits)})`);
  refuseMoreThanMemory(fd, bits, size);
  allocate(fd, bits, start, size);
  // Asking again makes the model follow the size.
  if (file !== null) lab.descriptors.regularFileOf(fd, lab.world);
  if ((bits & CHANGES_CONTENTS) !== 0)
    lab.unmodelled.note(`fallocate ${fallocateModeText(bits)}`, "the model does not move or zero a file's bytes");
}

/**
 * Tells the kernel how a file will be read: posix_fadvise(2). With DONTNEED clean pages that nobody maps leave the page cache.
 * The model follows DONTNEED over the whole file; `lab.compare()` names what it does not follow.
 * @param offset in bytes
 * @param length in bytes; 0 reaches to the end of the file
 * @param advice a value of {@link POSIX_FADV}
 * @throws Errno where the kernel refuses
 */
export function posix_fadvise(fd: number, offset: number | bigint, length: number | bigint, advice: number): void {
  const lab = theLab();
  const [start, size] = [fileOffset("offset", offset), fileOffset("size", length)];
  const value = int32("advice", advice);
  const file = regular(lab, fd, "posix_fadvise");
  if (file !== null && value === POSIX_FADV.DONTNEED && start === 0n && size === 0n) {
    const args = () => [fdArgument(fd), argument("offset", "0"), argument("size", "0"), argument("advice", fadviceText(value))];
    lab.call(lab.world, { op: "evict", file }, args, "posix_fadvise");
    return;
  }
  lab.requireLive(lab.world, `posix_fadvise(${fadviceText(value)})`);
  advise(fd, start, size, value);
  if (value !== POSIX_FADV.NORMAL)
    lab.unmodelled.note(`posix_fadvise ${fadviceText(value)}`, "the model knows this call only as DONTNEED over the whole file");
}

/**
 * Starts or awaits the writing of a file's dirty pages: sync_file_range(2). Neither metadata nor the disk's own cache are
 * written. The model does not follow it; `lab.compare()` says so.
 * @param offset in bytes
 * @param length in bytes; 0 reaches to the end of the file
 * @param flags bits of {@link SYNC_FILE_RANGE}
 * @throws Errno where the kernel refuses
 */
export function sync_file_range(fd: number, offset: number | bigint, length: number | bigint, flags: number): void {
  const lab = realLab("sync_file_range");
  syncRange(fd, offset, length, flags);
  if (flags !== 0)
    lab.unmodelled.note(`sync_file_range ${syncFileRangeFlagsText(flags)}`, "the model has no sync_file_range: its pages stay dirty");
}

/**
 * Counts the cached, dirty and evicted pages of a range of a file: cachestat(2), since 6.5.
 * @param offset in bytes; 0 unless told
 * @param length in bytes; 0, to the end of the file, unless told
 * @throws Errno where the kernel refuses: EPERM for a file one neither owns nor may write
 */
export function cachestat(fd: number, offset: number | bigint = 0, length: number | bigint = 0): CacheStatistics {
  realLab("cachestat");
  return countCached(fd, offset, length);
}
