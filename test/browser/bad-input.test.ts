/** Cells that go wrong: each gives a clear output in its place, and the next cell runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage, type Output } from "./notebook-page.js";

interface BadCell {
  readonly what: string;
  readonly source: string;
  /** How the cell is ended from outside, where it does not end by itself. */
  readonly endedBy?: (notebook: NotebookPage) => Promise<void>;
  readonly ename: RegExp;
  /** In the error's text as stored in the notebook. */
  readonly says: readonly RegExp[];
  /** What the next cell evaluates, and what it shows. */
  readonly next: string;
  readonly shows: string;
}

const CELLS: readonly BadCell[] = [
  {
    what: "a type error",
    source: 'const count: number = "many";',
    ename: /./,
    says: [/Type 'string' is not assignable to type 'number'/],
    next: "kept + 1",
    shows: "42",
  },
  {
    what: "a thrown error",
    source: 'function fail() {\n  throw new RangeError("on purpose");\n}\nfail();',
    ename: /^RangeError$/,
    says: [/on purpose/],
    next: "kept + 2",
    shows: "43",
  },
  {
    what: "an endless loop that is interrupted by the toolbar's button",
    source: "while (true) {}",
    endedBy: (notebook) => notebook.clickInterrupt(),
    ename: /./,
    says: [/interrupt/i],
    next: "kept + 3",
    shows: "44",
  },
  {
    what: "a write to a read-only mapping",
    source: "mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0).store(0, 1);",
    ename: /^Signal$/,
    says: [/SIGSEGV/, /SEGV_ACCERR/],
    next: "kept + 4",
    shows: "45",
  },
  {
    what: "a crash of the cell's process",
    source: 'process.kill(process.pid, "SIGSEGV");',
    ename: /./,
    says: [/SIGSEGV/],
    // The variables went with the process.
    next: "typeof mmap",
    shows: "function",
  },
];

const FIRST = "const kept = 41;";

describeInBrowser("a notebook with cells that go wrong", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;
  let notebook: NotebookPage;

  beforeAll(async () => {
    lab = await startTestLab("bad-input");
    const sources = [FIRST, ...CELLS.flatMap(({ source, next }) => [source, next])];
    writeFileSync(join(lab.rootDir, "bad-input.ipynb"), JSON.stringify(notebookOf(sources)));
    browser = await launchBrowser();
    notebook = await NotebookPage.open(await browser.newPage({ viewport: { width: 1100, height: 1600 } }), lab, "bad-input.ipynb");
    await notebook.runCell(0);
  });

  afterAll(async () => {
    await notebook?.page.screenshot({ path: join(places().testResults, "bad-input.png") });
    await browser?.close();
    await lab?.stop();
  });

  for (const [number, { what, source, endedBy, ename, says, next, shows }] of CELLS.entries()) {
    it(`shows ${what} in its cell, and runs the next one`, async () => {
      const bad = 1 + 2 * number;
      await notebook.startCell(bad);
      if (endedBy) {
        await notebook.whenBusy();
        await endedBy(notebook);
      }
      await notebook.whenIdle();
      await notebook.runCell(bad + 1);

      const cells = await notebook.savedCells();
      const error = errorOf(cells[bad]?.outputs ?? []);
      expect(error, `an error output for: ${source}`).toBeDefined();
      expect(error?.ename).toMatch(ename);
      const text = [error?.evalue, ...(error?.traceback ?? [])].join("\n");
      for (const pattern of says) expect(text).toMatch(pattern);
      const shown = await notebook.shownOutputs();
      for (const pattern of says) expect(shown[bad], "as the page shows it").toMatch(pattern);

      expect(errorOf(cells[bad + 1]?.outputs ?? []), `no error for: ${next}`).toBeUndefined();
      expect(shown[bad + 1]).toContain(shows);
    });
  }
});

function errorOf(outputs: readonly Output[]): Output | undefined {
  return outputs.find(({ output_type }) => output_type === "error");
}

function notebookOf(sources: readonly string[]): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "mmaplab", display_name: "TypeScript (mmaplab)", language: "typescript" } },
    cells: sources.map((source, index) => ({
      id: `cell-${index}`,
      cell_type: "code",
      source,
      metadata: {},
      execution_count: null,
      outputs: [],
    })),
  };
}
