/** The address space panel: one update with 1 000 mappings, and whether memory is given back after outputs and panel are closed. */
/// <reference lib="dom" />
/* global window, document -- of the page, where some of these functions run */
import { join } from "node:path";
import { build } from "esbuild";
import { benchRecord, median } from "../record.mjs";

const MAPPINGS = 1_000;
const UPDATES = 60;
const MOST_MS = 16;
const CLOSED = 6;
const MOST_KEPT_MIB = 4;

/**
 * @param {(line: string) => void} report
 * @param {import("playwright-core").Page} page of JupyterLab, with `viewBench` in it
 * @param {unknown} bundle an output
 * @returns {AsyncGenerator<import("../record.mjs").BenchRecord>}
 */
export async function* measurePanel(report, page, bundle) {
  report("view: the panel with 1 000 mappings ...");
  await addPanel(page);
  const times = await page.evaluate(([mappings, updates]) => {
    const host = placeForPanel();
    const panel = Reflect.get(window, "panelBench").openPanel(host, mappings);
    /** @type {number[]} */
    const took = Array.from({ length: updates + 10 }, () => panel.update());
    panel.close();
    host.remove();
    return took.slice(10);

    function placeForPanel() {
      const place = document.createElement("div");
      Object.assign(place.style, { position: "fixed", right: "0", top: "0", width: "320px", height: "800px", zIndex: "10001" });
      document.body.append(place);
      return place;
    }
  }, /** @type {const} */ ([MAPPINGS, UPDATES]));
  yield benchRecord({
    bench: "view",
    name: "panel update with 1 000 mappings",
    unit: "ms",
    value: median(times),
    target: { words: "<= 16 ms", isMet: (value) => value <= MOST_MS },
  });

  report("view: closing outputs and the panel ...");
  await openAndClose(page, bundle, 2);
  const before = await heapAfterCollection(page);
  await openAndClose(page, bundle, CLOSED);
  const after = await heapAfterCollection(page);
  const kept = Math.max(0, after - before) / 1024 / 1024;
  yield benchRecord({
    bench: "view",
    name: `memory kept after ${CLOSED} outputs and panels were closed`,
    unit: "MiB",
    value: kept,
    target: { words: `<= ${MOST_KEPT_MIB} MiB`, isMet: (value) => value <= MOST_KEPT_MIB },
  });
}

/** @param {import("playwright-core").Page} page */
async function addPanel(page) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "panel-page.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "panelBench",
    target: "es2023",
    logLevel: "silent",
  });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
}

/**
 * @param {import("playwright-core").Page} page
 * @param {unknown} bundle
 * @param {number} times
 */
async function openAndClose(page, bundle, times) {
  await page.evaluate(
    async ([data, count]) => {
      const bench = Reflect.get(window, "viewBench");
      for (let round = 0; round < count; round += 1) {
        const { renderer } = await bench.drawOurs(data);
        renderer.dispose();
        await bench.clear();
        const host = document.createElement("div");
        document.body.append(host);
        const panel = Reflect.get(window, "panelBench").openPanel(host, 1000);
        panel.update();
        panel.close();
        host.remove();
      }
    },
    /** @type {const} */ ([/** @type {any} */ (bundle), times]),
  );
}

/**
 * Bytes that JavaScript holds in the page.
 * @param {import("playwright-core").Page} page
 */
async function heapAfterCollection(page) {
  const session = await page.context().newCDPSession(page);
  for (let round = 0; round < 3; round += 1) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}
