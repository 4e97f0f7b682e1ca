/**
 * Keeps cell processes from writing core files: a crash is part of a lesson, and the mappings of one may be huge.
 */
import { accessSync, constants, readFileSync } from "node:fs";

/** Runs a command with other limits; of util-linux. */
const PRLIMIT = ["/usr/bin/prlimit", "/bin/prlimit"];

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

/** What has to be run so that `command` runs without a core file; where there is no prlimit(1), the command itself. */
export function withoutCoreFile(command: Command): Command {
  if (!writesCoreFiles()) return command;
  const prlimit = PRLIMIT.find(isExecutable);
  // prlimit becomes the command by execve(2): the pid and the descriptors stay.
  return prlimit === undefined ? command : [prlimit, "--core=0", ...command];
}
