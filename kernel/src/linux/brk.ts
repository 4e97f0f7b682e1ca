/** brk(2), as the kernel has it: it never fails, and a refusal shows in the break staying where it was. */
import { address, type Address } from "./arguments.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Moves the end of the heap. The C library's malloc lives there: to shrink it under a running process ends the process.
 * @param to the address asked for; null asks for none
 * @returns the break after the call
 */
export function brk(to: Address = null): bigint {
  return rawSyscall(syscallNumber("brk"), [address("addr", to, "nullable")]);
}
