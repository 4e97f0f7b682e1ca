/** swapon(2) and swapoff(2). They change the whole machine: whoever offers them to people asks first. */
import { cString, int32 } from "./arguments.js";
import { argument, swapFlagsText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratchString } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Swaps to a file or a device from now on.
 * @param path what mkswap(8) prepared
 * @param flags bits of `SWAP_FLAG`, and a priority
 * @throws Errno EPERM (without CAP_SYS_ADMIN), ENOENT, EINVAL (no swap area, or a file with holes), EBUSY (in use already)
 */
export function swapon(path: string, flags = 0): void {
  const name = cString("path", path);
  const bits = int32("swapflags", flags);
  checked("swapon", rawSyscall(syscallNumber("swapon"), [scratchString(name).address, bits]), () => [
    argument("path", JSON.stringify(name)),
    argument("swapflags", swapFlagsText(bits)),
  ]);
}

/**
 * Stops swapping to a file or a device, and brings back what lies there.
 * @param path as given to {@link swapon}
 * @throws Errno EPERM (without CAP_SYS_ADMIN), ENOENT, EINVAL (not in use), ENOMEM (no room for what comes back)
 */
export function swapoff(path: string): void {
  const name = cString("path", path);
  checked("swapoff", rawSyscall(syscallNumber("swapoff"), [scratchString(name).address]), () => [argument("path", JSON.stringify(name))]);
}
