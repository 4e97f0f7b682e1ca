/**
 * The limits cell processes run under. They write no core files: a crash is part of a lesson, and the mappings of one may be huge.
 * Where asked for, their private memory is limited as well.
 */
import { accessSync, constants, readFileSync } from "node:fs";

/** Runs a command with other limits; of util-linux. */
const PRLIMIT = ["/usr/bin/prlimit", "/bin/prlimit"];

const MIB = 1024 * 1024;

type Command = readonly [file: string, ...args: string[]];

/** Whether processes started from here would write core files; a limit of 0 is what most systems have. */
function writesCoreFiles(): boolean {
  try {
    return !/^Max core file size\s+0\s/m.test(readFileSync("/proc/self/limits", "utf8"));
  } catch {
    return true;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What has to be run so that `command` runs under the limits.
 *
 * Memory is limited by RLIMIT_DATA of getrlimit(2), which counts private mappings that can be written, touched or not. Shared and
 * read-only mappings and reserved address space (PROT_NONE) are free, so that labs may map large ranges, and so may V8.
 *
 * @param memoryMib the limit of private memory; null for none
 * @param log hears of a limit that cannot be set
 */
export function withLimits(command: Command, memoryMib: number | null, log: (text: string) => void): Command {
  const flags = [...(writesCoreFiles() ? ["--core=0"] : []), ...(memoryMib === null ? [] : [`--data=${memoryMib * MIB}`])];
  if (flags.length === 0) return command;
  const prlimit = PRLIMIT.find(isExecutable);
  // prlimit becomes the command by execve(2): the pid and the descriptors stay.
  if (prlimit !== undefined) return [prlimit, ...flags, ...command];
  if (memoryMib !== null) log(`cells run without the memory limit of ${memoryMib} MiB: there is no ${PRLIMIT[0]}; install util-linux`);
  return command;
}
