/**
 * The page cache: bringing pages of a file into memory, changing them, writing them back and dropping them
 * (mm/filemap.c, mm/shmem.c, mm/truncate.c). Knows pages and bytes; what a system call checks first is in file-calls.ts.
 */
import { PAGE_SIZE } from "../abi/index.js";
import { pagesFor } from "./address.js";
import type { ZapKeeps } from "./address-space.js";
import type { Folio, Inode, OpenFile } from "./file.js";
import type { Machine } from "./machine.js";
import { PTE_DIRTY, PTE_FILE, PTE_KIND, PTE_WRITABLE } from "./page-table.js";
import { readForCall, readForFault, readPage } from "./readahead.js";
import type { Vma } from "./vma.js";

/** How a page came to be in the page cache, and its frame. */
export interface BroughtIn {
  readonly how: "cached" | "completed" | "allocated" | "read";
  readonly frame: number;
  /** Pages read from disk, this one and those read ahead. */
  readonly pagesRead: number;
}

/** Makes sure that a page below the end of the file is in the page cache, as a fault does. */
export function bringIn(machine: Machine, vma: Vma, file: OpenFile, page: number): BroughtIn {
  const { inode } = file;
  const cached = inode.cache.get(page);
  inode.mayBeDropped.delete(page);
  if (cached !== undefined) return { how: inode.notUpToDate.delete(page) ? "completed" : "cached", frame: cached, pagesRead: 0 };
  if (inode.isShmem) {
    const frame = machine.frames.allocate(0);
    inode.cache.set(page, frame);
    return { how: "allocated", frame, pagesRead: 0 };
  }
  const pagesRead = readForFault(machine, vma, file, page);
  const frame = inode.cache.get(page);
  if (frame === undefined) throw new Error("A page was read beyond the end of a file: a defect of the model, please report it.");
  return { how: "read", frame, pagesRead };
}

/** Reads the pages of [start, end) that the file has and the cache lacks. Returns how many. */
export function readFromDisk(machine: Machine, inode: Inode, start: number, end: number): number {
  let read = 0;
  for (let page = start; page < Math.min(end, inode.sizePages); page++) {
    if (inode.cache.has(page)) continue;
    readPage(machine, inode, page);
    read++;
  }
  return read;
}

/** A page of the cache holds bytes the disk does not; with a large folio, all its pages count as dirty. */
export function markDirty(machine: Machine, inode: Inode, page: number): void {
  const folio = inode.folios.get(page);
  const start = folio?.start ?? page;
  for (let at = start; at < start + (folio?.pages ?? 1); at++) {
    const frame = inode.cache.get(at);
    if (frame !== undefined) machine.frames.dirty[frame] = 1;
  }
  inode.dirtySince ??= machine.clock;
}

