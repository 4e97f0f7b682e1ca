/**
 * The first guided lab in a real JupyterLab: Run All, then what is drawn is compared with what /proc, the kernel's
 * outputs and the model said in the same run, in the light and in the dark theme.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { VIEW_MIME_TYPE, type ViewBundle } from "../../kernel/src/views/view.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { bundleOf, expectDrawn, figureViews } from "./drawn-figures.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage, type Cell, type DrawnFigure, type Theme } from "./notebook-page.js";
import { addFactCells, FACTS_ID, isFactCell, readFacts, textOf, type MapsLine } from "./proc-facts.js";

const NOTEBOOK = "guided/01-first-mapping.ipynb";
/** Set to also keep the light screenshot as the picture of the README. */
const KEEP_PICTURE = "MMAPLAB_KEEP_PICTURE";
const PICTURE_SIZE = { width: 1280, height: 1180 };

describeInBrowser("the first guided lab", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;
  let notebook: NotebookPage;
  let cells: readonly Cell[];
  let facts: ReadonlyMap<string, readonly MapsLine[]>;
  /** The figures as first drawn, in JupyterLab's light theme. */
  let figures: readonly DrawnFigure[];

  beforeAll(async () => {
    lab = await startTestLab("first-mapping");
    addFactCells(join(lab.rootDir, NOTEBOOK));
    browser = await launchBrowser();
    notebook = await NotebookPage.open(await browser.newPage({ viewport: PICTURE_SIZE }), lab, NOTEBOOK);
    await notebook.runAll();
    cells = await notebook.savedCells();
    requireNoErrors(cells);
    facts = readFacts(cells);
    await notebook.hideCells(FACTS_ID);
    await notebook.whenDrawn();
    figures = await notebook.figures();
    await keepScreenshot("light");
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  /** A picture of the notebook at the first faults of the real kernel. */
  async function keepScreenshot(theme: Theme): Promise<void> {
    const { root, testResults } = places();
    const file = join(testResults, `first-mapping-${theme}.png`);
    const observed = figures.find(({ kind, traces }) => kind === "faults" && traces.some(({ meta }) => meta["source"] === "kernel"));
    await notebook.scrollTo(observed?.cellId ?? "");
    await notebook.page.screenshot({ path: file });
    if (theme === "light" && process.env[KEEP_PICTURE]) copyFileSync(file, join(root, "notebooks", "guided", "first-mapping.png"));
  }

  it("runs every cell", () => {
    for (const cell of cells.filter(({ cell_type }) => cell_type === "code")) {
      expect(cell.execution_count, `cell ${cell.id}: ${String(cell.source)}`).toEqual(expect.any(Number));
    }
  });

  it("draws mappings, faults and latency", () => {
    for (const kind of ["mappings", "faults", "latency"]) {
      const drawn = figures.filter((figure) => figure.kind === kind);
      expect(drawn.length, kind).toBeGreaterThan(0);
      for (const figure of drawn) expect(figure.drawnElements, figure.title).toBeGreaterThan(0);
    }
  });

  it("draws exactly the numbers that the kernel sent", () => {
    expectSameNumbers(figures, cells);
  });

  it("shows the mappings and the pages that /proc shows at that moment", () => {
    let compared = 0;
    for (const cell of cells) {
      const last = bundlesOf(cell)
        .flatMap(figureViews)
        .flatMap((view) => (view.kind === "mappings" ? [view] : []))
        .at(-1);
      const lines = facts.get(cell.id);
      for (const vma of last?.states.find(({ source }) => source === "kernel")?.after ?? []) {
        const [start, end] = [BigInt(vma.start), BigInt(vma.end)];
        // A neighbour that is not the lab's may have merged with it: then /proc has one longer line.
        const line = lines?.find((one) => one.start <= start && one.end >= end);
        expect(line, `${vma.start}-${vma.end} after cell ${cell.id}`).toBeDefined();
        expect(line?.perms).toBe(vma.perms);
        compared += 1;
        if (vma.pages === undefined || !line?.present) continue;
        const first = Number((start - line.start) / 4096n);
        const present = [...vma.pages].map((letter) => (".sg".includes(letter) ? "0" : "1")).join("");
        expect(present, `pages of ${vma.start} after cell ${cell.id}`).toBe(line.present.slice(first, first + vma.pages.length));
      }
    }
    expect(compared).toBeGreaterThanOrEqual(3);
  });

  it("draws as many faults as the cells print for the kernel and for the model", () => {
    let compared = 0;
    for (const cell of cells.filter((one) => !isFactCell(one))) {
      for (const source of ["kernel", "model"]) {
        const printed = textOf(cell).match(new RegExp(`^${source}: +(\\d+) minor faults, (\\d+) major`, "m"));
        if (printed === null) continue;
        const traces = figures.filter((figure) => figure.cellId === cell.id && figure.kind === "faults").flatMap((figure) => figure.traces);
        const meta = traces.find((trace) => trace.meta["source"] === source)?.meta;
        expect(meta).toMatchObject({ minor: Number(printed[1]), major: Number(printed[2]) });
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(2);
  });

  it("draws the same numbers in other colours in the dark theme, and comes back to the light one", async () => {
    await notebook.setTheme("dark");
    const dark = await notebook.figures();
    await keepScreenshot("dark");
    expectSameNumbers(dark, cells);
    for (const [index, figure] of figures.entries()) {
      if (figure.traces.length === 0) continue;
      expect(dark[index]!.ground, figure.title).not.toBe(figure.ground);
      expect(coloursOf(dark[index]!), figure.title).not.toEqual(coloursOf(figure));
    }
    await notebook.setTheme("light");
    const lightAgain = await notebook.figures();
    expect(lightAgain.map(coloursOf)).toEqual(figures.map(coloursOf));
  });

  it("leaves no process when JupyterLab is stopped", async () => {
    await browser?.close();
    await expect(lab?.stop()).resolves.toBeUndefined();
    browser = undefined;
    lab = undefined;
  });
});

/** Fails unless each cell shows the figures of its stored outputs, with exactly their numbers. */
function expectSameNumbers(drawn: readonly DrawnFigure[], cells: readonly Cell[]): void {
  let compared = 0;
  for (const cell of cells) {
    const views = bundlesOf(cell).flatMap(figureViews);
    const figures = drawn.filter((figure) => figure.cellId === cell.id);
    const kinds = figures.map(({ kind }) => kind);
    expect(kinds, `figures of cell ${cell.id}`).toEqual(views.map(({ kind }) => kind));
    for (const [index, view] of views.entries()) expectDrawn(figures[index]!, view);
    compared += views.length;
  }
  expect(compared).toBeGreaterThanOrEqual(3);
}

function coloursOf(figure: DrawnFigure): string[] {
  return figure.traces.map(({ colours }) => colours);
}

/** The rest means nothing when a cell has failed: Run All stops there. */
function requireNoErrors(cells: readonly Cell[]): void {
  for (const cell of cells) {
    for (const { output_type, name, evalue, text } of cell.outputs ?? []) {
      if (output_type !== "error" && name !== "stderr") continue;
      throw new Error(`cell ${cell.id} failed: ${evalue ?? String(text)}\n${String(cell.source)}`);
    }
  }
}

function bundlesOf(cell: Cell): ViewBundle[] {
  return (cell.outputs ?? []).flatMap((output) => {
    const bundle = output.data?.[VIEW_MIME_TYPE];
    return bundle === undefined ? [] : [bundleOf(bundle)];
  });
}
