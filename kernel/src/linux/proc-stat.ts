/** /proc/pid/stat: what a process has used, whether it still runs, and how it ended (proc_pid_stat(5)). */
import { readFileSync } from "node:fs";
import { readProc, type Pid } from "./proc-file.js";

/** The fields of the file that concern memory, and who the process is. */
export interface ProcessStat {
  readonly pid: number;
  /** The name of the program, up to 15 bytes; it may hold spaces and parentheses. */
  readonly name: string;
  /** One letter: R running, S sleeping, D waiting for a disk, Z zombie ... */
  readonly state: string;
  readonly parent: number;
  /** Faults that needed no input or output, of all threads. */
  readonly minorFaults: bigint;
  /** Faults that had to wait for a disk. */
  readonly majorFaults: bigint;
  /** The same of children that were waited for. */
  readonly childMinorFaults: bigint;
  readonly childMajorFaults: bigint;
  readonly threads: number;
  /** All that is mapped, in bytes. */
  readonly virtualBytes: bigint;
  /** In pages, not to the page; smaps is exact. */
  readonly residentPages: bigint;
}

/** The fields after the name, which may hold spaces and parentheses itself; the state is the first. */
function fieldsAfterName(text: string): string[] {
  return text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ");
}

/**
 * Reads the text of a stat file.
 * @throws SyntaxError where it is none
 */
export function parseStat(text: string): ProcessStat {
  const head = /^(\d+) \((.*)\) \S /s.exec(text);
  const fields = fieldsAfterName(text);
  // The man page counts from 1, with the state as field 3.
  const field = (number: number): string => fields[number - 3] ?? "";
  if (head?.[1] === undefined || head[2] === undefined || ![4, 10, 11, 12, 13, 20, 23, 24].every((number) => /^-?\d+$/.test(field(number))))
    throw new SyntaxError(`not a /proc/pid/stat: ${JSON.stringify(text)}`);
  return {
    pid: Number(head[1]),
    name: head[2],
    state: field(3),
    parent: Number(field(4)),
    minorFaults: BigInt(field(10)),
    childMinorFaults: BigInt(field(11)),
    majorFaults: BigInt(field(12)),
    childMajorFaults: BigInt(field(13)),
    threads: Number(field(20)),
    virtualBytes: BigInt(field(23)),
    residentPages: BigInt(field(24)),
  };
}

/**
 * What a process has used so far.
 * @param pid a process, or this one
 * @throws Errno ENOENT or ESRCH where it is gone
 */
export function readStat(pid: Pid = "self"): ProcessStat {
  return parseStat(readProc(pid, "stat"));
}

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
  const fields = fieldsAfterName(text); // the exit code is the last
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
