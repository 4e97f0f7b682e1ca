/** /proc/pid/statm: the sizes of a process in pages (proc_pid_statm(5)). */
import { readProc, type Pid } from "./proc-file.js";

/** The fields of the file, in pages. Those the kernel always prints as 0 are left out. */
export interface MemorySizes {
  /** Mapped, resident or not: what RLIMIT_AS counts. */
  readonly total: number;
  /** Resident, as the kernel's per-thread counters have it, so not to the page; smaps is exact. */
  readonly resident: number;
  /** Of those, of files and of shared memory. */
  readonly shared: number;
  /** Code of the program. */
  readonly text: number;
  /** Data and stack. */
  readonly data: number;
}

/**
 * Reads the text of a statm file.
 * @throws SyntaxError where it does not hold seven numbers
 */
export function parseStatm(text: string): MemorySizes {
  const fields = text.trim().split(/\s+/).map(Number);
  const [total, resident, shared, code, , data] = fields;
  if (fields.length < 7 || !fields.every(Number.isSafeInteger)) throw new SyntaxError(`not a /proc/pid/statm: ${JSON.stringify(text)}`);
  return { total: total ?? 0, resident: resident ?? 0, shared: shared ?? 0, text: code ?? 0, data: data ?? 0 };
}

/**
 * The sizes of a process.
 * @param pid a process, or this one
 * @throws Errno ENOENT where the process is gone
 */
export function readStatm(pid: Pid = "self"): MemorySizes {
  return parseStatm(readProc(pid, "statm"));
}

/** Pages mapped by a process, resident or not: what RLIMIT_AS counts. @param pid a process, or this one */
export function readTotalPages(pid: Pid = "self"): number {
  return readStatm(pid).total;
}
