/**
 * Page frames: the physical pages that PTEs, page caches and disks refer to, with the bytes they hold.
 *
 * Most pages of a lab hold one byte value everywhere but in one place, so a frame is kept as a fill byte and one patch
 * until a second place differs; only then does it get 4096 bytes of its own. A million touched pages cost a few bytes each.
 */
import { PAGE_SIZE } from "../abi/index.js";

const NO_PATCH = 0xffff;
const BYTES_NONE = 0;
const BYTES_SHARED = 1;
const BYTES_OWN = 2;
const FIRST_CAPACITY = 1024;

/** The frame of zeros that every process may map read-only. */
export const ZERO_FRAME = 0;

/** All page frames of a machine, by number. */
export class PageFrames {
  /** How many PTEs map the frame. */
  mapCount: Int32Array;
  /** Whether a page-cache frame holds bytes its file on disk does not. */
  dirty: Uint8Array;
  private refs: Int32Array;
  private fill: Uint8Array;
  private patchOffset: Uint16Array;
  private patchByte: Uint8Array;
  /** BYTES_NONE, BYTES_SHARED or BYTES_OWN: whether `data` has the bytes of a frame, and whether they may be changed in place. */
  private bytes: Uint8Array;
  private readonly data = new Map<number, Uint8Array>();
  private readonly free: number[];
  private used: number;

  constructor(from?: PageFrames) {
    this.mapCount = from?.mapCount.slice() ?? new Int32Array(FIRST_CAPACITY);
    this.dirty = from?.dirty.slice() ?? new Uint8Array(FIRST_CAPACITY);
    this.refs = from?.refs.slice() ?? new Int32Array(FIRST_CAPACITY);
    this.fill = from?.fill.slice() ?? new Uint8Array(FIRST_CAPACITY);
    this.patchOffset = from?.patchOffset.slice() ?? new Uint16Array(FIRST_CAPACITY);
    this.patchByte = from?.patchByte.slice() ?? new Uint8Array(FIRST_CAPACITY);
    this.free = from?.free.slice() ?? [];
    this.used = from?.used ?? 1;
    if (from === undefined) {
      this.bytes = new Uint8Array(FIRST_CAPACITY);
      this.patchOffset[ZERO_FRAME] = NO_PATCH;
      return;
    }
    // Bytes are shared between the two from now on, until one of them writes.
    for (const [frame, bytes] of from.data) {
      this.data.set(frame, bytes);
      from.bytes[frame] = BYTES_SHARED;
    }
    this.bytes = from.bytes.slice();
  }

  /** Frames in use. */
  get count(): number {
    return this.used - this.free.length;
  }

  /** Takes a free frame, referred to once, every byte `fill`. */
  allocate(fill: number): number {
    let frame = this.free.pop();
    if (frame === undefined) {
      frame = this.used++;
      if (frame >= this.refs.length) this.grow();
    }
    this.refs[frame] = 1;
    this.mapCount[frame] = 0;
    this.dirty[frame] = 0;
    this.fill[frame] = fill;
    this.patchOffset[frame] = NO_PATCH;
    return frame;
  }

  /** Takes a free frame with the bytes of another. */
  allocateCopy(source: number): number {
    const frame = this.allocate(this.fill[source] ?? 0);
    this.patchOffset[frame] = this.patchOffset[source] ?? NO_PATCH;
    this.patchByte[frame] = this.patchByte[source] ?? 0;
    const bytes = this.data.get(source);
    if (bytes !== undefined) {
      this.data.set(frame, bytes);
      this.bytes[frame] = BYTES_SHARED;
      this.bytes[source] = BYTES_SHARED;
    }
    return frame;
  }

  /** Takes a free frame for one PTE that is its only user. */
  allocateMapped(fill: number): number {
    const frame = this.allocate(fill);
    this.mapCount[frame] = 1;
    return frame;
  }

  /** As `allocateMapped`, with the bytes of another frame. */
  allocateMappedCopy(source: number): number {
    const frame = this.allocateCopy(source);
    this.mapCount[frame] = 1;
    return frame;
  }

