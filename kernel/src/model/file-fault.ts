/**
 * Faults in mappings of files and of shared anonymous memory (`do_read_fault`, `do_cow_fault`, `do_shared_fault` of
 * mm/memory.c, and `filemap_fault` and `shmem_fault` behind them).
 *
 *     read           fault-around maps what is cached near by; else the page is brought in and mapped
 *     private write  the page is brought in and copied: one fault, one page
 *     shared write   the page is brought in, mapped writable and marked dirty
 */
import { PAGES_PER_TABLE } from "./address.js";
import { prepareAnonVma } from "./anon-vma.js";
import { faultAround, mapFilePage } from "./fault-around.js";
import type { FaultContext } from "./fault-context.js";
import { RULE } from "./fault-rules.js";
import { MAJOR, MINOR, SIGNAL, type Access, type KindNumber } from "./fault-types.js";
import type { Folio, OpenFile } from "./file.js";
import { bringIn, markDirty, type BroughtIn } from "./page-cache.js";
import { isMarked, nextReadahead } from "./readahead.js";
import { PTE_DIRTY, PTE_FILE, PTE_NEW_ANON, PTE_NONE, PTE_WRITABLE } from "./page-table.js";
import { VM, type Vma } from "./vma.js";

const NONE: ReadonlySet<number> = new Set();

/** A fault where the page-table entry is empty. */
export function fileFault(context: FaultContext, vma: Vma, page: number, access: Access): KindNumber {
  const { file } = vma;
  if (file === null) throw new Error("A file fault in a VMA without a file: a defect of the model, please report it.");
  if (access !== "write") return readFault(context, vma, file, page);
  return vma.isPrivate ? privateWriteFault(context, vma, file, page) : sharedWriteFault(context, vma, file, page);
}

function readFault(context: FaultContext, vma: Vma, file: OpenFile, page: number): KindNumber {
  const { inode } = file;
  const target = vma.objectPage(page);
  const around = faultAround(context, vma, page);
  if (around.reached) {
    const whole = mapFolio(context, vma, page, foliosOf(context, vma, page), false);
    return whole > 1 ? context.end(MINOR, RULE.FOLIO, target, whole) : context.end(MINOR, RULE.FAULT_AROUND, target, around.mapped);
  }
  if (target >= inode.sizePages) return context.end(SIGNAL, RULE.BEYOND_EOF, target, inode.sizePages);
  const brought = bringIn(context.machine, vma, file, target);
  const reading = meetMark(context, vma, file, page, brought);
  if (brought.how === "read" || brought.how === "completed" || reading !== null) faultAround(context, vma, page, reading ?? NONE);
  const whole = mapFolio(context, vma, page, foliosOf(context, vma, page), false);
  if (context.mm.pageTable.state(page) === PTE_NONE) mapFilePage(context, vma, page, brought.frame, false);
  switch (brought.how) {
    case "cached":
    case "completed": {
      const kind = kindOf(context, brought, reading);
      return whole > 1 ? context.end(kind, RULE.FOLIO, target, whole) : context.end(kind, RULE.FILE_CACHED, target);
    }
    case "allocated":
      return context.end(MINOR, RULE.SHMEM_ALLOCATED, target);
    case "read":
      return context.end(waitedFor(context), RULE.FILE_READ, target, brought.pagesRead);
  }
}

/**
 * A fault on a page with the mark of readahead starts the next read (`do_async_mmap_readahead`) and is then tried again.
 * @returns the pages that are still on their way from the disk; null where there was no mark
 */
function meetMark(context: FaultContext, vma: Vma, file: OpenFile, page: number, brought: BroughtIn): ReadonlySet<number> | null {
  const { machine } = context;
  const { inode } = file;
  const target = vma.objectPage(page);
  if (brought.how === "read" || !isMarked(inode, target) || vma.has(VM.RAND_READ)) return null;
  const before = new Set([...inode.cache].map(([cached]) => cached));
  nextReadahead(machine, file, inode.folios.get(target)?.start ?? target, machine.settings.readaheadPages);
  return new Set([...inode.cache].map(([cached]) => cached).filter((cached) => !before.has(cached) && inode.disk.has(cached)));
}

function privateWriteFault(context: FaultContext, vma: Vma, file: OpenFile, page: number): KindNumber {
  const { machine, mm } = context;
  const target = vma.objectPage(page);
  // The anon_vma comes first, so that even a write past the end of the file leaves one behind.
  prepareAnonVma(machine, mm, vma);
  if (target >= file.inode.sizePages) return context.end(SIGNAL, RULE.BEYOND_EOF, target, file.inode.sizePages);
  const brought = bringIn(machine, vma, file, target);
  const reading = meetMark(context, vma, file, page, brought);
  mm.pageTable.set(page, PTE_NEW_ANON, machine.frames.allocateMappedCopy(brought.frame));
  return context.end(kindOf(context, brought, reading), RULE.PRIVATE_COPY, target);
}

