/** /proc/pid/stat: whether a process still runs, and how it ended (proc_pid_stat(5)). */
import { readFileSync } from "node:fs";

/** How a process ended; neither field is known where another has reaped it, or where its status is not ours to read. */
export interface ProcessEnd {
  /** The status it exited with. */
  readonly exitStatus: number | undefined;
  /** The number of the signal that ended it. */
  readonly signal: number | undefined;
}

const UNKNOWN: ProcessEnd = { exitStatus: undefined, signal: undefined };

/**
 * Reads the text of a stat file.
 * @returns how the process ended; undefined where it still runs
 */
export function parseProcessEnd(text: string): ProcessEnd | undefined {
  // The name, in parentheses, may hold spaces and parentheses itself; the state comes after it, the exit code is the last field.
  const fields = text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ");
  if (fields[0] !== "Z" && fields[0] !== "X") return undefined;
  const status = Number(fields.at(-1));
  if (!Number.isInteger(status)) return UNKNOWN;
  const signal = status & 0x7f;
  return signal === 0 ? { exitStatus: (status >> 8) & 0xff, signal: undefined } : { exitStatus: undefined, signal };
}

/** How a process ended; undefined where it still runs. @param pid of a process, perhaps gone */
export function readProcessEnd(pid: number): ProcessEnd | undefined {
  try {
    return parseProcessEnd(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return UNKNOWN; // reaped
    throw error;
  }
}
