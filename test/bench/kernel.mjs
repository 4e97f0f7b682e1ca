/**
 * The kernel beside stock tslab, ipykernel and, where it can be installed, Deno (which does not check types): the same client, taking
 * turns. Each kernel runs in an empty folder. Figures are medians of the rounds.
 */
import { places } from "../../kernel/setup/places.mjs";
import { denoOf } from "./kernel/deno.mjs";
import { benchedKernels } from "./kernel/kernels.mjs";
import { measureGrowth, measureKernel, measureWhileBusy } from "./kernel/measure.mjs";
import { benchRecord, median } from "./record.mjs";

const ROUNDS = 3;
const MANY_CELLS = 1000;
/** What a front end may wait for while a cell runs. */
const BUSY_TARGET_MS = 50;

/** @typedef {import("./kernel/measure.mjs").KernelFigures} KernelFigures */

/** What is measured, and what it is held to. A target is the highest ratio to the peer. */
const METRICS = /** @type {const} */ ([
  { key: "kernelInfo", name: "spawn to kernel_info_reply", unit: "ms", targets: { tslab: 0.15 } },
  { key: "firstResult", name: "spawn to first result", unit: "ms", targets: { ipykernel: 1.25 } },
  { key: "cell", name: "trivial cell, median of 50", unit: "ms", targets: { tslab: 0.7 } },
  { key: "completion", name: "completion", unit: "ms", targets: {} },
  { key: "pssAtStart", name: "PSS of all processes at start", unit: "MB", targets: { tslab: 1 } },
  { key: "pssAfterCells", name: "PSS of all processes after 50 cells", unit: "MB", targets: {} },
]);

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* benchKernel(report) {
  const found = denoOf(places(), report);
  const { ours, tslab, ipykernel, deno } = benchedKernels(places(), found);
  const kernels = [ours, tslab, ipykernel, ...(deno === null ? [] : [deno])];
  /** @type {Map<string, KernelFigures[]>} */
  const runs = new Map(kernels.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const kernel of kernels) {
      report(`kernel: round ${round} of ${ROUNDS}: ${kernel.name} ...`);
      runs.get(kernel.name)?.push(await measureKernel(kernel));
    }
  }
  const figure = (/** @type {string} */ name, /** @type {keyof KernelFigures} */ key) =>
    median((runs.get(name) ?? []).map((figures) => figures[key]));
  for (const { key, name, unit, targets } of METRICS) {
    for (const peer of kernels.slice(1)) {
      const limit = /** @type {Record<string, number>} */ (targets)[peer.name];
      const target =
        limit === undefined
          ? {}
          : {
              target: {
                words: `<= ${limit}x ${peer.name}`,
                isMet: (/** @type {number} */ _value, /** @type {number | null} */ ratio) => ratio !== null && ratio <= limit,
              },
            };
      const values = { value: figure(ours.name, key), peer: peer.name, peerValue: figure(peer.name, key) };
      yield benchRecord({ bench: "kernel", name, unit, ...values, ...target });
    }
  }
  report("kernel: while a cell loops ...");
  for (const [what, value] of Object.entries(await measureWhileBusy(ours))) {
    const target = { words: `<= ${BUSY_TARGET_MS} ms`, isMet: (/** @type {number} */ ms) => ms <= BUSY_TARGET_MS };
    yield benchRecord({ bench: "kernel", name: `${what} while a cell loops, slowest of 20`, unit: "ms", value, target });
  }
  if ("missing" in found) {
    const [value, peer] = [figure(ours.name, "firstResult"), `deno (missing: ${found.missing})`];
    yield benchRecord({ bench: "kernel", name: "spawn to first result", unit: "ms", value, peer });
  }
}

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* benchKernelGrowth(report) {
  report(`kernel-growth: ${MANY_CELLS} cells ...`);
  const { ours } = benchedKernels(places());
  const { before, after } = await measureGrowth(ours, MANY_CELLS);
  yield benchRecord({
    bench: "kernel-growth",
    name: `PSS of all processes after ${MANY_CELLS} more cells`,
    unit: "MB",
    value: after,
    peer: "the same kernel after 50 cells",
    peerValue: before,
    target: { words: "<= 1.05x", isMet: (_value, ratio) => ratio !== null && ratio <= 1.05 },
  });
}
