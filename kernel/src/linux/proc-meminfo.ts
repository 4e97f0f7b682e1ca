/** /proc/meminfo: the memory of the machine (proc_meminfo(5)). */
import { readSystemFile } from "./proc-file.js";

/** The lines of the file by name, e.g. `MemTotal`, `Dirty`: those in kB in KiB, the counts of huge pages as they are. */
export type MemoryInfo = Readonly<Record<string, number>>;

/** Reads the text of a meminfo file; a line of another shape is passed over. */
export function parseMeminfo(text: string): MemoryInfo {
  const info: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const found = /^(\S+):\s+(\d+)(?: kB)?$/.exec(line);
    if (found?.[1] !== undefined) info[found[1]] = Number(found[2]);
  }
  return info;
}

/** The memory of the machine now. @throws Errno where /proc is not mounted */
export function readMeminfo(): MemoryInfo {
  return parseMeminfo(readSystemFile("/proc/meminfo"));
}
