/**
 * How long a reader waits for figures, in a real JupyterLab: the extension's bytes, and faults drawn by it beside the same
 * points drawn by bare `Plotly.newPlot` (the distributed plotly.js with WebGL points) in the same page, taking turns.
 */
/// <reference lib="dom" />
/* global window, document, KeyboardEvent, requestAnimationFrame -- of the page, where some of these functions run */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { findOrInstallBrowser } from "../../kernel/setup/browser.mjs";
import { SetupFailure } from "../../kernel/setup/failure.mjs";
import { startJupyterLab } from "../../kernel/setup/jupyterlab.mjs";
import { places } from "../../kernel/setup/places.mjs";
import { tryPort } from "../../kernel/setup/port.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { setupSteps } from "../../kernel/setup/steps/index.mjs";
import { benchRecord, median } from "./record.mjs";
import { measurePanel } from "./view/panel.mjs";

const IP = "127.0.0.1";
const FEW = 10_000;
const MANY = 1_000_000;
const FEW_ROUNDS = 7;
const MANY_ROUNDS = 3;
const PAN_STEPS = 5;
const MOST_BYTES_BEFORE = 60 * 1024;
const MOST_BYTES_OF_CHUNK = 1.6 * 1024 * 1024;
const MOST_OUTPUT = 400_000;
const NOTEBOOK = "empty.ipynb";

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* benchView(report) {
  const here = places();
  const progress = createProgress(process.stderr);
  const signal = new AbortController().signal;
  await runSteps(setupSteps(here), { places: here, progress, signal });
  const found = await findOrInstallBrowser({ places: here, progress, signal });
  if (!("path" in found)) throw new SetupFailure("The bench of the figures needs a browser.", found.missing);
  yield* measureFigures(report, found.path);
}

/**
 * @param {(line: string) => void} report
 * @param {string} executablePath of Chromium
 * @returns {AsyncGenerator<import("./record.mjs").BenchRecord>}
 */
export async function* measureFigures(report, executablePath) {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-bench-view-"));
  const server = await serve(folder);
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--no-first-run",
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1180, height: 1000 } });
    await page.goto(`${server.baseUrl}/lab?token=${server.token}`);
    await openWithoutKernel(page);

    const before = await extensionBytes(page);
    yield benchRecord({
      bench: "view",
      name: "JavaScript of the extension before the first figure",
      unit: "KiB",
      value: before.total / 1024,
      target: { words: "<= 60 KiB", isMet: () => before.total <= MOST_BYTES_BEFORE },
    });
    const few = await outputWith(FEW);
    yield benchRecord({
      bench: "view",
      name: "output of 10 000 faults, with its text and picture",
      unit: "KB",
      value: few.bytes / 1000,
      target: { words: "<= 400 KB", isMet: () => few.bytes <= MOST_OUTPUT },
    });
    await preparePage(page);
    await addPeer(page);

    report("view: 10 000 faults, taking turns ...");
    const paint = await paintInTurns(page, few.bundle, FEW_ROUNDS);
    const after = await extensionBytes(page);
    yield benchRecord({
      bench: "view",
      name: "largest chunk, loaded with the first figure",
      unit: "KiB",
      value: after.largest / 1024,
      target: {
        words: "<= 1.6 MiB and not before",
        isMet: () => after.largest <= MOST_BYTES_OF_CHUNK && before.largest < MOST_BYTES_BEFORE,
      },
    });
    yield benchRecord({
      bench: "view",
      name: "10 000 faults painted",
      unit: "ms",
      value: median(paint.ours),
      peer: "Plotly.newPlot",
      peerValue: median(paint.bare),
      target: { words: "<= 1.3 x the peer", isMet: (_, ratio) => ratio !== null && ratio <= 1.3 },
    });

    yield* measurePanel(report, page, few.bundle);

    report("view: 1 000 000 faults, taking turns ...");
    const many = await outputWith(MANY);
    const large = await paintInTurns(page, many.bundle, MANY_ROUNDS);
    yield benchRecord({
      bench: "view",
      name: "1 000 000 faults to the first paint",
      unit: "ms",
      value: median(large.ours),
      peer: "Plotly.newPlot",
      peerValue: median(large.bare),
      target: { words: "<= 1/2 of the peer", isMet: (_, ratio) => ratio !== null && ratio <= 0.5 },
    });
    const pan = await panInTurns(page, many.bundle);
    yield benchRecord({
      bench: "view",
      name: "a pan step over 1 000 000 faults",
      unit: "ms",
      value: median(pan.ours),
      peer: "Plotly.relayout",
      peerValue: median(pan.bare),
      target: { words: "<= 1/20 of the peer", isMet: (_, ratio) => ratio !== null && ratio <= 0.05 },
    });
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A JupyterLab with nothing of the user's.
 * @param {string} folder
 */
