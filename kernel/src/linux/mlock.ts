/** mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2). */
import { address, byteCount, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, argument, mlock2FlagsText, mlockallFlagsText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

function range(at: Address, length: Bytes): { start: bigint; size: bigint } {
  return { start: address("addr", at), size: byteCount("length", length) };
}

/**
 * Locks a range into memory and faults its pages in.
 * @param at any address; rounded down to a page
 * @param length in bytes
 * @throws Errno ENOMEM (a hole, or over RLIMIT_MEMLOCK), EPERM (the limit is 0), EAGAIN
 */
export function mlock(at: Address, length: Bytes): void {
  const { start, size } = range(at, length);
  const result = rawSyscall(syscallNumber("mlock"), [start, size]);
  checked("mlock", result, () => [argument("addr", addressText(start)), argument("length", String(size))]);
}

/**
 * As {@link mlock}; with MLOCK_ONFAULT pages are locked as they are touched.
 * @param flags bits of `MLOCK`
 */
export function mlock2(at: Address, length: Bytes, flags: number): void {
  const { start, size } = range(at, length);
  const bits = int32("flags", flags);
  const result = rawSyscall(syscallNumber("mlock2"), [start, size, bits]);
  checked("mlock2", result, () => [
    argument("addr", addressText(start)),
    argument("length", String(size)),
    argument("flags", mlock2FlagsText(bits)),
  ]);
}

/** Unlocks a range. @throws Errno ENOMEM for a hole */
export function munlock(at: Address, length: Bytes): void {
  const { start, size } = range(at, length);
  const result = rawSyscall(syscallNumber("munlock"), [start, size]);
  checked("munlock", result, () => [argument("addr", addressText(start)), argument("length", String(size))]);
}

/**
 * Locks the whole address space of the process, Node included.
 * @param flags bits of `MCL`
 */
export function mlockall(flags: number): void {
  const bits = int32("flags", flags);
  checked("mlockall", rawSyscall(syscallNumber("mlockall"), [bits]), () => [argument("flags", mlockallFlagsText(bits))]);
}

/** Unlocks the whole address space and undoes MCL_FUTURE. */
export function munlockall(): void {
  checked("munlockall", rawSyscall(syscallNumber("munlockall"), []), () => []);
}
