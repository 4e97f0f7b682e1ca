/**
 * Fault-around (`do_fault_around`, `filemap_map_pages`): a read fault in a file mapping maps the cached pages near it as
 * well. The window is 16 pages, aligned by address, and never leaves the VMA, the page table or the file.
 */
import { PAGES_PER_TABLE } from "./address.js";
import type { FaultContext } from "./fault-context.js";
import type { Inode } from "./file.js";
import { PTE_DIRTY, PTE_FILE, PTE_NONE, PTE_WRITABLE } from "./page-table.js";
import { isMarked } from "./readahead.js";
import { VM, type Vma } from "./vma.js";

/** What fault-around did. */
export interface AroundResult {
  /** Whether the page that faulted is mapped now. */
  readonly reached: boolean;
  /** How many pages were mapped. */
  readonly mapped: number;
}

const NO_PAGES: ReadonlySet<number> = new Set();
const NOTHING: AroundResult = { reached: false, mapped: 0 };

/** Enters a page of a file into the page table. */
export function mapFilePage(context: FaultContext, vma: Vma, page: number, frame: number, forWrite: boolean): void {
  // Memory file systems need not notice the first write, so their pages get the VMA's rights at once.
  const isShmem = vma.file?.inode.isShmem === true;
  const writable = forWrite || (isShmem && vma.has(VM.SHARED) && vma.has(VM.WRITE));
  context.machine.frames.map(frame);
  context.mm.pageTable.set(page, PTE_FILE | (writable ? PTE_WRITABLE : 0) | (forWrite ? PTE_DIRTY : 0), frame);
}

/**
 * Maps what is cached around a page that was read.
 * @param stillReading pages of the file that are in the cache and on their way from the disk
 */
export function faultAround(context: FaultContext, vma: Vma, page: number, stillReading: ReadonlySet<number> = NO_PAGES): AroundResult {
  const inode = vma.file?.inode;
  const length = context.machine.settings.faultAroundPages;
  if (inode === undefined || length <= 1) return NOTHING;
  const slot = page % PAGES_PER_TABLE;
  const base = page - slot;
  const from = Math.max(slot - (slot % length), slot - Math.min(slot, page - vma.start));
  const to = Math.min(from + length, PAGES_PER_TABLE, slot + (vma.end - page));
  if (isVoidAtEof(context, vma, inode, base + from, base + to)) return NOTHING;
  let mapped = 0;
  let reached = false;
  for (let at = base + from; at < base + to; at++) {
    const objectPage = vma.objectPage(at);
    if (objectPage >= inode.sizePages) break;
    const frame = inode.cache.get(objectPage);
    if (
      frame === undefined ||
      isMarked(inode, objectPage) ||
      inode.notUpToDate.has(objectPage) ||
      stillReading.has(objectPage) ||
      context.mm.pageTable.state(at) !== PTE_NONE
    )
      continue;
    mapFilePage(context, vma, at, frame, false);
    mapped++;
    if (at === page) {
      reached = true;
      inode.mayBeDropped.delete(objectPage);
    }
  }
  return { reached, mapped };
}

/** Some releases map nothing where there is no page table yet and the window's first folio is the last of the file. */
function isVoidAtEof(context: FaultContext, vma: Vma, inode: Inode, from: number, to: number): boolean {
  const { machine, mm } = context;
  if (!machine.profile.faultAroundVoidAtEof || inode.isShmem || mm.pageTable.leafAt(from) !== undefined) return false;
  const last = inode.sizePages - 1;
  for (let at = from; at < to; at++) {
    const objectPage = vma.objectPage(at);
    if (objectPage > last) return false;
    if (!inode.cache.has(objectPage) || inode.notUpToDate.has(objectPage)) continue;
    const folio = inode.folios.get(objectPage);
    return folio === undefined ? objectPage === last : folio.start + folio.pages > last;
  }
  return false;
}
