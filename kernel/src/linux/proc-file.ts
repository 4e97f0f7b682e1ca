/**
 * Reading files of /proc/<pid>: what their errors mean. Text is UTF-8, as file names usually are; bytes that are not become
 * U+FFFD.
 */
import { openSync, readFileSync } from "node:fs";
import { ERRNO, errnoCode, type ErrnoCode } from "../abi/index.js";
import { argument } from "./decode.js";
import { Errno } from "./errno.js";

/** A process by its number, or this one. */
export type Pid = number | "self";

/** Files that not every kernel has, and the release that brought them. */
const SINCE: Readonly<Record<string, string>> = { smaps_rollup: "4.14", pagemap: "2.6.25" };

function pathOf(pid: Pid, name: string): string {
  if (pid !== "self" && !(Number.isInteger(pid) && pid > 0))
    throw new TypeError(`pid must be the number of a process or "self", not ${String(pid)}`);
  return `/proc/${String(pid)}/${name}`;
}

/** Why a file of /proc cannot be read, and what to do. */
function reasonFor(code: ErrnoCode, path: string, name: string): string | undefined {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `The kernel shows ${path} to root, or to whoever may trace the process (ptrace(2)). Run as root or as the owner of the process.`;
    case "ENOENT":
    case "ESRCH": {
      const since = SINCE[name];
      return `Either the process is gone, or /proc is not mounted${since === undefined ? "" : `, or the kernel is older than ${since} or built without this file`}.`;
    }
    default:
      return undefined;
  }
}

function asErrno(error: unknown, path: string, name: string): unknown {
  const number = error instanceof Error && "errno" in error && typeof error.errno === "number" ? -error.errno : 0;
  const code = errnoCode(number);
  if (code === undefined) return error;
  const call = error instanceof Error && "syscall" in error && typeof error.syscall === "string" ? error.syscall : "open";
  return new Errno(call, code, [argument("path", JSON.stringify(path))], reasonFor(code, path, name));
}

/**
 * Reads a text file that has no process, e.g. "/proc/vmstat".
 * @param path absolute
 * @throws Errno ENOENT where this kernel has no such file, EACCES
 */
export function readSystemFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw asErrno(error, path, path);
  }
}

/**
 * Reads a text file of a process.
 * @param pid a process, or this one
 * @param name the file, e.g. "maps"
 * @throws Errno ENOENT or ESRCH where the process is gone, EACCES where it is not ours to read, with the reason
 */
export function readProc(pid: Pid, name: string): string {
  const path = pathOf(pid, name);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw asErrno(error, path, name);
  }
}

/**
 * Opens a file of a process for reading.
 * @param pid a process, or this one
 * @param name the file, e.g. "pagemap"
 * @returns the descriptor; the caller closes it
 * @throws Errno as {@link readProc}
 */
export function openProc(pid: Pid, name: string): number {
  const path = pathOf(pid, name);
  try {
    return openSync(path, "r");
  } catch (error) {
    throw asErrno(error, path, name);
  }
}

/**
 * Opens a file that has no process for reading, e.g. "/proc/kpageflags".
 * @param path absolute
 * @returns the descriptor; the caller closes it
 * @throws Errno EACCES or EPERM without privileges, ENOENT where this kernel has no such file
 */
export function openSystemFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const thrown = asErrno(error, path, path);
    if (!(thrown instanceof Errno) || (thrown.errno !== ERRNO.EACCES && thrown.errno !== ERRNO.EPERM)) throw thrown;
    throw new Errno(thrown.syscall, thrown.code, thrown.arguments, `The kernel shows ${path} to root only. Run as root to read it.`);
  }
}
