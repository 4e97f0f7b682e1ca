/** /proc/pid/status: counters and identity of a process (proc_pid_status(5)). */
import { readFileSync } from "node:fs";

/** The fields of the file by name: sizes in KiB as numbers, everything else as printed. */
export interface ProcessStatus {
  /** `Vm*`, `Rss*` and `HugetlbPages`, in KiB. */
  readonly kib: Readonly<Record<string, number>>;
  /** All other fields as text, e.g. `CapEff`, `Threads`. */
  readonly text: Readonly<Record<string, string>>;
}

/** Reads the text of a status file. */
export function parseStatus(text: string): ProcessStatus {
  const kib: Record<string, number> = {};
  const rest: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (value.endsWith(" kB")) kib[name] = Number.parseInt(value, 10);
    else rest[name] = value;
  }
  return { kib, text: rest };
}

/** The status of a process. */
export function readStatus(pid: number | "self" = "self"): ProcessStatus {
  return parseStatus(readFileSync(`/proc/${pid}/status`, "latin1"));
}