/** Stores the same byte in [offset, offset + length) of a file; the file grows if it must. */
export function fillFile(machine: Machine, inode: Inode, offset: number, length: number, byte: number): void {
  const end = offset + length;
  if (length > 0) prepareForWrite(machine, inode, offset, end);
  for (let page = Math.floor(offset / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
    const frame = inode.cache.get(page);
    if (frame === undefined) continue;
    machine.frames.fillBytes(frame, Math.max(offset - page * PAGE_SIZE, 0), Math.min(end - page * PAGE_SIZE, PAGE_SIZE), byte);
    markDirty(machine, inode, page);
  }
}

/** Stores bytes in a file from `offset` on; the file grows if it must. */
export function writeFile(machine: Machine, inode: Inode, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  if (bytes.length > 0) prepareForWrite(machine, inode, offset, end);
  for (let page = Math.floor(offset / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
    const frame = inode.cache.get(page);
    if (frame === undefined) continue;
    const from = Math.max(offset, page * PAGE_SIZE);
    machine.frames.writeBytes(frame, from - page * PAGE_SIZE, bytes.subarray(from - offset, (page + 1) * PAGE_SIZE - offset));
    markDirty(machine, inode, page);
  }
}

/** Puts the pages of a write into the cache: those written in part with what they held. */
function prepareForWrite(machine: Machine, inode: Inode, offset: number, end: number): void {
  const first = Math.floor(offset / PAGE_SIZE);
  const last = Math.floor((end - 1) / PAGE_SIZE);
  const fresh: number[] = [];
  if (inode.backing === "ext4" && offset > inode.size) zeroPart(machine, inode, inode.size, inode.sizePages * PAGE_SIZE);
  for (let page = first; page <= last; page++) {
    inode.notUpToDate.delete(page);
    inode.mayBeDropped.delete(page);
    if (inode.cache.has(page)) continue;
    const stored = inode.disk.get(page);
    inode.cache.set(page, stored === undefined ? machine.frames.allocate(0) : machine.frames.allocateCopy(stored));
    fresh.push(page);
  }
  inode.size = Math.max(inode.size, end);
  if (inode.backing === "ext4" && machine.profile.ext4LargeFolios && fresh.length === last - first + 1) addFolios(inode, first, last + 1);
}

/** The folios one large write makes: each as large as fits what is left and as its offset is aligned to. */
function addFolios(inode: Inode, start: number, end: number): void {
  for (let at = start; at < end;) {
    let pages = 1;
    while (pages * 2 <= end - at && at % (pages * 2) === 0) pages *= 2;
    const folio: Folio = { start: at, pages };
    if (pages > 1) for (let page = at; page < at + pages; page++) inode.folios.set(page, folio);
    at += pages;
  }
}

/** Copies bytes of a file into `target`, as far as the file reaches. Pages not cached are read from disk, holes of memory files stay holes. */
export function readFile(machine: Machine, file: OpenFile, offset: number, length: number): Uint8Array {
  const { inode } = file;
  const end = Math.min(offset + length, inode.size);
  if (end <= offset) return new Uint8Array(0);
  const first = Math.floor(offset / PAGE_SIZE);
  const last = Math.floor((end - 1) / PAGE_SIZE);
  if (!inode.isShmem) readForCall(machine, file, offset, length);
  const target = new Uint8Array(end - offset);
  for (let page = first; page <= last; page++) {
    const from = Math.max(offset, page * PAGE_SIZE);
    const to = Math.min(end, (page + 1) * PAGE_SIZE);
    const frame = inode.cache.get(page);
    if (frame !== undefined) machine.frames.copyBytes(frame, from - page * PAGE_SIZE, to - page * PAGE_SIZE, target, from - offset);
  }
  return target;
}

/** Writes the dirty pages of [from, to) to disk: they and every entry that maps them are clean and read-only afterwards. Returns how many were written. */
export function writeBack(machine: Machine, inode: Inode, from: number, to: number): number {
  if (inode.isShmem) return 0;
  const { frames } = machine;
  const written = new Set<number>();
  let left = false;
  for (const [page, frame] of inode.cache) {
    if (frames.dirty[frame] !== 1) continue;
    if (page < from || page >= to) {
      left = true;
      continue;
    }
    // Bytes past the end of the file are not kept.
    const tail = inode.size - page * PAGE_SIZE;
    if (tail < PAGE_SIZE) frames.fillBytes(frame, Math.max(tail, 0), PAGE_SIZE, 0);
    const old = inode.disk.get(page);
    if (old !== undefined) frames.release(old);
    inode.disk.set(page, frames.allocateCopy(frame));
    frames.dirty[frame] = 0;
    written.add(page);
  }
  if (!left) inode.dirtySince = undefined;
  if (written.size > 0) cleanEntries(machine, inode, written);
  return written.size;
}

/** `folio_mkclean`: write-protects every entry that maps one of the pages, so that the next write is noticed. */
function cleanEntries(machine: Machine, inode: Inode, pages: ReadonlySet<number>): void {
  for (const vma of inode.mappings) {
    machine.ownerOf(vma).pageTable.visit(vma.start, vma.end, (page, leaf, slot) => {
      const state = leaf.state[slot] ?? 0;
      if ((state & PTE_KIND) === PTE_FILE && pages.has(vma.objectPage(page))) leaf.state[slot] = state & ~(PTE_WRITABLE | PTE_DIRTY);
    });
  }
}

/** POSIX_FADV_DONTNEED: writing starts before pages are dropped, and is not waited for. Returns how many were dropped and written. */
export function dropAndWrite(machine: Machine, inode: Inode): { readonly dropped: number; readonly written: number } {
  const dropped = dropClean(machine, inode, 0, Infinity);
  const { dirty, mapCount } = machine.frames;
  for (const [page, frame] of inode.cache) if (dirty[frame] === 1 && mapCount[frame] === 0) inode.mayBeDropped.add(page);
  return { dropped, written: writeBack(machine, inode, 0, Infinity) };
}

/** Drops the pages of [from, to) that are clean and mapped by nobody (posix_fadvise POSIX_FADV_DONTNEED). Returns how many. */
export function dropClean(machine: Machine, inode: Inode, from: number, to: number): number {
  if (inode.isShmem) return 0;
  const { frames } = machine;
  const stays = (page: number): boolean => {
    const frame = inode.cache.get(page);
    return frame !== undefined && (frames.dirty[frame] === 1 || (frames.mapCount[frame] ?? 0) > 0);
  };
  let dropped = 0;
  for (const [page] of inode.cache) {
    if (page < from || page >= to) continue;
    const folio = inode.folios.get(page);
    const pages = folio === undefined ? [page] : Array.from({ length: folio.pages }, (_, step) => folio.start + step);
    if (pages.some(stays)) continue;
    for (const member of pages) {
      forgetCached(machine, inode, member);
      dropped++;
    }
  }
  return dropped;
}

function forgetCached(machine: Machine, inode: Inode, page: number): void {
  const folio = inode.folios.get(page);
  inode.readaheadMarks.delete(folio?.start ?? page);
  inode.notUpToDate.delete(page);
  inode.mayBeDropped.delete(page);
  if (folio !== undefined) for (let at = folio.start; at < folio.start + folio.pages; at++) inode.folios.delete(at);
  const frame = inode.cache.get(page);
  if (frame === undefined) return;
  inode.cache.delete(page);
  machine.frames.release(frame);
}

/** Sets the size of a file. Pages past a smaller size vanish from cache, disk and every mapping, private copies included. */
export function resizeFile(machine: Machine, inode: Inode, size: number): void {
  const old = inode.size;
  inode.size = size;
  if (size >= old) {
    // Bytes behind the old end are made zeros before they become part of the file.
    if (inode.backing === "ext4") zeroPart(machine, inode, old, pagesFor(old) * PAGE_SIZE);
    return;
  }
  const keptPages = pagesFor(size);
  unmapObjectRange(machine, inode, keptPages, Infinity, "guards");
  removePages(machine, inode, keptPages, Infinity);
  zeroPart(machine, inode, size, keptPages * PAGE_SIZE);
}

/** Makes a hole of [offset, until): whole pages leave cache and disk, parts of pages become zeros; private copies stay. */
export function punchHole(machine: Machine, inode: Inode, offset: number, until: number): void {
  if (inode.backing === "ext4" && offset >= inode.size) return;
  // On ext4 a hole past the end of the file ends with the page that holds the end.
  const end = inode.backing === "ext4" && until > inode.size ? inode.sizePages * PAGE_SIZE : until;
  const first = pagesFor(offset);
  const last = Math.floor(end / PAGE_SIZE);
  if (first >= last) {
    // The hole lies within one page, or across the border of two.
    zeroPart(machine, inode, offset, Math.min(end, first * PAGE_SIZE));
    if (end > first * PAGE_SIZE) zeroPart(machine, inode, first * PAGE_SIZE, end);
    // A hole within the first page: the kernel takes `round_down(end) - 1`, which is then -1, for the last byte of the whole
    // pages, and empties the entries of every page behind the offset. The pages stay in the cache.
    const unmapsBehind = inode.isShmem || (inode.backing === "ext4" && machine.profile.ext4HoleUnmapsBehind);
    if (unmapsBehind && last === 0) unmapObjectRange(machine, inode, first, Infinity, "guards and private pages");
    return;
  }
  zeroPart(machine, inode, offset, first * PAGE_SIZE);
  zeroPart(machine, inode, last * PAGE_SIZE, end);
  unmapObjectRange(machine, inode, first, last, "guards and private pages");
  removePages(machine, inode, first, last);
}

function removePages(machine: Machine, inode: Inode, from: number, to: number): void {
  for (const [page] of inode.cache) if (page >= from && page < to) forgetCached(machine, inode, page);
  for (const [page, frame] of inode.disk) {
    if (page < from || page >= to) continue;
    inode.disk.delete(page);
    machine.frames.release(frame);
  }
}

/**
 * Zeros within one page of a file. ext4 brings a page that is not cached into the cache for that (`ext4_block_zero_page_range`),
 * and does not call it up to date.
 */
function zeroPart(machine: Machine, inode: Inode, from: number, to: number): void {
  if (from >= to) return;
  const page = Math.floor(from / PAGE_SIZE);
  const wasCached = inode.cache.has(page);
  if (!wasCached && inode.backing === "ext4" && page < inode.sizePages) {
    readPage(machine, inode, page);
    inode.notUpToDate.add(page);
  }
  const frame = inode.cache.get(page);
  if (frame === undefined) return;
  machine.frames.fillBytes(frame, from - page * PAGE_SIZE, to - page * PAGE_SIZE, 0);
  // A hole has nothing to be written back.
  if (wasCached || inode.disk.has(page)) markDirty(machine, inode, page);
}

/** `unmap_mapping_range`: empties the entries for pages [from, to) of a file in every mapping of it. */
function unmapObjectRange(machine: Machine, inode: Inode, from: number, to: number, keeps: ZapKeeps): void {
  for (const vma of inode.mappings) {
    const [start, end] = shownRange(vma, from, to);
    if (start < end) machine.ownerOf(vma).zap(start, end, keeps);
  }
}

/** The pages of a VMA at which pages [from, to) of its object show. */
function shownRange(vma: Vma, from: number, to: number): [start: number, end: number] {
  return [Math.max(vma.start, vma.start + from - vma.pgoff), Math.min(vma.end, vma.start + to - vma.pgoff)];
}
