/** Calls that write pages back and tell which are in memory: msync(2), mincore(2). */
import { argument, msyncFlagsText } from "../../linux/index.js";
import { int32 } from "../../linux/arguments.js";
import { rangeArguments, type AddressLike } from "../lab.js";
import type { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { flagNumber, lengthOf, target } from "./arguments.js";

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
