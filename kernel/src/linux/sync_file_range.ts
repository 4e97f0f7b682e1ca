/** sync_file_range(2). */
import { descriptor, fileOffset, int32, type Bytes } from "./arguments.js";
import { argument, descriptorText, syncFileRangeFlagsText } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { syscallNumber } from "./syscall-numbers.js";

/**
 * Starts or awaits the writing of a file's dirty pages. Neither metadata nor the disk's own cache are written, so this is no
 * promise that the data survive a crash.
 * @param offset in bytes
 * @param length in bytes; 0 reaches to the end of the file
 * @param flags bits of `SYNC_FILE_RANGE`; 0 does nothing
 * @throws Errno EBADF, EINVAL, EIO, ENOSPC, ESPIPE
 */
export function sync_file_range(fd: number, offset: Bytes, length: Bytes, flags: number): void {
  const file = descriptor("fd", fd);
  const [start, size] = [fileOffset("offset", offset), fileOffset("nbytes", length)];
  const bits = int32("flags", flags);
  checked("sync_file_range", rawSyscall(syscallNumber("sync_file_range"), [file, start, size, bits]), () => [
    argument("fd", descriptorText(file)),
    argument("offset", String(start)),
    argument("nbytes", String(size)),
    argument("flags", syncFileRangeFlagsText(bits)),
  ]);
}