  /** One more PTE maps the frame. */
  map(frame: number): void {
    if (frame === ZERO_FRAME) return;
    this.mapCount[frame] = (this.mapCount[frame] ?? 0) + 1;
    this.refs[frame] = (this.refs[frame] ?? 0) + 1;
  }

  /** One PTE less maps the frame. */
  unmap(frame: number): void {
    if (frame === ZERO_FRAME) return;
    this.mapCount[frame] = (this.mapCount[frame] ?? 0) - 1;
    this.release(frame);
  }

  /** Gives up one reference; the last one frees the frame. */
  release(frame: number): void {
    if (frame === ZERO_FRAME) return;
    const left = (this.refs[frame] ?? 0) - 1;
    this.refs[frame] = left;
    if (left === 0) {
      this.dropBytes(frame);
      this.free.push(frame);
    }
  }

  /** The byte at an offset within the page. */
  readByte(frame: number, offset: number): number {
    if (this.bytes[frame] !== BYTES_NONE) return this.data.get(frame)?.[offset] ?? 0;
    return (this.patchOffset[frame] === offset ? this.patchByte[frame] : this.fill[frame]) ?? 0;
  }

  /** Stores a byte. */
  writeByte(frame: number, offset: number, byte: number): void {
    if (this.bytes[frame] === BYTES_NONE) {
      const patched = this.patchOffset[frame];
      if (patched === offset || patched === NO_PATCH) {
        this.patchOffset[frame] = offset;
        this.patchByte[frame] = byte;
        return;
      }
    }
    this.ownBytes(frame)[offset] = byte;
  }

  /** Stores the same byte in [from, to) of the page. */
  fillBytes(frame: number, from: number, to: number, byte: number): void {
    if (from <= 0 && to >= PAGE_SIZE) {
      this.dropBytes(frame);
      this.fill[frame] = byte;
      this.patchOffset[frame] = NO_PATCH;
    } else if (from < to) {
      this.ownBytes(frame).fill(byte, from, to);
    }
  }

  /** Stores bytes from `offset` of the page on. */
  writeBytes(frame: number, offset: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.ownBytes(frame).set(bytes, offset);
  }

  /** Copies [from, to) of the page into `target` at `at`. */
  copyBytes(frame: number, from: number, to: number, target: Uint8Array, at: number): void {
    const bytes = this.data.get(frame);
    if (bytes !== undefined) {
      target.set(bytes.subarray(from, to), at);
      return;
    }
    target.fill(this.fill[frame] ?? 0, at, at + (to - from));
    const patched = this.patchOffset[frame] ?? NO_PATCH;
    if (patched >= from && patched < to) target[at + patched - from] = this.patchByte[frame] ?? 0;
  }

  /** The page's 4096 bytes, changeable in place. */
  private ownBytes(frame: number): Uint8Array {
    let bytes = this.data.get(frame);
    if (bytes !== undefined && this.bytes[frame] === BYTES_OWN) return bytes;
    if (bytes === undefined) {
      bytes = new Uint8Array(PAGE_SIZE);
      this.copyBytes(frame, 0, PAGE_SIZE, bytes, 0);
    } else {
      bytes = bytes.slice();
    }
    this.data.set(frame, bytes);
    this.bytes[frame] = BYTES_OWN;
    return bytes;
  }

  private dropBytes(frame: number): void {
    if (this.bytes[frame] === BYTES_NONE) return;
    this.data.delete(frame);
    this.bytes[frame] = BYTES_NONE;
  }

  private grow(): void {
    const capacity = this.refs.length * 2;
    const larger = <T extends Int32Array | Uint8Array | Uint16Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.mapCount = larger(this.mapCount, new Int32Array(capacity));
    this.refs = larger(this.refs, new Int32Array(capacity));
    this.dirty = larger(this.dirty, new Uint8Array(capacity));
    this.fill = larger(this.fill, new Uint8Array(capacity));
    this.patchOffset = larger(this.patchOffset, new Uint16Array(capacity));
    this.patchByte = larger(this.patchByte, new Uint8Array(capacity));
    this.bytes = larger(this.bytes, new Uint8Array(capacity));
  }
}
