/** open(2) and close(2), with the error numbers and messages of the other calls here. */
import { cString, descriptor, int32 } from "./arguments.js";
import { argument, descriptorText, openFlagsText } from "./decode.js";
import { O } from "../abi/index.js";
import { checked } from "./errno.js";
import { afterResize } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { scratchString } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const AT_FDCWD = -100;

/**
 * Opens a file.
 * @param path relative to the working directory, or absolute
 * @param flags bits of `O`
 * @param mode permissions of a file that O_CREAT makes, e.g. 0o600
 * @returns the descriptor; the caller closes it
 */
export function open(path: string, flags: number, mode = 0): number {
  const name = cString("path", path);
  const [bits, permissions] = [int32("flags", flags), int32("mode", mode)];
  const result = rawSyscall(syscallNumber("openat"), [AT_FDCWD, scratchString(name).address, bits, permissions]);
  const opened = checked("open", result, () => [
    argument("path", JSON.stringify(name)),
    argument("flags", openFlagsText(bits)),
    argument("mode", `0${permissions.toString(8)}`),
  ]);
  const fd = Number(opened);
  if ((bits & O.TRUNC) !== 0) afterResize(fd);
  return fd;
}

/** Closes a descriptor. Mappings of the file stay. @throws Errno EBADF where it is not open */
export function close(fd: number): void {
  const file = descriptor("fd", fd);
  checked("close", rawSyscall(syscallNumber("close"), [file]), () => [argument("fd", descriptorText(file))]);
}
