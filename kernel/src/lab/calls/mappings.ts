/** Calls that make, move, change and remove mappings: mmap(2), munmap(2), mremap(2), mprotect(2), mseal(2), brk(2). */
import {
  addressText,
  argument,
  brk as moveBreak,
  descriptorText,
  mapFlagsText,
  mremapFlagsText,
  protText,
  type CallArgument,
} from "../../linux/index.js";
import { MREMAP } from "../../abi/index.js";
import { address as checkAddress, byteCount, descriptor, fileOffset, int32 } from "../../linux/arguments.js";
import type { Operation } from "../../model/index.js";
import { rangeArguments, type AddressLike } from "../lab.js";
import { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { flagNumber, lengthOf, returned, target } from "./arguments.js";

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
 * Resizes or moves a mapping: mremap(2). The page table entries move along; nothing is copied.
 * @param addr a mapping, whose length is the old size; or, as in C, an address or a mapping followed by the old size
 * @param newSize in bytes; what is new is empty
 * @param flags bits of {@link MREMAP}; with FIXED and DONTUNMAP give the old size too
 * @param newAddress where to, with FIXED; a hint with DONTUNMAP
 * @returns the mapping after the call. It has the old one's label, unless the old one stays too
 * @throws Errno where the kernel refuses
 */
export function mremap(addr: Mapping, newSize: number | bigint, flags?: number): Mapping;
export function mremap(
  addr: AddressLike,
  oldSize: number | bigint,
  newSize: number | bigint,
  flags: number,
  newAddress?: AddressLike | null,
): Mapping;
export function mremap(
  addr: AddressLike,
  second: number | bigint,
  third?: number | bigint,
  fourth?: number,
  newAddress: AddressLike | null = null,
): Mapping {
  const lab = theLab();
  const range = target(lab, addr, "old_address");
  const full = fourth !== undefined;
  const oldLength = lengthOf("mremap", full ? second : undefined, range);
  const newLength = byteCount("new_size", (full ? third : second) ?? NaN);
  const flags = int32("flags", full ? fourth : flagNumber("flags", third ?? 0));
  const to = newAddress === null ? 0n : target(lab, newAddress, "new_address").at;
  const result = lab.call(range.world, { op: "mremap", at: range.at, oldLength, newLength, flags, to }, () => [
    argument("old_address", addressText(range.at)),
    argument("old_size", String(oldLength)),
    argument("new_size", String(newLength)),
    argument("flags", mremapFlagsText(flags)),
    argument("new_address", addressText(to)),
  ]);
  const stays = oldLength === 0n || (flags & MREMAP.DONTUNMAP) !== 0;
  const label = !stays && addr instanceof Mapping ? addr.label : undefined;
  if (!stays) lab.forget(range.at, oldLength);
  return lab.hold(lab.world, returned(result), Number(newLength), label);
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
 * Seals a range: mseal(2), since 6.10. It cannot be unmapped, moved, replaced or given other rights any more, for as long as
 * the process lives; there is no way back, and `lab.reset()` leaves it where it is.
 * @param addr a mapping, or an address at a page boundary
 * @param length in bytes; the mapping's own length unless told
 * @throws Errno where the kernel refuses: ENOMEM for a hole, ENOSYS before 6.10
 */
export function mseal(addr: AddressLike, length?: number | bigint): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("mseal", length, range);
  lab.call(range.world, { op: "mseal", at: range.at, length: bytes, flags: 0 }, () => [
    ...rangeArguments(range.at, bytes),
    argument("flags", "0"),
  ]);
}

/**
 * The end of the heap: brk(2), as the kernel has it. The heap of this process belongs to the C library's malloc, which Node
 * uses: a cell may look at it, and move it only inside `predict`.
 * @param addr the address asked for; null asks for none
 * @returns the break after the call; where the kernel refuses, it is the break as it was
 */
export function brk(addr: bigint | number | null = null): bigint {
  const lab = theLab();
  const to = checkAddress("addr", addr, "nullable");
  if (lab.world.kind === "prediction") return returned(lab.call(lab.world, { op: "brk", to }, () => [argument("addr", addressText(to))]));
  lab.requireOwnProcess("brk");
  if (to === 0n) return moveBreak(null);
  throw new Error(
    `brk(${addressText(to)}): the heap of this process is Node's own, and moving its end under malloc would end it. ` +
      "Look at it with brk(), move it in the model with predict(() => brk(...)), or run a scenario with brk by `npm run conform`: it has a process of its own.",
  );
}
