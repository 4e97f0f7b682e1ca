/** Outputs that are damaged, from the future or made to harm: each shows a reason and its text, runs no script, and leaves the notebook usable. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { packBundle, type ViewBundle } from "../../kernel/src/views/index.js";
import { COMPARISON, FAULTS, INDEX, LATENCY, MAPPINGS, OBSERVATION, PAGE_TABLE, SHARING, TABLE } from "../unit/views/samples.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage } from "./notebook-page.js";
import { outputOf, storedNotebook, strangeOutput, type OutputData } from "./stored-notebook.js";

const MARKUP = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>&amp;<b>bold</b>$\\alpha$`;
/** Names that any text of a view may hold. */
const OUTSIDE = new Set([
  "title",
  "note",
  "label",
  "text",
  "change",
  "place",
  "holds",
  "name",
  "object",
  "instrument",
  "what",
  "kernel",
  "model",
  "why",
  "caption",
]);

/** A view with markup in all of its text. */
function marked(view: object): unknown {
  const bundle = packBundle({ version: 1, ...view } as ViewBundle);
  return JSON.parse(
    JSON.stringify(bundle, (key, value: unknown) =>
      OUTSIDE.has(key) && typeof value === "string"
        ? MARKUP
        : key === "reasons" || key === "headings"
          ? Object([...(value as unknown[])].map(() => MARKUP))
          : value,
    ),
  ) as unknown;
}

/** What stands under the MIME type, and what the reader is told. */
const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["a future version", { version: 7, kind: "hologram" }, /newer mmaplab \(format 7/],
  ["an unknown kind", { version: 1, kind: MARKUP, title: "x" }, /does not know views of the kind/],
  ["a kind that every object has", { version: 1, kind: "__proto__", title: "x" }, /does not know views of the kind/],
  ["its own prototype", JSON.parse('{"__proto__": {"version": 1, "kind": "latency", "series": []}}'), /is missing\./],
  ["null in place of a number", { version: 1, ...LATENCY, series: [{ label: "x", ns: [null] }] }, /not a number/],
  [
    "a mapping of negative size",
    { version: 1, ...MAPPINGS, states: [{ source: "kernel", before: [], after: [{ start: "0x2000", end: "0x1000" }] }] },
    /not above its start/,
  ],
  ["a title of 10 MB", { version: 1, ...COMPARISON, title: "x".repeat(10_000_000) }, /at most 4096/],
  ["text", MARKUP, /not an object/],
  ["a list", [[[[]]]], /not an object/],
];
const DRAWN: readonly object[] = [MAPPINGS, FAULTS, LATENCY, COMPARISON, TABLE, INDEX, PAGE_TABLE, SHARING];

describeInBrowser("a notebook with hostile outputs", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;
  let notebook: NotebookPage;
  const errors: string[] = [];

  beforeAll(async () => {
    lab = await startTestLab("hostile-outputs");
    const outputs: OutputData[] = [
      ...REFUSED.map(([, json]) => strangeOutput(json)),
      ...DRAWN.map((view) => strangeOutput(marked(view))),
      outputOf({ version: 1, ...OBSERVATION }),
    ];
    writeFileSync(join(lab.rootDir, "hostile.ipynb"), storedNotebook(outputs));
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1180, height: 1400 } });
    page.on("pageerror", (error) => errors.push(error.message));
    notebook = await NotebookPage.openStored(page, lab, "hostile.ipynb");
    notebook.page.setDefaultTimeout(20_000);
    await notebook.whenDrawn();
  });

  afterAll(async () => {
    await notebook?.page.screenshot({ path: join(places().testResults, "hostile-outputs.png") });
    await browser?.close();
    await lab?.stop();
  });

  it.each(REFUSED.map(([what, , says], index) => [what, says, index] as const))(
    "shows the reason and the text for %s",
    async (_what, says, index) => {
      const cell = notebook.page.locator(".jp-Notebook .jp-Cell").nth(index);
      const notice = await cell.locator(".mmaplab-notice").textContent();
      expect(notice).toMatch(/^This output cannot be drawn\./);
      expect(notice).toMatch(says);
      expect(notice?.length).toBeLessThan(400);
      expect(await cell.locator(".mmaplab-fallback").textContent()).toBe("the text of the output");
    },
  );

  it("draws names that are markup as text, in every kind of figure", async () => {
    for (const [index] of DRAWN.entries()) {
      const cell = notebook.page.locator(".jp-Notebook .jp-Cell").nth(REFUSED.length + index);
      expect(await cell.locator(".mmaplab-figure-title").textContent()).toContain("<img src=x");
      expect(await cell.locator(".mmaplab-view img, .mmaplab-view script, .mmaplab-view b:not(td b)").count()).toBe(0);
      expect(await cell.locator(".mmaplab-notice").count()).toBe(0);
    }
  });

  it("runs no script, has no error on the page, and draws the output after them", async () => {
    expect(await notebook.page.evaluate(() => Reflect.get(window, "harmed") as unknown)).toBeUndefined();
    expect(await notebook.page.evaluate(() => Reflect.get({}, "kind") as unknown)).toBeUndefined();
    expect(errors).toEqual([]);
    const last = notebook.page.locator(".jp-Notebook .jp-Cell").nth(REFUSED.length + DRAWN.length);
    expect(await last.locator(".mmaplab-figure").count()).toBe(OBSERVATION.views.length);
    expect(await last.locator(".mmaplab-notice").count()).toBe(0);
  });
});
