/** Guided labs in a real JupyterLab: Run All, and every figure, table and open question of the outputs is drawn. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { VIEW_MIME_TYPE } from "../../kernel/src/views/view.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { bundleOf, expectDrawn, figureViews } from "./drawn-figures.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage, type Cell } from "./notebook-page.js";

const NOTEBOOKS = ["02-arguments-and-flags", "03-errors", "04-page-faults-anonymous"];

const viewsOf = ({ outputs = [] }: Cell) =>
  outputs.flatMap(({ data }) => (data !== undefined && VIEW_MIME_TYPE in data ? figureViews(bundleOf(data[VIEW_MIME_TYPE])) : []));

describeInBrowser("guided labs", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    lab = await startTestLab("guided-labs");
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  it.each(NOTEBOOKS)("%s runs from top to bottom, and what it shows is drawn", async (name) => {
    const page = await browser!.newPage({ viewport: { width: 1280, height: 1000 } });
    // Some fifty figures are drawn without a graphics card.
    page.setDefaultTimeout(120_000);
    const notebook = await NotebookPage.open(page, lab!, `guided/${name}.ipynb`);
    await notebook.runAll();
    const cells = await notebook.savedCells();
    const errors = cells.flatMap(({ id, outputs = [] }) =>
      outputs.flatMap(({ output_type, ename, evalue }) => (output_type === "error" ? [`${id}: ${ename ?? ""}: ${evalue ?? ""}`] : [])),
    );
    expect(errors).toEqual([]);
    await notebook.whenDrawn();
    const figures = await notebook.figures();
    const kinds = new Set<string>();
    for (const cell of cells) {
      const drawn = figures.filter(({ cellId }) => cellId === cell.id);
      const views = viewsOf(cell);
      expect(
        drawn.map(({ kind }) => kind),
        `figures of cell ${cell.id}`,
      ).toEqual(views.map(({ kind }) => kind));
      for (const [index, view] of views.entries()) {
        expectDrawn(drawn[index]!, view);
        kinds.add(view.kind);
      }
    }
    expect([...kinds]).toEqual(expect.arrayContaining(["mappings", "faults", "check", "comparison"]));
    await page.close();
  });
});
