/**
 * Files as mappings see them: an inode with its page cache and what is on disk, and the open file descriptions that refer to it.
 * Two opens of one path are two {@link OpenFile}s of one {@link Inode}: their mappings share pages and never merge.
 */
import { PAGE_SIZE } from "../abi/index.js";
import { FrameMap } from "./frame-map.js";
import type { Backing } from "./operation.js";
import type { PageFrames } from "./page-frames.js";
import { freshReadahead, type ReadaheadState } from "./readahead.js";
import type { Vma } from "./vma.js";
import { pagesFor } from "./address.js";

/** What is behind an inode; `shm` is the object of a MAP_SHARED | MAP_ANONYMOUS mapping. */
export type InodeBacking = Backing | "shm";

/** A run of page-cache pages that the kernel handles as one. */
export interface Folio {
  readonly start: number;
  readonly pages: number;
}

/** A file, whoever has it open. */
export class Inode {
  /** In bytes. */
  size = 0;
  /** Pages promised for it as a whole: those of shared anonymous memory, unless MAP_NORESERVE was asked for. */
  committedPages = 0;
  /** Bits of F_SEAL. */
  seals = 0;
  /** Frames of cached pages, by page of the file. */
  cache = new FrameMap();
  /** What the disk holds: frames by page of the file; a missing one is a hole. Unused where memory is the store. */
  disk = new FrameMap();
  /** Folios of more than one page, under each of their pages. */
  readonly folios = new Map<number, Folio>();
  /** The VMAs that map this file, in every process (`i_mmap`). */
  readonly mappings = new Set<Vma>();
  /** When the oldest dirty page became dirty, in seconds of the model's clock; undefined when clean. */
  dirtySince: number | undefined;
  /** How many names of open descriptors refer to it. */
  opens = 0;
  /**
   * Pages that are cached and not up to date: a hole or the new end cut them in two while they were not cached. Nobody maps
   * them as a neighbour, mincore does not count them, and the next access makes them up to date without a wait.
   */
  readonly notUpToDate = new Set<number>();
  /** Pages with the mark of readahead, large folios by their first page; see readahead.ts. */
  readonly readaheadMarks = new Set<number>();

  /**
   * Cached pages that the kernel may have dropped: POSIX_FADV_DONTNEED starts to write dirty pages, does not wait, and drops
   * those whose write is over in time. The model keeps them. The next access settles it for a page.
   */
  readonly mayBeDropped = new Set<number>();
  /** Readahead looked at the cache while there were such pages, and may have read more or less on the kernel. */
  readaheadUndetermined = false;

  constructor(
    readonly backing: InodeBacking,
    readonly sealable: boolean,
    /** As people know the file: the first name it was opened by, or "/dev/zero" for shared anonymous memory. */
    readonly name: string,
  ) {}

  /** Whether memory is the only store: memfd, tmpfs and shared anonymous memory. */
  get isShmem(): boolean {
    return this.backing === "memfd" || this.backing === "tmpfs" || this.backing === "shm";
  }

  /** One past the last page that holds bytes. */
  get sizePages(): number {
    return pagesFor(this.size);
  }

  /** Largest size in bytes (`s_maxbytes`): 16 TiB less a page on ext4 with 4 KiB blocks. */
  get maxBytes(): number {
    return this.isShmem ? Number.MAX_SAFE_INTEGER * 1024 : 2 ** 44 - PAGE_SIZE;
  }

  clone(): Inode {
    const copy = new Inode(this.backing, this.sealable, this.name);
    copy.size = this.size;
    copy.seals = this.seals;
    copy.committedPages = this.committedPages;
    copy.opens = this.opens;
    copy.dirtySince = this.dirtySince;
    for (const page of this.notUpToDate) copy.notUpToDate.add(page);
    for (const page of this.readaheadMarks) copy.readaheadMarks.add(page);
    for (const page of this.mayBeDropped) copy.mayBeDropped.add(page);
    copy.readaheadUndetermined = this.readaheadUndetermined;
    copy.cache = this.cache.clone();
    copy.disk = this.disk.clone();
    for (const [page, folio] of this.folios) copy.folios.set(page, folio);
    return copy;
  }

  /** Gives back its frames if nobody has it open or mapped any more. */
  releaseIfUnused(frames: PageFrames): void {
    if (this.opens > 0 || this.mappings.size > 0) return;
    for (const [, frame] of this.cache) frames.release(frame);
    for (const [, frame] of this.disk) frames.release(frame);
    this.cache = new FrameMap();
    this.disk = new FrameMap();
    this.folios.clear();
    this.readaheadMarks.clear();
    this.notUpToDate.clear();
  }
}

/** An open file description: what a VMA's `file` is, and what decides whether two VMAs map "the same file". */
export class OpenFile {
  readonly readahead: ReadaheadState;

  constructor(
    /** The name of this open file, of which a file that is open twice has two, or "/dev/zero" for shared anonymous memory. */
    readonly name: string,
    readonly inode: Inode,
    readonly access: "ro" | "wo" | "rw",
    readahead: ReadaheadState = freshReadahead(),
  ) {
    this.readahead = readahead;
  }

  get readable(): boolean {
    return this.access !== "wo";
  }

  get writable(): boolean {
    return this.access !== "ro";
  }
}
