/** msync(2). */
import { address, byteCount, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, argument, msyncFlagsText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Writes stores through a shared file mapping back to the file.
 * @param at page-aligned
 * @param length in bytes; rounded up to pages
 * @param flags bits of `MS`; MS_SYNC waits, MS_ASYNC does nothing since 2.6.19
 * @throws Errno EINVAL, ENOMEM (a hole; mapped pages are written all the same), EBUSY (MS_INVALIDATE on locked pages), EIO
 */
export function msync(at: Address, length: Bytes, flags: number): void {
  const start = address("addr", at);
  const size = byteCount("length", length);
  const bits = int32("flags", flags);
  const result = rawSyscall(syscallNumber("msync"), [start, size, bits]);
  checked("msync", result, () => [
    argument("addr", addressText(start)),
    argument("length", String(size)),
    argument("flags", msyncFlagsText(bits)),
  ]);
}
