/** Which pages of the lab's mappings lie on the same page frames, in every process the model has, as a view. */
import { PAGE_SIZE } from "../../abi/index.js";
import { FIRST_PROCESS, type Model, type ProcessId, type VmaDetails } from "../../model/index.js";
import type { FrameRun, SharedMapping, SharedMemoryView, SharingProcess } from "../../views/index.js";
import { hex } from "../hex.js";
import { processName } from "../processes/process-table.js";

/** Pages looked at in all; what is beyond is folded. */
const MOST_PAGES = 65_536;
/** Mappings and runs listed in all. */
const MOST_MAPPINGS = 200;
const MOST_RUNS = 2000;

/** @param label names the mapping at an address of a process, or null */
export function sharedMemoryView(
  title: string,
  model: Model,
  label: (address: bigint, process: ProcessId) => string | null,
): SharedMemoryView {
  const seen = new Map<number, number>();
  let pagesLeft = MOST_PAGES;
  let mappingsLeft = MOST_MAPPINGS;
  let runsLeft = MOST_RUNS;
  let folded = 0;
  const processes: SharingProcess[] = [];
  for (const name of model.processes) {
    const mappings: SharedMapping[] = [];
    for (const vma of vmasOf(model, name)) {
      const pages = Number((vma.end - vma.start) / BigInt(PAGE_SIZE));
      if (pages > pagesLeft || mappingsLeft === 0) {
        folded += 1;
        continue;
      }
      pagesLeft -= pages;
      mappingsLeft -= 1;
      const runs = runsOf(model, name, vma, pages);
      for (const run of runs) for (let offset = 0; offset < run.pages; offset += 1) add(seen, run.frame + offset);
      const kept = runs.slice(0, runsLeft);
      folded += runs.length - kept.length;
      runsLeft -= kept.length;
      const named = label(vma.start, name);
      mappings.push({
        start: hex(vma.start),
        end: hex(vma.end),
        perms: vma.perms,
        object: vma.object,
        ...(named !== null && { label: named }),
        runs: kept,
      });
    }
    processes.push({ name: name === FIRST_PROCESS ? "notebook" : processName(name), mappings });
  }
  const sharedFrames = [...seen.values()].filter((count) => count > 1).length;
  return { kind: "sharedMemory", title, pageSize: PAGE_SIZE, processes, frames: seen.size, sharedFrames, folded };
}

/** The VMAs of a process; none of one that has ended. */
function vmasOf(model: Model, process: ProcessId): readonly VmaDetails[] {
  try {
    return model.vmas(process).filter(({ foreign }) => !foreign);
  } catch {
    return []; // a zombie has no address space any more
  }
}

function add(counts: Map<number, number>, frame: number): void {
  counts.set(frame, (counts.get(frame) ?? 0) + 1);
}

function runsOf(model: Model, process: ProcessId, vma: VmaDetails, pages: number): FrameRun[] {
  const runs: FrameRun[] = [];
  for (let page = 0; page < pages; page += 1) {
    const at = vma.start + BigInt(page * PAGE_SIZE);
    const { entry } = model.walk(at, process);
    if (entry === null || entry.frame === null) continue;
    // The entry of a huge page names the frame of its first page.
    const frame = entry.level === "PMD" ? entry.frame + (Number(at / BigInt(PAGE_SIZE)) % 512) : entry.frame;
    const writable = entry.flags.includes("rw");
    const last = runs.at(-1);
    if (last && last.page + last.pages === page && last.frame + last.pages === frame && last.writable === writable)
      runs[runs.length - 1] = { ...last, pages: last.pages + 1 };
    else runs.push({ page, pages: 1, frame, writable });
  }
  return runs;
}
