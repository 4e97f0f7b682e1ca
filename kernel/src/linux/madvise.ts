/** madvise(2). */
import { address, byteCount, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, adviceText, argument } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterMadvise } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Advises the kernel about a range, or has it act on the range, as each advice says on the man page.
 * @param at page-aligned
 * @param length in bytes; rounded up to pages
 * @param advice a value of `MADV`
 * @throws Errno EINVAL, ENOMEM (a hole; pages before and after it are done), EACCES, EPERM, EFAULT, EBADF by advice
 */
export function madvise(at: Address, length: Bytes, advice: number): void {
  const start = address("addr", at);
  const size = byteCount("length", length);
  const value = int32("advice", advice);
  const result = rawSyscall(syscallNumber("madvise"), [start, size, value]);
  afterMadvise(start, size, value, errnoOfResult(result));
  checked("madvise", result, () => [
    argument("addr", addressText(start)),
    argument("length", String(size)),
    argument("advice", adviceText(value)),
  ]);
}
