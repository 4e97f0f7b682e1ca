/** getrusage(2). */
import { RUSAGE } from "../abi/index.js";
import { int32 } from "./arguments.js";
import { argument } from "./decode.js";
import { checked } from "./errno.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

export { RUSAGE };

/** `struct rusage` as the kernel writes it: offsets in bytes. */
export const RUSAGE_LAYOUT = Object.freeze({ bytes: 144, minflt: 64, majflt: 72 });

/** What a process or thread has used. */
export interface ResourceUsage {
  /** In microseconds. */
  readonly userTimeUs: number;
  /** In microseconds. */
  readonly systemTimeUs: number;
  /** Largest resident set so far, in KiB. */
  readonly maxRssKib: number;
  /** Faults that needed no input or output. */
  readonly minorFaults: number;
  /** Faults that had to wait for a disk. */
  readonly majorFaults: number;
  /** Blocks of 512 bytes read. */
  readonly blocksRead: number;
  /** Blocks of 512 bytes written. */
  readonly blocksWritten: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
}

/** Reads a `struct rusage`. @param view at least 144 bytes */
export function parseRusage(view: DataView): ResourceUsage {
  const long = (offset: number) => Number(view.getBigInt64(offset, true));
  return {
    userTimeUs: long(0) * 1_000_000 + long(8),
    systemTimeUs: long(16) * 1_000_000 + long(24),
    maxRssKib: long(32),
    minorFaults: long(RUSAGE_LAYOUT.minflt),
    majorFaults: long(RUSAGE_LAYOUT.majflt),
    blocksRead: long(88),
    blocksWritten: long(96),
    voluntarySwitches: long(128),
    involuntarySwitches: long(136),
  };
}

/**
 * What the process (or its waited-for children, or this thread) has used so far. Node faults on its own between two
 * calls: to count the faults of one thing exactly, bracket it in a probe program.
 * @param who a value of `RUSAGE`
 * @throws Errno EINVAL for another number
 */
export function getrusage(who: number): ResourceUsage {
  const whose = int32("who", who);
  const memory = scratch(RUSAGE_LAYOUT.bytes);
  const names: Readonly<Record<number, string>> = {
    [RUSAGE.SELF]: "RUSAGE_SELF",
    [RUSAGE.CHILDREN]: "RUSAGE_CHILDREN",
    [RUSAGE.THREAD]: "RUSAGE_THREAD",
  };
  checked("getrusage", rawSyscall(syscallNumber("getrusage"), [whose, memory.address]), () => [
    argument("who", names[whose] ?? String(whose)),
    argument("usage", "usage"),
  ]);
  return parseRusage(new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length));
}
