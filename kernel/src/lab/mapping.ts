/** A mapping as a cell holds it. */
import { PAGE_SIZE } from "../abi/index.js";
import { describe, wholeNumber } from "../linux/arguments.js";
import type { Access, Result } from "../model/index.js";
import { hex } from "./hex.js";
import type { Lab } from "./lab.js";
import type { World } from "./world.js";

/** Pages one `touch` may touch: each leaves a byte and a record behind. */
const MOST_TOUCHES = 1 << 26;

/** Which pages `touch` touches, and how. */
export interface TouchOptions {
  /** How many pages; from `from` to the end of the mapping unless told. */
  readonly pages?: number;
  /** The first page, counted from the start of the mapping; 0 unless told. */
  readonly from?: number;
  /** Every how many pages one is touched; 1 unless told. */
  readonly every?: number;
  /** "read" unless told. */
  readonly access?: "read" | "write";
}

/**
 * A range of addresses that `mmap` or `mremap` returned. It is a handle, not an owner: `munmap` and `MAP_FIXED` may take
 * the pages away, and accesses then end in a {@link Signal} as in any program.
 */
export class Mapping {
  #label: string;

  /** Made by `mmap` and `mremap`, not by cells. */
  constructor(
    private readonly lab: Lab,
    private readonly world: World,
    /** The address of the first byte. */
    readonly addr: bigint,
    /** Length in bytes, as it was asked for. */
    readonly length: number,
    label: string,
  ) {
    this.#label = label;
  }

  /** The name in plots and messages. Set it to the name of your variable. */
  get label(): string {
    return this.#label;
  }

  set label(name: string) {
    if (typeof name !== "string" || name === "" || name.length > 60) throw new TypeError("label: give a name of 1 to 60 characters");
    this.#label = name;
  }

  /** Pages, the last one counted whole. */
  get pages(): number {
    return Math.ceil(this.length / PAGE_SIZE);
  }

  /** One past the last byte of the last page. */
  get end(): bigint {
    return this.addr + BigInt(this.pages * PAGE_SIZE);
  }

  /**
   * Reads one byte with a real load instruction.
   * @param offset in bytes from the start; may lie outside the mapping, to see what happens
   * @returns the byte, 0 to 255
   * @throws Signal where the load is refused
   */
  load(offset: number): number {
    const result = this.#access("read", this.#at(offset), 1, PAGE_SIZE);
    if (result.seen?.kind !== "bytes") throw new Error("the executor returned no byte for a load");
    return result.seen.bytes[0] ?? 0;
  }

  /**
   * Writes one byte with a real store instruction.
   * @param offset in bytes from the start; may lie outside the mapping, to see what happens
   * @param value 0 to 255
   * @throws Signal where the store is refused
   */
  store(offset: number, value: number): void {
    if (typeof value !== "number") throw new TypeError(`store: a byte is a number from 0 to 255, not ${describe(value)}`);
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError(`store: a byte is 0 to 255, not ${String(value)}`);
    this.#access("write", this.#at(offset), 1, PAGE_SIZE, value);
  }

  /**
   * Touches one byte in each of several pages, at the speed of C.
   * @throws Signal at the first access that is refused; the pages before it have been touched
   */
  touch(options: TouchOptions = {}): void {
    if (typeof options !== "object" || options === null)
      throw new TypeError(`touch: give options such as { pages: 4, access: "write" }, not ${describe(options)}`);
    const { from = 0, every = 1, access = "read" } = options;
    wholeNumber("touch: from", from, 0);
    wholeNumber("touch: every", every, 1);
    if (access !== "read" && access !== "write") throw new TypeError(`touch: access is "read" or "write", not ${describe(access)}`);
    const count = wholeNumber("touch: pages", options.pages ?? Math.max(0, Math.ceil((this.pages - from) / every)), 0);
    if (count > MOST_TOUCHES)
      throw new RangeError(`touch: at most ${String(MOST_TOUCHES)} pages at once, not ${String(count)}; call it several times`);
    if (count === 0) return;
    this.#access(access, this.#at(from * PAGE_SIZE), count, every * PAGE_SIZE);
  }

  /**
   * The bytes themselves, without a copy. Reading and writing through the array touches the memory directly, so faults
   * taken that way are not traced and the model does not hear of them. The array is emptied when the range is unmapped,
   * moved or re-protected. Writing to a read-only mapping through it kills the process: use `store` to see the signal.
   * @param offset in bytes from the start, 0 unless told
   * @param length in bytes; to the end of the mapping unless told
   * @throws RangeError where a read would raise a signal: unmapped, without the right to read, past the end of the file, guarded
   */
  bytes(offset = 0, length?: number): Uint8Array {
    return this.#view(
      wholeNumber("bytes: offset", offset, 0),
      wholeNumber("bytes: length", length ?? Math.max(0, this.length - offset), 0),
    );
  }

  #view(offset: number, length: number): Uint8Array {
    if (offset + length > this.pages * PAGE_SIZE) {
      throw new RangeError(
        `bytes: ${String(offset)}..${String(offset + length)} is not within the mapping's ${String(this.pages * PAGE_SIZE)} bytes`,
      );
    }
    this.lab.requireLive(this.world, "bytes");
    this.lab.requireOwnProcess("bytes");
    return this.lab.view(this.addr + BigInt(offset), length);
  }

  /** Unmaps the range: `using m = mmap(...)` does so at the end of a block. */
  [Symbol.dispose](): void {
    this.lab.unmap(this.world, this.addr, BigInt(this.length));
  }

  toString(): string {
    return `${this.label}: ${hex(this.addr)}..${hex(this.end)} (${String(this.pages)} pages)`;
  }

  /** How a cell prints it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Mapping ${this.toString()}`;
  }

  /** The world this mapping exists in. */
  get in(): World {
    return this.world;
  }

  #at(offset: number): bigint {
    return BigInt.asUintN(64, this.addr + BigInt(wholeNumber("offset", offset, Number.MIN_SAFE_INTEGER)));
  }

  #access(access: Access, at: bigint, count: number, stride: number, byte?: number): Result {
    return this.lab.access(this.world, { op: "touch", at, access, count, stride, ...(byte === undefined ? {} : { byte }) });
  }
}
