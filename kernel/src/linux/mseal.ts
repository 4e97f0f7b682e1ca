/** mseal(2): a range that can no longer be changed. */
import { address, byteCount, type Address, type Bytes } from "./arguments.js";
import { addressText, argument } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Seals a range for as long as the process lives: munmap, mremap, mprotect, MAP_FIXED over it and advice that discards
 * private anonymous memory that may not be written fail with EPERM from then on. There is no way back.
 * @param at page-aligned
 * @param length in bytes; rounded up to pages
 * @throws Errno EINVAL (unaligned), ENOMEM (a hole), EPERM (32-bit kernels), ENOSYS before 6.10
 */
export function mseal(at: Address, length: Bytes): void {
  const start = address("addr", at);
  const size = byteCount("length", length);
  checked("mseal", rawSyscall(syscallNumber("mseal"), [start, size, 0]), () => [
    argument("addr", addressText(start)),
    argument("length", String(size)),
    argument("flags", "0"),
  ]);
}
