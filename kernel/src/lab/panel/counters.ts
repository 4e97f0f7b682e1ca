/** What the panel shows of this process as Linux counts it. Reading costs some tens of microseconds; the dirty pages more. */
import { readStatus } from "../../linux/index.js";
import { readProc } from "../../linux/proc-file.js";
import type { ProcessCounters } from "../../views/index.js";

/**
 * The counters now.
 * @param dirty whether dirty pages are counted too: the kernel goes through every page of the process for that
 */
export function processCounters(dirty: boolean): ProcessCounters {
  const { minorPageFault, majorPageFault } = process.resourceUsage();
  const kib = readable(() => readStatus().kib) ?? {};
  return {
    minorFaults: minorPageFault,
    majorFaults: majorPageFault,
    rssAnonKib: kib["RssAnon"] ?? null,
    rssFileKib: kib["RssFile"] ?? null,
    rssShmemKib: kib["RssShmem"] ?? null,
    dirtyKib: dirty ? dirtyKib() : null,
  };
}

function dirtyKib(): number | null {
  const text = readable(() => readProc("self", "smaps_rollup"));
  if (text === null) return null;
  const lines = [...text.matchAll(/^(?:Shared|Private)_Dirty:\s*(\d+) kB$/gm)];
  return lines.length === 0 ? null : lines.reduce((sum, [, number]) => sum + Number(number), 0);
}

/** /proc may be absent, older, or closed to this process; then there is nothing to show. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
