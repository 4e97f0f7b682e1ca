/** /proc/pid/status: counters and identity of a process (proc_pid_status(5)). */
import { readProc, type Pid } from "./proc-file.js";

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

/** Bit numbers of capabilities(7) that mapping asks for. */
export const CAP = Object.freeze({
  /** Lock memory without limit. */
  IPC_LOCK: 14,
  /** Raise hard limits; see also RLIMIT_MEMLOCK. */
  SYS_RESOURCE: 24,
  /** Page frame numbers, swapon, and much besides. */
  SYS_ADMIN: 21,
});

/** Whether this process has a capability now. @param capability a value of {@link CAP} */
export function hasCapability(capability: number): boolean {
  const mask = readStatus().text["CapEff"] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(capability)) & 1n) === 1n;
}

/** The status of a process. */
export function readStatus(pid: Pid = "self"): ProcessStatus {
  return parseStatus(readProc(pid, "status"));
}
