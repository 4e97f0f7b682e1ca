/**
 * Addresses and page numbers of views. An address is hexadecimal text (it may need 64 bits); a page number is a
 * `number`, which is exact because 2^64 / 4096 pages fit in 52 bits.
 */
import type { Hex, VmaView } from "./view.js";

/** A half-open range of page numbers. */
export interface PageSpan {
  readonly start: number;
  /** One past the last page. */
  readonly end: number;
}

/** `0x` and lower-case digits, as /proc/pid/maps prints them but with the prefix. */
export function hex(address: bigint): Hex {
  return `0x${address.toString(16)}`;
}

/** The number of the page an address lies in. */
export function pageOfAddress(address: Hex, pageSize: number): number {
  return Number(BigInt(address) / BigInt(pageSize));
}

/** The address of the first byte of a page. */
export function addressOfPage(page: number, pageSize: number): Hex {
  const address = page * pageSize;
  // Nearly all addresses are exact as a number, which is printed ten times as fast.
  return `0x${(Number.isSafeInteger(address) ? address : BigInt(page) * BigInt(pageSize)).toString(16)}`;
}

/** The pages of a VMA. */
export function spanOf(vma: VmaView, pageSize: number): PageSpan {
  return { start: pageOfAddress(vma.start, pageSize), end: pageOfAddress(vma.end, pageSize) };
}

/** How many pages a VMA has. */
export function pageCount(vma: VmaView, pageSize: number): number {
  const { start, end } = spanOf(vma, pageSize);
  return end - start;
}
