/**
 * Which views a memory call makes dangerous. The call families use it, and so does whoever makes these calls in another
 * way (as steps of a probe program).
 */
import { MADV, MAP, MREMAP, PAGE_SIZE, PROT, type ErrnoCode } from "../abi/index.js";
import { deviceText, fileFacts } from "./file-kind.js";
import { readMaps } from "./proc-maps.js";
import { detachAllViews, detachViews, viewedRanges } from "./views.js";

function wholePages(length: bigint): bigint {
  const page = BigInt(PAGE_SIZE);
  return ((length + page - 1n) / page) * page;
}

/**
 * Whether a call may have changed mappings. Only an address inside a page is refused for certain before any is touched:
 * mprotect(2) stops half way, and MAP_FIXED and MREMAP_FIXED clear their target before a file or the source is looked at,
 * as the release has it. A view taken back without need costs its owner a new one; the other way round costs the process.
 */
function mayHaveChanged(at: bigint, error: ErrnoCode | undefined): boolean {
  return error === undefined || at % BigInt(PAGE_SIZE) === 0n;
}

/** After munmap(2): the views of the range. `error` is what the call failed with, if it did. */
export function afterMunmap(at: bigint, length: bigint, error?: ErrnoCode): void {
  if (mayHaveChanged(at, error)) detachViews(at, wholePages(length));
}

/** After mmap(2): only MAP_FIXED replaces what was mapped. */
export function afterMmap(at: bigint, length: bigint, flags: number, error?: ErrnoCode): void {
  if ((flags & MAP.FIXED) !== 0 && mayHaveChanged(at, error)) detachViews(at, wholePages(length));
}

/** After mprotect(2): unless the range can be read and written, as a view may do both. */
export function afterMprotect(at: bigint, length: bigint, prot: number, error?: ErrnoCode): void {
  // These reach beyond the range, to the end of the VMA.
  if ((prot & (PROT.GROWSDOWN | PROT.GROWSUP)) !== 0 && mayHaveChanged(at, error)) detachAllViews();
  const both = PROT.READ | PROT.WRITE;
  if ((prot & both) !== both && mayHaveChanged(at, error)) detachViews(at, wholePages(length));
}

/** After mremap(2): the old range, and what MREMAP_FIXED replaced. */
export function afterMremap(at: bigint, oldLength: bigint, newLength: bigint, flags: number, to: bigint, error?: ErrnoCode): void {
  if (!mayHaveChanged(at, error)) return;
  detachViews(at, wholePages(oldLength));
  if ((flags & MREMAP.FIXED) !== 0) detachViews(to, wholePages(newLength));
}

/** After madvise(2): a guarded or poisoned page raises a signal on any access. */
export function afterMadvise(at: bigint, length: bigint, advice: number, error?: ErrnoCode): void {
  const deadly: readonly number[] = [MADV.GUARD_INSTALL, MADV.HWPOISON, MADV.SOFT_OFFLINE];
  if (deadly.includes(advice) && mayHaveChanged(at, error)) detachViews(at, wholePages(length));
}

/**
 * After a file may have become shorter (ftruncate(2), fallocate(2), O_TRUNC): an access past its last page is SIGBUS.
 * @param fd the file, still open
 */
export function afterResize(fd: number): void {
  if (viewedRanges().length === 0) return;
  const { size, inode, device, path } = fileFacts(fd);
  const end = wholePages(size);
  for (const vma of readMaps()) {
    // Some file systems (btrfs, overlayfs) print another device in maps than fstat(2) gives.
    if (vma.inode !== inode || (vma.device !== deviceText(device) && vma.path !== path)) continue;
    const from = vma.offset >= end ? vma.start : vma.start + (end - vma.offset);
    if (from < vma.end) detachViews(from, vma.end - from);
  }
}
