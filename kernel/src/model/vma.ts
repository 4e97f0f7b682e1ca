/**
 * A virtual memory area: a run of pages of one address space with the same rights and the same source of contents.
 * `struct vm_area_struct` of include/linux/mm_types.h, with the fields that decide what a call or a fault does.
 */
import type { OpenFile } from "./file.js";

/** Flags of a VMA (`vm_flags`). The values are the model's own. */
export const VM = Object.freeze({
  READ: 0x1,
  WRITE: 0x2,
  EXEC: 0x4,
  SHARED: 0x8,
  MAYREAD: 0x10,
  MAYWRITE: 0x20,
  MAYEXEC: 0x40,
  /** Mapped with MAP_SHARED, even where the descriptor could not be written and SHARED was dropped. */
  MAYSHARE: 0x80,
  GROWSDOWN: 0x100,
  MERGEABLE: 0x200,
  DROPPABLE: 0x400,
  /** Has had guard markers. */
  MAYBE_GUARD: 0x800,
  LOCKED: 0x2000,
  SEQ_READ: 0x8000,
  RAND_READ: 0x1_0000,
  DONTCOPY: 0x2_0000,
  LOCKONFAULT: 0x8_0000,
  /** Counted against the commit limit. */
  ACCOUNT: 0x10_0000,
  NORESERVE: 0x20_0000,
  /** Mapped with MAP_SYNC; without a DAX file it does nothing but hinder merging. */
  SYNC: 0x80_0000,
  WIPEONFORK: 0x200_0000,
  DONTDUMP: 0x400_0000,
  HUGEPAGE: 0x2000_0000,
  NOHUGEPAGE: 0x4000_0000,
  /** mseal(2) has been called for it. */
  SEALED: 0x1000_0000,
});

/** READ, WRITE and EXEC together. */
export const VM_ACCESS = VM.READ | VM.WRITE | VM.EXEC;
/** LOCKED and LOCKONFAULT together. */
export const VM_LOCK_BITS = VM.LOCKED | VM.LOCKONFAULT;

/** The two letters smaps prints for each flag, in its order. */
const SMAPS_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [VM.READ, "rd"],
  [VM.WRITE, "wr"],
  [VM.EXEC, "ex"],
  [VM.SHARED, "sh"],
  [VM.MAYREAD, "mr"],
  [VM.MAYWRITE, "mw"],
  [VM.MAYEXEC, "me"],
  [VM.MAYSHARE, "ms"],
  [VM.GROWSDOWN, "gd"],
  [VM.MAYBE_GUARD, "gu"],
  [VM.LOCKED, "lo"],
  [VM.SEQ_READ, "sr"],
  [VM.RAND_READ, "rr"],
  [VM.DONTCOPY, "dc"],
  [VM.LOCKONFAULT, "lf"],
  [VM.ACCOUNT, "ac"],
  [VM.NORESERVE, "nr"],
  [VM.SYNC, "sf"],
  [VM.WIPEONFORK, "wf"],
  [VM.DONTDUMP, "dd"],
  [VM.HUGEPAGE, "hg"],
  [VM.NOHUGEPAGE, "nh"],
  [VM.MERGEABLE, "mg"],
  [VM.DROPPABLE, "dp"],
  [VM.SEALED, "sl"],
];

/** How many anon_vmas a VMA's chain holds: none before its first private page, one, or more after a fork. */
export type ChainLength = 0 | 1 | 2;

/** What a VMA is made from. */
export interface VmaInit {
  /** First page. */
  readonly start: number;
  /** One past the last page. */
  readonly end: number;
  readonly flags: number;
  /** Offset of `start` in the object, in pages; for private anonymous memory the page it was created at. */
  readonly pgoff: number;
  readonly file: OpenFile | null;
  readonly anonVma?: number;
  readonly chain?: ChainLength;
  /** Name of a mapping that is not the lab's; see `AddressSpace.importForeign`. */
  readonly foreign?: string | null;
}

/** One VMA. Its bounds change only through the index, which orders VMAs by them. */
export class Vma {
  start: number;
  end: number;
  flags: number;
  pgoff: number;
  file: OpenFile | null;
  /** Identity of the first anon_vma; 0 while there is none. */
  anonVma: number;
  chain: ChainLength;
  /** For a mapping that only takes up space, its name; undefined for one of the lab's. */
  readonly foreign: string | null | undefined;

  /** Links of the list and of the tree, named as in include/linux/mm.h of Linux 2.4. */
  vm_next: Vma | null = null;
  vm_avl_height = 0;
  vm_avl_left: Vma | null = null;
  vm_avl_right: Vma | null = null;

  constructor(init: VmaInit) {
    this.start = init.start;
    this.end = init.end;
    this.flags = init.flags;
    this.pgoff = init.pgoff;
    this.file = init.file;
    this.anonVma = init.anonVma ?? 0;
    this.chain = init.chain ?? 0;
    this.foreign = init.foreign;
  }

  get pages(): number {
    return this.end - this.start;
  }

  /** Whether pages of this VMA come from no file: private anonymous memory. */
  get isAnonymous(): boolean {
    return this.file === null;
  }

  /** Whether writes make private copies. */
  get isPrivate(): boolean {
    return (this.flags & VM.MAYSHARE) === 0;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** The page of the object that shows at `page`. */
  objectPage(page: number): number {
    return this.pgoff + (page - this.start);
  }

  /** The rights as /proc/pid/maps prints them: `rw-p`. */
  get perms(): string {
    return `${this.has(VM.READ) ? "r" : "-"}${this.has(VM.WRITE) ? "w" : "-"}${this.has(VM.EXEC) ? "x" : "-"}${this.has(VM.MAYSHARE) ? "s" : "p"}`;
  }
}

/** The flags as the VmFlags line of /proc/pid/smaps lists them. */
export function smapsFlags(flags: number, lockOnFaultShown: boolean): string[] {
  return SMAPS_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([flag, name]) =>
    flag === VM.LOCKONFAULT && !lockOnFaultShown ? "??" : name,
  );
}
