/**
 * Readahead (mm/readahead.c): how many pages one miss brings into the page cache, and which of them is marked, so that coming
 * to it starts the next read in the background. A marked page is passed over by fault-around.
 *
 *     read(2) misses       from the start of the file or in sequence: more than was asked for; else what was asked for
 *     a fault misses       around the page; ahead of it under MADV_SEQUENTIAL; only it under MADV_RANDOM
 *     a mark is met        the next stretch, longer than the last, in folios four times as large
 */
import { PAGE_SIZE } from "../abi/index.js";
import { alignPageDown, pagesFor } from "./address.js";
import type { Inode, OpenFile } from "./file.js";
import type { Machine } from "./machine.js";
import { VM, type Vma } from "./vma.js";

/** What is remembered of an open file description (`struct file_ra_state`). In pages, but for the last one. */
export interface ReadaheadState {
  start: number;
  size: number;
  /** How many pages before the end the mark lies. */
  asyncSize: number;
  /** Folios of 2^order pages. */
  order: number;
  /** Where the last read(2) ended, in bytes; -1 before the first. */
  previousByte: number;
}

/** The state of a file that nobody has read yet. */
export function freshReadahead(): ReadaheadState {
  return { start: 0, size: 0, asyncSize: 0, order: 0, previousByte: -1 };
}

/** Brings in what read(2) of [offset, offset + length) needs, with what is read ahead (`filemap_get_pages`). */
export function readForCall(machine: Machine, file: OpenFile, offset: number, length: number): void {
  const { inode } = file;
  const end = pagesFor(offset + length);
  for (let page = Math.floor(offset / PAGE_SIZE); page < Math.min(end, inode.sizePages); page++) {
    if (inode.mayBeDropped.delete(page)) inode.readaheadUndetermined = true;
    if (!inode.cache.has(page)) syncReadahead(machine, file, page, end - page);
    inode.notUpToDate.delete(page);
    if (isMarked(inode, page)) nextReadahead(machine, file, page, end - page);
  }
  file.readahead.previousByte = Math.min(offset + length, inode.size);
}

/** Brings in what a fault at `page` misses (`do_sync_mmap_readahead`). Returns how many pages were read. */
export function readForFault(machine: Machine, vma: Vma, file: OpenFile, page: number): number {
  const { readaheadPages: most } = machine.settings;
  const { inode, readahead } = file;
  const executable = vma.has(VM.EXEC) && machine.profile.execReadsAhead;
  // For executable memory MADV_RANDOM changes nothing.
  if ((vma.has(VM.RAND_READ) && !executable) || most <= 1) return readPages(machine, inode, page, 1, 0);
  if (vma.has(VM.SEQ_READ)) return syncReadahead(machine, file, page, most);
  if (executable) return readPages(machine, inode, page, Math.min(most, vma.objectPage(vma.end) - page), 0);
  const start = Math.max(0, page - Math.floor(most / 2));
  Object.assign(readahead, { start, size: most, asyncSize: Math.floor(most / 4), order: 0 });
  const read = readInFolios(machine, file);
  // Whatever was read ahead, the page itself is.
  return inode.cache.has(page) ? read : read + readPages(machine, inode, page, 1, 0);
}

/** Whether a page, or its folio, carries the mark. */
export function isMarked(inode: Inode, page: number): boolean {
  return inode.readaheadMarks.has(inode.folios.get(page)?.start ?? page);
}

/** A miss (`page_cache_sync_ra`). Returns how many pages were read. */
function syncReadahead(machine: Machine, file: OpenFile, page: number, wanted: number): number {
  const { readaheadPages: most } = machine.settings;
  const { inode, readahead } = file;
  const previous = readahead.previousByte < 0 ? Infinity : Math.floor(readahead.previousByte / PAGE_SIZE);
  if (page === 0 || wanted > most || (page >= previous && page - previous <= 1)) {
    const size = firstSize(wanted, most);
    Object.assign(readahead, { start: page, size, asyncSize: size > wanted ? size - wanted : size >> 1, order: 0 });
    return readInFolios(machine, file);
  }
  let miss = page - 1;
  while (miss >= 0 && page - miss <= most && inode.cache.has(miss)) miss--;
  const run = page - miss - 1;
  if (run <= wanted) return readPages(machine, inode, page, wanted, 0);
  const size = Math.min((miss < 0 ? run * 2 : run) + wanted, most);
  Object.assign(readahead, { start: page, size, asyncSize: 1, order: 0 });
  return readInFolios(machine, file);
}

