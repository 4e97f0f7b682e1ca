/**
 * One address space (`struct mm_struct`): its VMAs, its page table and the few numbers that belong to the whole.
 * Knows how to link, cut and empty VMAs; what a system call does with them is in the file named after the call.
 */
import { PAGES_PER_TABLE } from "./address.js";
import type { PageFrames } from "./page-frames.js";
import { PageTable, PTE_ANON, PTE_DIRTY, PTE_FILE, PTE_GUARD, PTE_HUGE, PTE_KIND, PTE_NONE, PTE_SWAP, slotOf } from "./page-table.js";
import { Vma, VM } from "./vma.js";
import type { VmaIndex } from "./vma-index.js";

/** What emptying a range leaves alone: guard markers, or those and the private copies of file pages. */
export type ZapKeeps = "nothing" | "guards" | "guards and private pages";

/** The address space of a process. */
export class AddressSpace {
  pageTable = new PageTable();
  /** Flags every new VMA gets: LOCKED and LOCKONFAULT after mlockall(MCL_FUTURE). */
  defaultFlags = 0;
  /** Pages counted as locked beyond those of locked VMAs; see mremap. */
  lockedExcess = 0;
  /** The program break, in bytes. */
  heapEnd: number;
  /**
   * What the last search for free addresses learned: every gap above page `below` is shorter than `pages`.
   * Unmapping above `below` makes it void.
   */
  gapsTried: { pages: number; below: number } | null = null;

  constructor(
    public index: VmaIndex,
    readonly frames: PageFrames,
    readonly heapStart: number,
    /** Which address space each VMA of the machine lies in. */
    private readonly owners: WeakMap<Vma, AddressSpace>,
  ) {
    this.heapEnd = heapStart;
  }

  /** The VMA that contains a page, or null. */
  vmaAt(page: number): Vma | null {
    const vma = this.index.find(page);
    return vma !== null && vma.start <= page ? vma : null;
  }

  /** The first VMA that overlaps [start, end), or null. */
  firstIn(start: number, end: number): Vma | null {
    if (start >= end) return null;
    const vma = this.index.find(start);
    return vma !== null && vma.start < end ? vma : null;
  }

  /** The VMAs that overlap [start, end), in order; as they are now, whatever the caller changes afterwards. */
  vmasIn(start: number, end: number): Vma[] {
    const vmas: Vma[] = [];
    for (let vma = this.firstIn(start, end); vma !== null && vma.start < end; vma = this.index.next(vma)) vmas.push(vma);
    return vmas;
  }

  /** Every VMA in order. */
  *vmas(): Generator<Vma> {
    for (let vma = this.index.first(); vma !== null; vma = this.index.next(vma)) yield vma;
  }

  /** The VMA that ends where `vma` starts, or null. */
  touchingBefore(page: number): Vma | null {
    const previous = this.index.before(page);
    return previous !== null && previous.end === page ? previous : null;
  }

  /** The VMA that starts at `page`, or null. */
  touchingAfter(page: number): Vma | null {
    const next = this.index.find(page);
    return next !== null && next.start === page ? next : null;
  }

  link(vma: Vma): void {
    this.index.insert(vma);
    vma.file?.inode.mappings.add(vma);
    this.owners.set(vma, this);
  }

  unlink(vma: Vma): void {
    this.index.remove(vma);
    if (vma.file !== null) {
      vma.file.inode.mappings.delete(vma);
      vma.file.inode.releaseIfUnused(this.frames);
    }
    this.forgetGaps(vma.end);
  }

  /** Changes the bounds of a VMA; its offset follows its start. */
  resize(vma: Vma, start: number, end: number): void {
    if (start > vma.start || end < vma.end) this.forgetGaps(vma.end);
    vma.pgoff += start - vma.start;
    this.index.resize(vma, start, end);
  }

  /** Cuts a VMA in two at a page inside it. Returns the upper piece. */
  split(vma: Vma, at: number): Vma {
    const { end, flags, file, anonVma, chain } = vma;
    const upper = new Vma({ start: at, end, flags, pgoff: vma.objectPage(at), file, anonVma, chain, foreign: vma.foreign });
    this.resize(vma, vma.start, at);
    this.link(upper);
    return upper;
  }

  /** Empties the page-table entries of a range (`zap_page_range`). What was written through them stays with the file. */
  zap(start: number, end: number, keeps: ZapKeeps = "nothing"): void {
    this.splitHugePages(start, end);
    const { frames } = this;
    let huge = false;
    this.pageTable.visit(start, end, (_page, leaf, slot) => {
      const state = leaf.state[slot] ?? PTE_NONE;
      const kind = state & PTE_KIND;
      if (kind === PTE_GUARD && keeps !== "nothing") return;
      if (kind !== PTE_FILE && keeps === "guards and private pages") return;
      const frame = leaf.frame[slot] ?? 0;
      if (kind === PTE_FILE && (state & PTE_DIRTY) !== 0) frames.dirty[frame] = 1;
      if (kind === PTE_ANON || kind === PTE_FILE) frames.unmap(frame);
      if (kind === PTE_SWAP) frames.release(frame);
      if ((state & PTE_HUGE) !== 0) huge = true;
      leaf.state[slot] = PTE_NONE;
    });
    // A huge page has no table below it: where one was, there is none afterwards.
    if (huge) this.pageTable.freeLeaves(start, end);
  }

  /** Huge pages that lie across the ends of a range become small ones; their contents stay. */
  splitHugePages(start: number, end: number): void {
    for (const edge of [start, end]) {
      const leaf = this.pageTable.leafAt(edge);
      const slot = slotOf(edge);
      if (leaf === undefined || slot === 0 || ((leaf.state[slot] ?? 0) & PTE_HUGE) === 0) continue;
      for (let at = 0; at < PAGES_PER_TABLE; at++) leaf.state[at] = (leaf.state[at] ?? 0) & ~PTE_HUGE;
    }
  }

  /** The pages of all VMAs for which `counts` holds. */
  countPages(counts: (vma: Vma) => boolean): number {
    let pages = 0;
    for (const vma of this.vmas()) if (counts(vma)) pages += vma.pages;
    return pages;
  }

  /** Locked pages (VmLck). */
  get lockedPages(): number {
    return this.countPages((vma) => vma.has(VM.LOCKED)) + this.lockedExcess;
  }

  private forgetGaps(end: number): void {
    if (this.gapsTried !== null && end >= this.gapsTried.below) this.gapsTried = null;
  }
}
