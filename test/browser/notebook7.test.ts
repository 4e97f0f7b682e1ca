/** The same extension in Jupyter Notebook 7, which has no launcher, no status bar and another shell. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { PanelPage, notebookOf } from "./address-space-panel.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";

const CELLS = [
  `const m = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);
observe("touch", () => m.touch({ pages: 3, access: "write" }));`,
];

describeInBrowser("the extension in Jupyter Notebook 7", () => {
  let lab: TestLab;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    lab = await startTestLab("notebook7");
    writeFileSync(join(lab.rootDir, "seven.ipynb"), notebookOf(CELLS));
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", (error) => errors.push(error.stack ?? String(error)));
    await page.goto(lab.url("seven.ipynb").replace("/lab/tree/", "/notebooks/"));
    await page.locator(".jp-Notebook .jp-Cell").first().waitFor({ timeout: 90_000 });
    await page.locator('[data-status="idle"], .jp-NotebookKernelStatus').first().waitFor({ state: "attached", timeout: 60_000 });
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  it("draws the figures of a cell", async () => {
    await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("figure", { name: /^Mappings: touch/ }).waitFor({ timeout: 60_000 });
    await page.locator(".mmaplab-plot .main-svg").first().waitFor({ state: "attached", timeout: 60_000 });
    expect(await page.locator(".mmaplab-summary").first().textContent()).not.toBe("");
  });

  it("shows the memory of the kernel in the panel", async () => {
    const panel = new PanelPage(page);
    await page.getByRole("menuitem", { name: "Memory", exact: true }).click();
    await page.getByRole("menu").getByText("Address Space Panel").click();
    await panel.waitForMapping(/16 KiB, rw-p, 3 of 4 pages resident/);
    expect(await panel.operationCount()).toBe(2);
    await page.screenshot({ path: join(places().testResults, "notebook7.png") });
  });

  it("throws no error of its own on the way", () => {
    // Notebook 7 has one without the extension too, in its keyboard shortcuts.
    expect(errors.filter((stack) => stack.includes("/extensions/mmaplab-jupyterlab/"))).toEqual([]);
  });
});
