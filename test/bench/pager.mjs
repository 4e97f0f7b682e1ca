/**
 * How long an access waits for a page that a cell's function gives, beside a pager in C: a thread that does the same by
 * the same system calls, built by gcc in the same run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { places } from "../../kernel/setup/places.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { kernelBuild } from "../../kernel/setup/steps/build.mjs";
import { npmPackages } from "../../kernel/setup/steps/npm-packages.mjs";
import { benchRecord, median } from "./record.mjs";

/** Both are measured alternately, this often. */
const ROUNDS = 7;
/** Faults a round. */
const PAGES = 2000;
const PAGE_BYTES = 4096;

/** @typedef {import("./record.mjs").BenchRecord} BenchRecord */

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<BenchRecord>}
 */
export async function* benchPager(report) {
  const here = places();
  await runSteps([npmPackages(here), kernelBuild(here)], { places: here, progress: createProgress(process.stderr) });
  const lab = await builtLab();
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-bench-"));
  try {
    const peer = buildPeer(folder, report);
    report("pager: round trips ...");
    const [ours, inFunction, theirs] = [[], [], []].map(() => /** @type {number[]} */ ([]));
    for (let round = 0; round < ROUNDS; round++) {
      const { waited, given } = roundTrips(lab);
      ours?.push(median(waited));
      inFunction?.push(median(given));
      if (peer !== null) theirs?.push(median(peerRoundTrips(peer)));
    }
    const beside = theirs?.length === ROUNDS ? { peer: "a pager in C", peerValue: median(theirs) / 1000 } : {};
    yield benchRecord({ bench: "pager", name: "wait for a page", unit: "us", value: median(ours ?? []) / 1000, ...beside });
    yield benchRecord({ bench: "pager", name: "of it in the function", unit: "us", value: median(inFunction ?? []) / 1000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns {Promise<typeof import("../../kernel/src/lab/index.js")>} */
async function builtLab() {
  return import(new URL("../../kernel/dist/lab/index.js", import.meta.url).href);
}

/**
 * @param {typeof import("../../kernel/src/lab/index.js")} lab
 * @returns {{ waited: readonly number[], given: readonly number[] }} nanoseconds of each fault
 */
function roundTrips({ mmap, munmap, pager, PROT, MAP }) {
  const m = mmap(null, PAGES * PAGE_BYTES, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);
  const bytes = new Uint8Array(PAGE_BYTES);
  const serving = pager(m, ({ index }) => bytes.fill(index));
  m.touch();
  const series = serving.view?.series;
  munmap(m);
  return { waited: series?.[0]?.ns ?? [], given: series?.[1]?.ns ?? [] };
}

/**
 * @param {string} folder
 * @param {(line: string) => void} report
 * @returns {string | null} the program; null where there is no compiler
 */
function buildPeer(folder, report) {
  const program = join(folder, "pager");
  const source = join(import.meta.dirname, "pager-peer.c");
  const built = spawnSync("gcc", ["-O2", "-pthread", source, "-o", program], { encoding: "utf8" });
  if (built.status === 0) return program;
  report(`pager: without its peer, which gcc did not build: ${built.error?.message ?? built.stderr}`);
  return null;
}

/**
 * @param {string} program
 * @returns {number[]} nanoseconds of each fault
 */
function peerRoundTrips(program) {
  return execFileSync(program, [String(PAGES)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}
