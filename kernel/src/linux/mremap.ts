/** mremap(2). */
import { address, byteCount, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, argument, mremapFlagsText } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterMremap } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Resizes or moves a mapping.
 * @param oldAddress page-aligned
 * @param oldSize in bytes; 0 makes a second mapping of a shared one
 * @param newSize in bytes, at least 1
 * @param flags bits of `MREMAP`
 * @param newAddress for MREMAP_FIXED, page-aligned
 * @returns the address of the mapping after the call
 * @throws Errno EINVAL, EFAULT (nothing mapped there), ENOMEM (no room and not MAYMOVE), EAGAIN (locked, over the limit)
 */
export function mremap(oldAddress: Address, oldSize: Bytes, newSize: Bytes, flags: number, newAddress: Address = null): bigint {
  const from = address("old_address", oldAddress);
  const [old, size] = [byteCount("old_size", oldSize), byteCount("new_size", newSize)];
  const bits = int32("flags", flags);
  const to = address("new_address", newAddress, "nullable");
  const result = rawSyscall(syscallNumber("mremap"), [from, old, size, bits, to]);
  afterMremap(from, old, size, bits, to, errnoOfResult(result));
  return checked("mremap", result, () => [
    argument("old_address", addressText(from)),
    argument("old_size", String(old)),
    argument("new_size", String(size)),
    argument("flags", mremapFlagsText(bits)),
    argument("new_address", addressText(to)),
  ]);
}
