/** Frames by page of a file, in blocks of 512: as fast as an array where pages are dense, and small where they are few. */
import { PAGES_PER_TABLE } from "./address.js";

/** A map from page numbers to page frames. Frame 0, the zero page, is never in it. */
export class FrameMap {
  private readonly blocks = new Map<number, Int32Array>();
  private lastIndex = -1;
  private lastBlock: Int32Array | undefined;

  /** The frame of a page, or undefined. */
  get(page: number): number | undefined {
    const frame = this.blockOf(page)?.[slot(page)];
    return frame === 0 ? undefined : frame;
  }

  has(page: number): boolean {
    return this.get(page) !== undefined;
  }

  set(page: number, frame: number): void {
    let block = this.blockOf(page);
    if (block === undefined) {
      block = new Int32Array(PAGES_PER_TABLE);
      this.blocks.set(this.lastIndex, block);
      this.lastBlock = block;
    }
    block[slot(page)] = frame;
  }

  delete(page: number): void {
    const block = this.blockOf(page);
    if (block !== undefined) block[slot(page)] = 0;
  }

  /** Pages with their frames, in no order that may be relied on. Pages removed meanwhile are left out. */
  *[Symbol.iterator](): Generator<[page: number, frame: number]> {
    for (const [index, block] of this.blocks) {
      for (let at = 0; at < PAGES_PER_TABLE; at++) {
        const frame = block[at] ?? 0;
        if (frame !== 0) yield [index * PAGES_PER_TABLE + at, frame];
      }
    }
  }

  clone(): FrameMap {
    const copy = new FrameMap();
    for (const [index, block] of this.blocks) copy.blocks.set(index, block.slice());
    return copy;
  }

  private blockOf(page: number): Int32Array | undefined {
    const index = Math.floor(page / PAGES_PER_TABLE);
    if (index !== this.lastIndex) {
      this.lastIndex = index;
      this.lastBlock = this.blocks.get(index);
    }
    return this.lastBlock;
  }
}

function slot(page: number): number {
  return page - Math.floor(page / PAGES_PER_TABLE) * PAGES_PER_TABLE;
}
