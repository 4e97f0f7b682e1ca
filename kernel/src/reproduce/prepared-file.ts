/** Files to measure with: of a known size, written in a known way, cached and clean. */
import { closeSync, fsyncSync, openSync, statSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PAGE_SIZE } from "../abi/index.js";
import { diskOf, readDiskstats, type DiskStatistics } from "../linux/index.js";

/**
 * How a file was written decides how it lies in the page cache, where the file system has large folios (ext4 since 6.16, XFS
 * since 5.18): "single pages" by writes of one page each, "large folios" by writes of 2 MiB.
 */
export type FileLayout = "single pages" | "large folios";

const BYTES_OF_A_WRITE = { "single pages": PAGE_SIZE, "large folios": 2 << 20 } as const satisfies Record<FileLayout, number>;

/** A file of an experiment. Close it with `using`, or let the run do it. */
export interface PreparedFile {
  readonly path: string;
  /** Open for reading and writing. */
  readonly fd: number;
  /** In bytes. */
  readonly length: number;
  /** The disk it lies on, now; undefined on a file system without one, such as tmpfs. */
  disk(): DiskStatistics | undefined;
}

/**
 * Writes a file and syncs it: every page is then cached and clean.
 * @param folder where
 * @param name of the file in it
 * @param length in bytes, a multiple of the page size
 * @throws Error that names the folder where there is no room, or where it may not be written
 */
export function preparedFile(folder: string, name: string, length: number, layout: FileLayout = "single pages"): PreparedFile {
  if (!Number.isSafeInteger(length) || length <= 0 || length % PAGE_SIZE !== 0)
    throw new RangeError(`preparedFile: the length is a multiple of ${PAGE_SIZE} bytes above 0, not ${String(length)}`);
  const path = join(folder, name);
  const fd = withAdvice(folder, length, () => openSync(path, "w+", 0o600));
  try {
    withAdvice(folder, length, () => {
      fill(fd, length, BYTES_OF_A_WRITE[layout]);
      fsyncSync(fd);
    });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const device = statSync(path, { bigint: true }).dev;
  return { path, fd, length, disk: () => diskOf(device, readDiskstats()) };
}

function fill(fd: number, length: number, bytesOfAWrite: number): void {
  const block = Buffer.alloc(bytesOfAWrite);
  for (let at = 0; at < length; at += bytesOfAWrite) {
    const size = Math.min(bytesOfAWrite, length - at);
    // The content tells which page it is, so that no file system stores it as a hole.
    for (let page = 0; page < size; page += PAGE_SIZE) block.fill((((at + page) / PAGE_SIZE) % 255) + 1, page, page + PAGE_SIZE);
    for (let done = 0; done < size;) done += writeSync(fd, block, done, size - done, at + done);
  }
}

/** Says what to do about the failures a user can do something about. */
function withAdvice<T>(folder: string, length: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") {
      const { bavail, bsize } = statfsSync(folder);
      throw new Error(
        `${folder} is full: a file of ${mib(length)} MiB does not fit, ${mib(bavail * bsize)} MiB are free. Free some, or choose a folder on another disk with --out.`,
        { cause: error },
      );
    }
    if (code === "EACCES" || code === "EROFS" || code === "EPERM")
      throw new Error(`${folder} may not be written (${code}). Choose another folder with --out.`, { cause: error });
    throw error;
  }
}

function mib(bytes: number): number {
  return Math.floor(bytes / (1 << 20));
}
