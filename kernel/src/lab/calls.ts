/**
 * The calls of a cell: thin builders of operations, with the names and the order of arguments of the man pages.
 * A mapping may stand for its address, and then its length may be left out.
 */
import { argument, descriptorText, mapFlagsText, msyncFlagsText, protText, type CallArgument } from "../linux/index.js";
import { address as checkAddress, byteCount, descriptor, fileOffset, int32 } from "../linux/arguments.js";
import type { Operation, Result } from "../model/index.js";
import { rangeArguments, type AddressLike, type Lab } from "./lab.js";
import { Mapping } from "./mapping.js";
import { theLab } from "./the-lab.js";
import type { World } from "./world.js";

/** An address and where it exists. */
interface Target {
  readonly world: World;
  readonly at: bigint;
  /** The mapping's length in bytes, where a mapping was given. */
  readonly length: number | null;
}

function target(lab: Lab, addr: AddressLike): Target {
  if (addr instanceof Mapping) return { world: addr.in, at: addr.addr, length: addr.length };
  return { world: lab.world, at: checkAddress("addr", addr), length: null };
}

function lengthOf(what: string, given: number | bigint | undefined, { length }: Target): bigint {
  if (given !== undefined) return byteCount("length", given);
  if (length === null) throw new TypeError(`${what}: give a length in bytes after a bare address; it may be left out after a mapping`);
  return BigInt(length);
}

function returned(result: Result): bigint {
  if (result.outcome.kind !== "value") throw new Error("a call that did not fail must return a value");
  return result.outcome.value;
}

/**
 * Maps memory: mmap(2).
 * @param addr where; null lets the kernel choose. Without MAP.FIXED it is a hint
 * @param length in bytes; rounded up to whole pages
 * @param prot bits of {@link PROT}
 * @param flags bits of {@link MAP}: exactly one type, usually with ANONYMOUS or FIXED
 * @param fd the file's descriptor, or -1 with MAP.ANONYMOUS
 * @param offset where in the file, in bytes; a multiple of the page size
 * @returns the mapping
 * @throws Errno where the kernel refuses, with the reason
 */
export function mmap(
  addr: AddressLike | null,
  length: number | bigint,
  prot: number,
  flags: number,
  fd = -1,
  offset: number | bigint = 0,
): Mapping {
  const lab = theLab();
  const { at, world } = addr === null ? { at: 0n, world: lab.world } : target(lab, addr);
  const operation: Operation = {
    op: "mmap",
    at,
    length: byteCount("length", length),
    prot: int32("prot", prot),
    flags: int32("flags", flags),
    file: lab.descriptors.fileOf(descriptor("fd", fd), lab.world),
    offset: fileOffset("offset", offset),
  };
  const args = (): CallArgument[] => [
    ...rangeArguments(at, operation.length),
    argument("prot", protText(prot)),
    argument("flags", mapFlagsText(flags)),
    argument("fd", descriptorText(fd)),
    argument("offset", String(offset)),
  ];
  const result = lab.call(world, operation, args);
  return lab.hold(lab.world, returned(result), Number(length));
}

/**
 * Removes all mappings from a range of pages: munmap(2). A range with nothing in it is no error.
 * @param addr a mapping, or an address at a page boundary
 * @param length in bytes; the mapping's own length unless told
 * @throws Errno where the kernel refuses
 */
export function munmap(addr: AddressLike, length?: number | bigint): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("munmap", length, range);
  lab.unmap(range.world, range.at, bytes);
}

/**
 * Changes what may be done with a range of pages: mprotect(2).
 * @param addr a mapping, or an address at a page boundary followed by a length in bytes
 * @param prot bits of {@link PROT}
 * @throws Errno where the kernel refuses; earlier VMAs of the range may have been changed
 */
export function mprotect(addr: Mapping, prot: number): void;
export function mprotect(addr: AddressLike, length: number | bigint, prot: number): void;
export function mprotect(addr: AddressLike, second: number | bigint, third?: number): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("mprotect", third === undefined ? undefined : second, range);
  const prot = int32("prot", third ?? flagNumber("prot", second));
  lab.call(range.world, { op: "mprotect", at: range.at, length: bytes, prot }, () => [
    ...rangeArguments(range.at, bytes),
    argument("prot", protText(prot)),
  ]);
}

/**
 * Writes changes of a shared file mapping back: msync(2).
 * @param addr a mapping, or an address at a page boundary followed by a length in bytes
 * @param flags MS.SYNC waits for the disk; MS.ASYNC does nothing since 2.6.19; MS.INVALIDATE only checks for locks
 * @throws Errno where the kernel refuses
 */
export function msync(addr: Mapping, flags: number): void;
export function msync(addr: AddressLike, length: number | bigint, flags: number): void;
export function msync(addr: AddressLike, second: number | bigint, third?: number): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("msync", third === undefined ? undefined : second, range);
  const flags = int32("flags", third ?? flagNumber("flags", second));
  lab.call(range.world, { op: "msync", at: range.at, length: bytes, flags }, () => [
    ...rangeArguments(range.at, bytes),
    argument("flags", msyncFlagsText(flags)),
  ]);
}

/**
 * Tells which pages are in memory: mincore(2). For a file that is its page cache, whoever brought the page in.
 * @param addr a mapping, or an address at a page boundary
 * @param length in bytes; the mapping's own length unless told
 * @returns one entry a page, true where the page is in memory
 * @throws Errno where the kernel refuses
 */
export function mincore(addr: AddressLike, length?: number | bigint): boolean[] {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("mincore", length, range);
  const { seen } = lab.call(range.world, { op: "mincore", at: range.at, length: bytes }, () => rangeArguments(range.at, bytes));
  if (seen?.kind !== "mincore") throw new Error("the executor returned no residency for mincore");
  return Array.from(seen.pages, (page) => (page & 1) === 1);
}

function flagNumber(name: string, value: number | bigint): number {
  if (typeof value === "bigint") throw new TypeError(`${name} is a number, not a bigint`);
  return value;
}
