/** pidfd_open(2): a process as a descriptor. */
import { descriptor, int32 } from "./arguments.js";
import { argument } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Opens a descriptor that stands for a process.
 * @param pid the number of the process
 * @param flags 0, or PIDFD_NONBLOCK (0x800)
 * @returns the descriptor, closed on execve(2); the caller closes it
 * @throws Errno ESRCH (no such process), EINVAL, EMFILE, ENOSYS before 5.3
 */
export function pidfd_open(pid: number, flags = 0): number {
  const process = descriptor("pid", pid);
  const bits = int32("flags", flags);
  const result = rawSyscall(syscallNumber("pidfd_open"), [process, bits]);
  return Number(checked("pidfd_open", result, () => [argument("pid", String(process)), argument("flags", String(bits))]));
}
