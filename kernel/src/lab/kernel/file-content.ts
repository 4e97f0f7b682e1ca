/** Prepares what is in a file, and in the page cache, before an operation list starts. */
import { fsyncSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { PAGE_SIZE, POSIX_FADV } from "../../abi/index.js";
import { posix_fadvise } from "../../linux/index.js";
import type { Open } from "../../model/operation.js";

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

function contentOf({ content, fill = 0, size }: Open): (start: number, length: number) => Uint8Array {
  return (start, length) => {
    const bytes = new Uint8Array(Math.min(length, size - start)).fill(fill);
    if (content !== undefined && start < content.length) bytes.set(content.subarray(start, start + bytes.length));
    return bytes;
  };
}

/**
 * Fills a new file as `open` says.
 * @param fd open for reading and writing; its readahead state may change, so map another descriptor of the file
 */
export function prepareContent(fd: number, open: Open): void {
  ftruncateSync(fd, open.size);
  if (open.data === "hole") return;
  const content = contentOf(open);
  // One write makes large folios where the file system uses them; page by page makes single pages.
  const step = open.data === "bigdata" ? Math.max(1, open.size) : PAGE_SIZE;
  for (let start = 0; start < open.size; start += step) writeAll(fd, content(start, step), start);
  if (open.data === "clean" || open.data === "cold") fsyncSync(fd);
  if (open.data === "cold" || open.cached !== undefined) {
    fsyncSync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV.DONTNEED);
  }
  if (open.cached !== undefined) cache(fd, open.cached);
}

/** Reads pages into the page cache one by one, without readahead. */
function cache(fd: number, ranges: readonly (readonly [number, number])[]): void {
  posix_fadvise(fd, 0, 0, POSIX_FADV.RANDOM);
  const byte = new Uint8Array(1);
  for (const [start, end] of ranges) for (let page = start; page < end; page++) readSync(fd, byte, 0, 1, page * PAGE_SIZE);
}
