/** shm_open(3) and shm_unlink(3): shared memory under a name, as the C library makes it, files in /dev/shm. */
import { O } from "../abi/index.js";
import { cString, int32 } from "./arguments.js";
import { argument, openFlagsText } from "./decode.js";
import { Errno, errnoOfResult, checked } from "./errno.js";
import { afterResize } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { scratchString } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

const AT_FDCWD = -100;
const SHARED_MEMORY = "/dev/shm";
const NAME_MAX = 255;

/** The path behind a name; undefined for names the C library refuses. */
function pathOf(name: string): string | undefined {
  const file = name.replace(/^\/+/, "");
  const wrong = file === "" || file.includes("/") || file === "." || file === ".." || new TextEncoder().encode(file).length > NAME_MAX;
  return wrong ? undefined : `${SHARED_MEMORY}/${file}`;
}

/**
 * Opens shared memory by its name.
 * @param name a slash and up to 255 bytes without another slash, e.g. "/lab"
 * @param flags bits of `O`: RDONLY or RDWR, with CREAT, EXCL, TRUNC
 * @param mode permissions where CREAT makes it, e.g. 0o600
 * @returns the descriptor of a file of size 0 at first, closed on execve(2); the caller closes it, and shm_unlink removes the name
 * @throws Errno ENOENT, EEXIST, EACCES, EINVAL (the name), EMFILE
 */
export function shm_open(name: string, flags: number, mode = 0o600): number {
  const text = cString("name", name);
  const [bits, permissions] = [int32("oflag", flags), int32("mode", mode)];
  const args = () => [
    argument("name", JSON.stringify(text)),
    argument("oflag", openFlagsText(bits)),
    argument("mode", `0${permissions.toString(8)}`),
  ];
  const path = pathOf(text);
  if (path === undefined) throw new Errno("shm_open", "EINVAL", args(), "A name is a slash and up to 255 bytes without another slash.");
  const all = bits | O.NOFOLLOW | O.CLOEXEC | O.NONBLOCK;
  const result = rawSyscall(syscallNumber("openat"), [AT_FDCWD, scratchString(path).address, all, permissions]);
  if (errnoOfResult(result) === undefined && (bits & O.TRUNC) !== 0) afterResize(Number(result));
  return Number(checked("shm_open", result, args));
}

/**
 * Removes a name of shared memory. Descriptors and mappings of it stay.
 * @param name as given to {@link shm_open}
 * @throws Errno ENOENT, EACCES
 */
export function shm_unlink(name: string): void {
  const text = cString("name", name);
  const args = () => [argument("name", JSON.stringify(text))];
  const path = pathOf(text);
  if (path === undefined) throw new Errno("shm_unlink", "ENOENT", args(), "A name is a slash and up to 255 bytes without another slash.");
  checked("shm_unlink", rawSyscall(syscallNumber("unlinkat"), [AT_FDCWD, scratchString(path).address, 0]), args);
}
