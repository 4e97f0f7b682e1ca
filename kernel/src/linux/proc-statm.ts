/** /proc/pid/statm: the sizes of a process in pages (proc_pid_statm(5)). */
import { readFileSync } from "node:fs";

/**
 * Pages mapped by a process, resident or not: what RLIMIT_AS counts.
 * @param pid a process, or this one
 * @throws the Error of node:fs where the process is gone (ENOENT)
 */
export function readTotalPages(pid: number | "self" = "self"): number {
  const text = readFileSync(`/proc/${pid}/statm`, "latin1");
  const total = Number.parseInt(text, 10);
  if (!Number.isSafeInteger(total))
    throw new SyntaxError(`/proc/${pid}/statm does not start with a number of pages: ${JSON.stringify(text)}`);
  return total;
}
