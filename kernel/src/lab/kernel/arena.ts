/**
 * An arena: a hole in the live address space where a list of operations meets nothing but itself. Its first page lies at
 * a 2 MiB boundary. The page below and the page above are left for guards that never merge (`guardOperations` of the
 * model makes them), so that what happens inside can be compared exactly.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, munmap, readMaps } from "../../linux/index.js";

const PAGE = BigInt(PAGE_SIZE);
const ALIGNMENT = 1n << 21n;

/**
 * Where to look: far below where mmap(2) places mappings from the top down, and far above a program's heap. Nothing
 * else of the process is put there meanwhile, since only an explicit address leads there.
 */
const LOWEST = 0x2000_0000_0000n;
const HIGHEST = 0x3000_0000_0000n;

/** Free space kept on both sides, so that a mapping that grows past a guard meets nothing either. */
const MARGIN = 64n * ALIGNMENT;

/** A reserved stretch of addresses; nothing is mapped in it at first. */
export class Arena {
  /** Address of the first page. */
  readonly base: bigint;

  /**
   * Finds a free place.
   * @param pages how many the arena has
   * @throws Errno ENOMEM where the whole region is in use
   */
  constructor(readonly pages: number) {
    const size = BigInt(pages) * PAGE;
    let base = LOWEST + MARGIN;
    for (const vma of readMaps()) {
      if (vma.end + MARGIN <= base) continue;
      if (vma.start >= base + size + MARGIN) break;
      base = ((vma.end + MARGIN + ALIGNMENT - 1n) / ALIGNMENT) * ALIGNMENT;
    }
    if (base + size + MARGIN > HIGHEST)
      throw new Errno("mmap", "ENOMEM", [{ name: "length", text: `${String(pages)} pages for an arena` }]);
    this.base = base;
  }

  /** Unmaps everything in it, guards included. */
  clear(): void {
    munmap(this.base - MARGIN, 2n * MARGIN + BigInt(this.pages) * PAGE);
  }
}