function sharedWriteFault(context: FaultContext, vma: Vma, file: OpenFile, page: number): KindNumber {
  const { inode } = file;
  const target = vma.objectPage(page);
  if (target >= inode.sizePages) return context.end(SIGNAL, RULE.BEYOND_EOF, target, inode.sizePages);
  const brought = bringIn(context.machine, vma, file, target);
  const reading = meetMark(context, vma, file, page, brought);
  const kind = dirtiedKind(context, file, brought.frame, kindOf(context, brought, reading));
  const folio = foliosOf(context, vma, page);
  mapFilePage(context, vma, page, brought.frame, true);
  const whole = mapFolio(context, vma, page, folio, true);
  markDirty(context.machine, inode, target);
  return context.end(kind, RULE.SHARED_WRITE, target, Math.max(1, whole));
}

/** A write through a read-only entry of a shared mapping: the file system is told, and the entry becomes writable. */
export function sharedProtectFault(context: FaultContext, vma: Vma, page: number): KindNumber {
  const { machine, mm } = context;
  const { file } = vma;
  if (file === null) throw new Error("A shared mapping without a file: a defect of the model, please report it.");
  const frame = mm.pageTable.frame(page);
  const kind = dirtiedKind(context, file, frame, MINOR);
  mm.pageTable.set(page, PTE_FILE | PTE_WRITABLE | PTE_DIRTY, frame);
  markDirty(machine, file.inode, vma.objectPage(page));
  return context.end(kind, RULE.SHARED_WRITE_PROTECTED, vma.objectPage(page));
}

/** Whether a wait for the disk counts as major: not for get_user_pages, which forgets the attempt that had to wait. */
function waitedFor(context: FaultContext): KindNumber {
  if (context.source === "populate") return MINOR;
  return context.source === "madvise" && !context.machine.profile.madvPopulateOwnWalk ? MINOR : MAJOR;
}

function kindOf(context: FaultContext, brought: BroughtIn, reading: ReadonlySet<number> | null): KindNumber {
  if (brought.how === "read") return waitedFor(context);
  return brought.how === "completed" || reading !== null ? triedAgain(context) : MINOR;
}

/**
 * A fault that let go of the lock and was tried again. Instructions hold the lock of the VMA only, and losing that is not
 * counted; before 6.6, and in the kernel's own accesses, it was that of the address space.
 */
function triedAgain(context: FaultContext): KindNumber {
  return context.source === "cpu" && context.machine.profile.fileFaultsLockVma ? MINOR : waitedFor(context);
}

/** Before 6.0 a fault that dirtied its page let go of the lock and was tried again, which made it major. */
function dirtiedKind(context: FaultContext, file: OpenFile, frame: number, kind: KindNumber): KindNumber {
  const { machine } = context;
  if (machine.profile.sharedWriteIsMinor || context.source === "populate") return kind;
  return file.inode.isShmem && machine.frames.dirty[frame] === 1 ? kind : MAJOR;
}

/** The large folio of a page, where this kernel maps it as a whole and it lies within VMA, page table and file. */
function foliosOf(context: FaultContext, vma: Vma, page: number): Folio | undefined {
  const inode = vma.file?.inode;
  if (inode === undefined || !context.machine.profile.largeFoliosMappedWhole) return undefined;
  const folio = inode.folios.get(vma.objectPage(page));
  if (folio === undefined || folio.start + folio.pages > inode.sizePages) return undefined;
  const start = page - (vma.objectPage(page) - folio.start);
  const last = start + folio.pages - 1;
  const oneTable = Math.floor(start / PAGES_PER_TABLE) === Math.floor(last / PAGES_PER_TABLE);
  return start >= vma.start && last < vma.end && oneTable ? folio : undefined;
}

/** Maps what is not yet mapped of a folio. Returns how many pages of it show now; 0 for no folio. */
function mapFolio(context: FaultContext, vma: Vma, page: number, folio: Folio | undefined, forWrite: boolean): number {
  const inode = vma.file?.inode;
  if (folio === undefined || inode === undefined) return 0;
  const start = page - (vma.objectPage(page) - folio.start);
  let shown = 0;
  for (let offset = 0; offset < folio.pages; offset++) {
    const frame = inode.cache.get(folio.start + offset);
    if (frame === undefined) continue;
    if (context.mm.pageTable.state(start + offset) === PTE_NONE)
      mapFilePage(context, vma, start + offset, frame, forWrite && vma.has(VM.WRITE));
    shown++;
  }
  return shown;
}
