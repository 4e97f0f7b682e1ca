/** memfd_create(2), and the seals of fcntl(2). */
import { F } from "../abi/index.js";
import { cString, descriptor, int32 } from "./arguments.js";
import { argument, descriptorText, memfdFlagsText, sealsText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratchString } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/** `op` of fcntl(2) that seals. */
export const F_ADD_SEALS = F.ADD_SEALS;

/**
 * Makes a file that lives in memory only.
 * @param name shown as `/memfd:name (deleted)` in maps; up to 249 bytes
 * @param flags bits of `MFD`
 * @returns the descriptor; the caller closes it
 */
export function memfd_create(name: string, flags: number): number {
  const text = cString("name", name);
  const bits = int32("flags", flags);
  const result = rawSyscall(syscallNumber("memfd_create"), [scratchString(text).address, bits]);
  return Number(checked("memfd_create", result, () => [argument("name", JSON.stringify(text)), argument("flags", memfdFlagsText(bits))]));
}

/**
 * Seals a memfd: what is sealed can never be done to it again.
 * @param seals bits of `F_SEAL`
 * @throws Errno EPERM (not made with MFD_ALLOW_SEALING, or sealed), EBUSY (F_SEAL_WRITE with a writable shared mapping)
 */
export function addSeals(fd: number, seals: number): void {
  const file = descriptor("fd", fd);
  const bits = int32("seals", seals);
  const result = rawSyscall(syscallNumber("fcntl"), [file, F_ADD_SEALS, bits]);
  checked("fcntl", result, () => [argument("fd", descriptorText(file)), argument("op", "F_ADD_SEALS"), argument("arg", sealsText(bits))]);
}

/** The seals of a memfd, bits of `F_SEAL`. @throws Errno EINVAL for a file that cannot be sealed */
export function getSeals(fd: number): number {
  const file = descriptor("fd", fd);
  const result = rawSyscall(syscallNumber("fcntl"), [file, F.GET_SEALS]);
  return Number(checked("fcntl", result, () => [argument("fd", descriptorText(file)), argument("op", "F_GET_SEALS")]));
}
