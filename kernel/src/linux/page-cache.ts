/** Which pages of a file are in the page cache: mincore(2) over a temporary mapping. */
import { MAP, PAGE_SIZE, PROT } from "../abi/index.js";
import { fileFacts } from "./file-kind.js";
import { mincore } from "./mincore.js";
import { mmap, munmap } from "./mmap.js";

/**
 * The residency of a file's pages.
 * @param fd a regular file, open for reading
 * @returns one byte a page up to the end of the file, 1 where the page is cached. For a file the caller neither owns nor
 *   may write the kernel hides this and says 1 for every page (mincore(2), since 5.2)
 * @throws Errno EACCES where the descriptor is write-only, ENODEV where the file cannot be mapped
 */
export function cachedPages(fd: number): Uint8Array {
  const { size } = fileFacts(fd);
  if (size === 0n) return new Uint8Array(0);
  const length = ((size + BigInt(PAGE_SIZE) - 1n) / BigInt(PAGE_SIZE)) * BigInt(PAGE_SIZE);
  // PROT_NONE needs no page, and reading rights on the descriptor are checked all the same.
  const at = mmap(null, length, PROT.NONE, MAP.SHARED, fd, 0);
  try {
    return mincore(at, length);
  } finally {
    munmap(at, length);
  }
}