async function serve(folder) {
  const port = await tryPort(0, IP);
  if (port === null) throw new Error("no free port on 127.0.0.1");
  writeFileSync(join(folder, NOTEBOOK), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }));
  return startJupyterLab({
    python: places().python,
    rootDir: folder,
    ip: IP,
    port,
    token: randomUUID(),
    logFile: join(folder, "jupyterlab.log"),
    args: ["--LabApp.expose_app_in_browser=True", `--LabApp.workspaces_dir=${join(folder, "workspaces")}`],
    env: {
      ...process.env,
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTER_DATA_DIR: join(folder, "data"),
      JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
      IPYTHONDIR: join(folder, "ipython"),
    },
  });
}

/** @param {import("playwright-core").Page} page */
async function openWithoutKernel(page) {
  await page.waitForFunction(() => Reflect.get(window, "jupyterapp") !== undefined, undefined, { timeout: 90_000 });
  await page.evaluate(async (path) => {
    const app = Reflect.get(window, "jupyterapp");
    await app.restored;
    await app.commands.execute("docmanager:open", { path, kernelPreference: { shouldStart: false, canStart: false } });
  }, NOTEBOOK);
  await page.waitForSelector(".jp-Notebook");
}

/**
 * Bytes of the extension's scripts that the page has loaded.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<{ total: number, largest: number }>}
 */
async function extensionBytes(page) {
  const sizes = await page.evaluate(() =>
    performance.getEntriesByType("resource").flatMap((entry) => {
      const size = Reflect.get(entry, "decodedBodySize");
      return /extensions\/mmaplab-jupyterlab\/.*\.js/.test(entry.name) && typeof size === "number" ? [size] : [];
    }),
  );
  return { total: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(0, ...sizes) };
}

/**
 * An output with faults of a long run over one large mapping: most are in order of their addresses, some jump.
 * @param {number} count
 */
async function outputWith(count) {
  const views = await import(pathToFileURL(join(places().kernel, "dist", "views", "index.js")).href);
  const page = Array.from({ length: count }, (_, index) => (index % 10 === 0 ? (index * 7919) % count : index));
  const column = { minor: count, major: 0, lost: 0, faultKind: "m".repeat(count), access: "w".repeat(count), reason: null, reasons: [] };
  const view = {
    version: 1,
    kind: "faults",
    title: "Faults",
    pageSize: 4096,
    base: "0x7f0000000000",
    vmas: [
      { start: "0x7f0000000000", end: `0x${(0x7f0000000000 + count * 4096).toString(16)}`, perms: "rw-p", offset: "0x0", object: null },
    ],
    sources: [
      {
        source: "kernel",
        instrument: "perf events",
        ...column,
        page,
        atNs: page.map((_, index) => index * 600 + (index % 97)),
        tookNs: page.map((_, index) => 400 + (index % 331)),
      },
    ],
  };
  const bundle = views.packBundle(view);
  const bytes = JSON.stringify({ bundle, text: views.toText(view), svg: views.toSvg(view) }).length;
  return { bundle, bytes };
}

/**
 * Functions for the page: draws an output by the extension, or the same points by plotly alone, and waits for the paint.
 * @param {import("playwright-core").Page} page
 */
