/** mincore(2). */
import { PAGE_SIZE } from "../abi/index.js";
import { address, byteCount, type Address, type Bytes } from "./arguments.js";
import { addressText, argument } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/** Pages asked about at once: their vector is 1 MiB. */
const PAGES_AT_ONCE = 1n << 20n;

/**
 * Which pages of a range are in memory. For a file the caller neither owns nor may write, the kernel says "all of them".
 * @param at page-aligned
 * @param length in bytes; rounded up to pages
 * @returns one byte a page, 1 where it is resident
 * @throws Errno EINVAL (unaligned), ENOMEM (a hole, or beyond the address space)
 */
export function mincore(at: Address, length: Bytes): Uint8Array {
  const start = address("addr", at);
  const size = byteCount("length", length);
  const page = BigInt(PAGE_SIZE);
  const args = () => [argument("addr", addressText(start)), argument("length", String(size)), argument("vec", "vec")];
  const parts: Uint8Array[] = [];
  let from = start;
  let left = size;
  do {
    // A huge range is asked about in parts, so that the answer's memory is only needed for what is mapped.
    const part = left < PAGES_AT_ONCE * page ? left : PAGES_AT_ONCE * page;
    const pages = Number((part + page - 1n) / page);
    const vector = scratch(Math.max(1, pages));
    checked("mincore", rawSyscall(syscallNumber("mincore"), [from, part, vector.address]), args);
    // Only bit 0 has a meaning.
    parts.push(vector.bytes.slice(0, pages).map((byte) => byte & 1));
    from += part;
    left -= part;
  } while (left > 0n);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at0 = 0;
  for (const part of parts) {
    all.set(part, at0);
    at0 += part.length;
  }
  return all;
}
