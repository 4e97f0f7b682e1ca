/** mprotect(2). */
import { address, byteCount, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, argument, protText } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterMprotect } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Changes what may be done with the pages of a range.
 * @param at page-aligned
 * @param length in bytes; rounded up to pages, 0 does nothing
 * @param prot bits of `PROT`
 * @throws Errno EINVAL, EACCES (a file not opened for that), ENOMEM (a hole; pages before it have changed)
 */
export function mprotect(at: Address, length: Bytes, prot: number): void {
  const start = address("addr", at);
  const size = byteCount("length", length);
  const bits = int32("prot", prot);
  const result = rawSyscall(syscallNumber("mprotect"), [start, size, bits]);
  afterMprotect(start, size, bits, errnoOfResult(result));
  checked("mprotect", result, () => [
    argument("addr", addressText(start)),
    argument("length", String(size)),
    argument("prot", protText(bits)),
  ]);
}
