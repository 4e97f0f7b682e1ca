/**
 * Between the 64-bit addresses of the border (`bigint`) and the page numbers inside (`number`).
 * A page number has at most 35 bits on x86-64, too many for JavaScript's bit operators, so that arithmetic is used here.
 */
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/index.js";

const SHIFT = BigInt(PAGE_SHIFT);
const PAGE = BigInt(PAGE_SIZE);

/** Slots in one page table; also the pages of a 2 MiB block. */
export const PAGES_PER_TABLE = 512;

/** An argument as a system call sees it: modulo 2^64. */
export function asUnsignedLong(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Whether an address is the first byte of a page. */
export function isPageAligned(address: bigint): boolean {
  return (address & (PAGE - 1n)) === 0n;
}

/** `PAGE_ALIGN` of the kernel: rounds a length up to whole pages; wraps to 0 near 2^64 as it does there. */
export function pageAlign(length: bigint): bigint {
  return asUnsignedLong(length + PAGE - 1n) & ~(PAGE - 1n);
}

/** The page number of an address below 2^47 (or of any length, as long as it is below 2^65). */
export function pageOf(address: bigint): number {
  return Number(address >> SHIFT);
}

/** The address of the first byte of a page. */
export function addressOf(page: number): bigint {
  return BigInt(page) << SHIFT;
}

/** The number of pages that hold `bytes` bytes. */
export function pagesFor(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE);
}

/** Rounds a page number down to a multiple of `pages`. */
export function alignPageDown(page: number, pages: number): number {
  return page - (page % pages);
}

/** Rounds a page number up to a multiple of `pages`. */
export function alignPageUp(page: number, pages: number): number {
  return Math.ceil(page / pages) * pages;
}

/** An address as people read it. */
export function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}

/** A range of pages as people read it: `0x7f0000000000-0x7f0000004000`. */
export function hexRange(start: number, end: number): string {
  return `${hex(addressOf(start))}-${hex(addressOf(end))}`;
}
