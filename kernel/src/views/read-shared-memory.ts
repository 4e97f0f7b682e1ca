/** Checks the view of shared memory. */
import { LIMITS } from "./limits.js";
import { readPageSize } from "./read-page-size.js";
import { Malformed, type Reader } from "./reader.js";
import type { FrameRun, SharedMapping, SharedMemoryView } from "./shared-memory-view.js";

export function readSharedMemory(view: Reader): SharedMemoryView {
  const pageSize = readPageSize(view);
  const count = (name: "frames" | "sharedFrames" | "folded"): number => view.field(name).integer(0, Number.MAX_SAFE_INTEGER);
  return {
    kind: "sharedMemory",
    title: view.field("title").text(LIMITS.text),
    pageSize,
    processes: view.field("processes").list(LIMITS.processes, (process) => ({
      name: process.field("name").text(LIMITS.text),
      mappings: process.field("mappings").list(LIMITS.nodes, (mapping) => readMapping(mapping, pageSize)),
    })),
    frames: count("frames"),
    sharedFrames: count("sharedFrames"),
    folded: count("folded"),
  };
}

function readMapping(mapping: Reader, pageSize: number): SharedMapping {
  const start = mapping.field("start").hex();
  const end = mapping.field("end").hex();
  const bytes = BigInt(end) - BigInt(start);
  if (bytes <= 0n) throw new Malformed(`${mapping.where} ends at ${end}, which is not above its start ${start}.`);
  if (BigInt(start) % BigInt(pageSize) !== 0n || bytes % BigInt(pageSize) !== 0n)
    throw new Malformed(`${mapping.where} does not consist of whole pages.`);
  const label = mapping.optional("label")?.text(LIMITS.text);
  const pages = Number(bytes / BigInt(pageSize));
  let free = 0;
  return {
    start,
    end,
    perms: mapping.field("perms").matching(/^[r-][w-][x-][ps]$/, "rights as in /proc/pid/maps"),
    object: mapping.field("object").orNull()?.text(LIMITS.text) ?? null,
    ...(label !== undefined && { label }),
    runs: mapping.field("runs").list(LIMITS.runs, (item) => {
      const run = readRun(item, pages);
      if (run.page < free) throw new Malformed(`${item.where} begins inside the run before it: runs must be sorted and apart.`);
      free = run.page + run.pages;
      return run;
    }),
  };
}

function readRun(run: Reader, pagesInAll: number): FrameRun {
  const page = run.field("page").integer(0, pagesInAll - 1);
  return {
    page,
    pages: run.field("pages").integer(1, pagesInAll - page),
    frame: run.field("frame").integer(0, Number.MAX_SAFE_INTEGER - pagesInAll),
    writable: run.field("writable").boolean(),
  };
}