async function preparePage(page) {
  await page.evaluate(() => {
    const MIME_TYPE = "application/vnd.mmaplab.v1+json";
    const framed = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    /** Frames do not wait for WebGL, so its pixels are asked for: that does. */
    const painted = async () => {
      await framed();
      for (const canvas of host.querySelectorAll("canvas")) {
        const gl = canvas.getContext("webgl");
        gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      }
    };
    const host = document.createElement("div");
    Object.assign(host.style, {
      position: "fixed",
      left: "0",
      top: "0",
      width: "960px",
      height: "520px",
      zIndex: "10000",
      background: "white",
    });
    document.body.append(host);
    const rendermime = Reflect.get(window, "jupyterapp").shell.currentWidget.content.rendermime;
    Reflect.set(window, "viewBench", {
      /** @param {unknown} bundle */
      async drawOurs(bundle) {
        const renderer = rendermime.createRenderer(MIME_TYPE);
        host.replaceChildren(renderer.node);
        const start = performance.now();
        await renderer.renderModel({
          data: { [MIME_TYPE]: bundle, "text/plain": "" },
          metadata: {},
          trusted: true,
          setData: () => undefined,
        });
        await painted();
        const took = performance.now() - start;
        if (host.querySelector(".main-svg") === null) throw new Error("the extension has drawn nothing");
        return { took, renderer };
      },
      /** @param {{ x: number[], y: number[] }} points */
      async drawBare(points) {
        const node = document.createElement("div");
        Object.assign(node.style, { width: "900px", height: "400px" });
        host.replaceChildren(node);
        const start = performance.now();
        await Reflect.get(window, "Plotly").newPlot(node, [{ type: "scattergl", mode: "markers", ...points }]);
        await painted();
        return { took: performance.now() - start, node };
      },
      /** @param {HTMLElement} node */
      async panOurs(node) {
        const drawn = new Promise((resolve) => Reflect.get(node, "once").call(node, "plotly_afterplot", resolve));
        const start = performance.now();
        node.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: true, bubbles: true }));
        await drawn;
        await painted();
        return performance.now() - start;
      },
      /** @param {HTMLElement} node */
      async panBare(node) {
        const [from, to] = Reflect.get(node, "layout").xaxis.range;
        const by = (to - from) / 4;
        const start = performance.now();
        await Reflect.get(window, "Plotly").relayout(node, { "xaxis.range": [from + by, to + by] });
        await painted();
        return performance.now() - start;
      },
      /** Empties the place and waits until that is seen. */
      async clear() {
        host.replaceChildren();
        await painted();
      },
    });
  });
}

/**
 * The whole plotly.js with WebGL, as distributed.
 * @param {import("playwright-core").Page} page
 */
async function addPeer(page) {
  await page.evaluate(() => Reflect.deleteProperty(window, "define"));
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("plotly.js/dist/plotly-gl2d.min.js") });
}

/**
 * @param {import("playwright-core").Page} page
 * @param {unknown} bundle
 * @param {number} rounds after one that is not counted, in which the code is loaded
 */
async function paintInTurns(page, bundle, rounds) {
  return page.evaluate(async ([data, count]) => {
    const bench = Reflect.get(window, "viewBench");
    /** @type {{ ours: number[], bare: number[] }} */
    const times = { ours: [], bare: [] };
    for (let round = 0; round <= count; round += 1) {
      const ours = await bench.drawOurs(data);
      ours.renderer.dispose();
      const { x, y } = pointsOf(data);
      const bare = await bench.drawBare({ x, y });
      Reflect.get(window, "Plotly").purge(bare.node);
      bench.clear();
      if (round > 0) times.ours.push(ours.took);
      if (round > 0) times.bare.push(bare.took);
    }
    return times;

    /** @param {any} output */
    function pointsOf(output) {
      const length = output.sources[0].minor;
      const xs = Array.from({ length }, (_, index) => index * 600 + (index % 97));
      return { x: xs, y: xs.map((_, index) => (index % 10 === 0 ? (index * 7919) % length : index)) };
    }
  }, /** @type {const} */ ([bundle, rounds]));
}

/**
 * Steps to the right by a quarter of a view that was zoomed in to a third.
 * @param {import("playwright-core").Page} page
 * @param {unknown} bundle
 */
async function panInTurns(page, bundle) {
  return page.evaluate(
    async ([data, steps]) => {
      const bench = Reflect.get(window, "viewBench");
      const ours = await bench.drawOurs(data);
      const plot = ours.renderer.node.querySelector(".mmaplab-plot");
      for (let zooms = 0; zooms < 2; zooms += 1) {
        const zoomed = new Promise((resolve) => plot.once("plotly_afterplot", resolve));
        plot.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
        await zoomed;
      }
      /** @type {{ ours: number[], bare: number[] }} */
      const times = { ours: [], bare: [] };
      for (let step = 0; step < steps; step += 1) times.ours.push(await bench.panOurs(plot));
      ours.renderer.dispose();
      const length = data.sources[0].minor;
      const x = Array.from({ length }, (_, index) => index * 600 + (index % 97));
      const y = x.map((_, index) => (index % 10 === 0 ? (index * 7919) % length : index));
      const bare = await bench.drawBare({ x, y });
      const { xaxis } = Reflect.get(bare.node, "layout");
      const middle = (xaxis.range[0] + xaxis.range[1]) / 2;
      const half = (xaxis.range[1] - xaxis.range[0]) / 4.5;
      await Reflect.get(window, "Plotly").relayout(bare.node, { "xaxis.range": [middle - half, middle + half] });
      for (let step = 0; step < steps; step += 1) times.bare.push(await bench.panBare(bare.node));
      Reflect.get(window, "Plotly").purge(bare.node);
      await bench.clear();
      return times;
    },
    /** @type {const} */ ([/** @type {any} */ (bundle), PAN_STEPS]),
  );
}