/** A marked page is met (`page_cache_async_ra`): the mark goes, and the next stretch is read. */
export function nextReadahead(machine: Machine, file: OpenFile, page: number, wanted: number): void {
  const { readaheadPages: most } = machine.settings;
  const { inode, readahead } = file;
  const folio = inode.folios.get(page) ?? { start: page, pages: 1 };
  inode.readaheadMarks.delete(folio.start);
  if (most <= 1) return;
  if (page === alignPageDown(readahead.start + readahead.size - readahead.asyncSize, folio.pages)) {
    readahead.start += readahead.size;
    readahead.size = Math.max(readahead.size, nextSize(readahead.size, most));
  } else {
    let start = page + 1;
    while (inode.cache.has(start)) start++;
    if (start - page > most) return;
    readahead.start = start;
    readahead.size = nextSize(start - page + wanted, most);
  }
  readahead.order += 2;
  const align = 2 ** Math.min(readahead.order, trailingZeros(most));
  const end = readahead.start + readahead.size;
  const alignedEnd = alignPageDown(end, align);
  if (alignedEnd > readahead.start) readahead.size -= end - alignedEnd;
  readahead.asyncSize = readahead.size;
  readInFolios(machine, file);
}

/** `get_init_ra_size`. */
function firstSize(wanted: number, most: number): number {
  const size = 2 ** Math.ceil(Math.log2(wanted));
  if (size <= most / 32) return size * 4;
  return size <= most / 4 ? size * 2 : most;
}

/** `get_next_ra_size`. */
function nextSize(size: number, most: number): number {
  if (size < most / 16) return size * 4;
  return size <= most / 2 ? size * 2 : most;
}

function trailingZeros(value: number): number {
  let zeros = 0;
  while (value % 2 ** (zeros + 1) === 0) zeros++;
  return zeros;
}

/** Reads the stretch of the state, in large folios where the file system has them (`page_cache_ra_order`). */
function readInFolios(machine: Machine, file: OpenFile): number {
  const { inode, readahead } = file;
  const { start, size, asyncSize } = readahead;
  let at = start;
  if (machine.profile.ext4LargeFolios && inode.backing === "ext4") {
    const last = Math.min(inode.sizePages, start + size) - 1;
    const largest = Math.min(readahead.order, Math.floor(Math.log2(size)));
    readahead.order = largest;
    while (at <= last) {
      let order = largest;
      while (at % 2 ** order !== 0 || at + 2 ** order - 1 > last) order--;
      const pages = 2 ** order;
      // Where pages are cached already, single ones fill the gaps.
      if (Array.from({ length: pages }, (_, step) => at + step).some((page) => inode.cache.has(page))) break;
      for (let page = at; page < at + pages; page++) readPage(machine, inode, page);
      if (pages > 1) for (let page = at; page < at + pages; page++) inode.folios.set(page, { start: at, pages });
      if (alignPageDown(start + size - asyncSize, pages) === at) inode.readaheadMarks.add(at);
      at += pages;
    }
    if (at > last) return at - start;
  } else {
    readahead.order = 0;
  }
  return at - start + readPages(machine, inode, at, size - (at - start), asyncSize);
}

/** Reads the pages of a stretch that are not cached, one by one (`do_page_cache_ra`). */
function readPages(machine: Machine, inode: Inode, start: number, pages: number, asyncSize: number): number {
  const count = Math.min(pages, inode.sizePages - start);
  const mark = asyncSize > 0 && asyncSize <= count ? start + count - asyncSize : -1;
  let read = 0;
  for (let page = start; page < start + count; page++) {
    if (inode.cache.has(page)) continue;
    readPage(machine, inode, page);
    read++;
    if (page === mark) inode.readaheadMarks.add(page);
  }
  return read;
}

/** One page from the disk into the cache; a hole is a page of zeros. */
export function readPage(machine: Machine, inode: Inode, page: number): void {
  if (inode.mayBeDropped.size > 0) inode.readaheadUndetermined = true;
  const stored = inode.disk.get(page);
  inode.cache.set(page, stored === undefined ? machine.frames.allocate(0) : machine.frames.allocateCopy(stored));
}
