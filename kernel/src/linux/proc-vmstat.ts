/** /proc/vmstat: what the memory management of the whole machine has counted since it started (proc_vmstat(5)). */
import { readSystemFile } from "./proc-file.js";

/**
 * Counters by name, e.g. `pgfault`, `pgmajfault`, `pswpin`, `nr_dirty`. Names that start with `nr_` are pages now, `pgpgin`
 * and `pgpgout` are KiB since the start, the others events since the start. Which there are depends on the kernel.
 */
export type VmStatistics = Readonly<Record<string, bigint>>;

/** Reads the text of a vmstat file; a line of another shape is passed over. */
export function parseVmstat(text: string): VmStatistics {
  const counters: Record<string, bigint> = {};
  for (const line of text.split("\n")) {
    const found = /^(\w+) (-?\d+)$/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) counters[found[1]] = BigInt(found[2]);
  }
  return counters;
}

/** The counters now. @throws Errno where /proc is not mounted */
export function readVmstat(): VmStatistics {
  return parseVmstat(readSystemFile("/proc/vmstat"));
}
