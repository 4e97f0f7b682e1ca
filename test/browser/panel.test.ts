/** The address space panel in a real JupyterLab: live while a cell runs, back in time, and through restart, crash and loss. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { PanelPage, notebookOf } from "./address-space-panel.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage } from "./notebook-page.js";

const MAP = `const m = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);`;
const FIRST = [
  MAP,
  `m.touch({ pages: 3, access: "write" });`,
  `mprotect(m, PROT.READ);`,
  `const { existsSync } = require("node:fs");
while (!existsSync("stop-long")) {
  const wait = Date.now() + 20;
  while (Date.now() < wait);
  m.touch({ pages: 1 });
}`,
  `for (let i = 0; i < 3000; i += 1) madvise(m, MADV.DONTNEED);`,
  `process.kill(process.pid, "SIGKILL");`,
  `const other = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED | MAP.ANONYMOUS);`,
];
const SECOND = [`const big = mmap(null, 64 * PAGE_SIZE, PROT.READ, MAP.SHARED | MAP.ANONYMOUS);`];

describeInBrowser("the address space panel", () => {
  let lab: TestLab;
  let browser: Browser;
  let page: Page;
  let notebook: NotebookPage;
  let panel: PanelPage;

  beforeAll(async () => {
    lab = await startTestLab("panel");
    writeFileSync(join(lab.rootDir, "first.ipynb"), notebookOf(FIRST));
    writeFileSync(join(lab.rootDir, "second.ipynb"), notebookOf(SECOND));
    writeFileSync(join(lab.rootDir, "python.ipynb"), notebookOf(["1"], { name: "python3", display_name: "Python 3" }));
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    notebook = await NotebookPage.open(page, lab, "first.ipynb");
    panel = new PanelPage(page);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await page.screenshot({ path: join(places().testResults, "panel-failed.png") });
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  it("loads and asks for nothing until it is shown", async () => {
    await notebook.runCell(0);
    expect(
      await page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("mmaplab")).length),
    ).toBeGreaterThan(0);
    expect(await openComms(page)).toBe(0);
  });

  it("shows what was mapped before it was opened, and the operation that did it", async () => {
    await notebook.command("mmaplab:toggle-panel");
    await panel.waitForMapping(/rw-p/);
    expect(await panel.ownMappings()).toEqual([expect.stringMatching(/16 KiB, rw-p, 0 of 4 pages resident$/)]);
    expect(await panel.operationNames()).toEqual([expect.stringMatching(/^1 {2}mmap\(NULL, 16 KiB, rw-, no file\)\. 0x7/)]);
  });

  it("follows each cell", async () => {
    await notebook.runCell(1);
    await panel.waitForMapping(/rw-p, 3 of 4 pages resident, 3 dirty$/);
    await notebook.runCell(2);
    await panel.waitForMapping(/r--p, 3 of 4 pages resident/);
    const names = await panel.operationNames();
    expect(names).toHaveLength(3);
    expect(names[1]).toMatch(/touch\(0x[0-9a-f]+, write, 3 times\)\. ok · 3 minor, 0 major faults/);
    expect(Number((await panel.counter("Minor faults")).replaceAll(",", ""))).toBeGreaterThan(100);
    for (const name of ["Anonymous", "File", "Dirty"]) expect(await panel.counter(name)).toMatch(/^[\d.]+ [KMG]iB$/);
  });

  it("shows the memory as it was after an operation that is chosen, by keyboard too, and goes back to the present", async () => {
    await panel.operations.getByRole("option").first().click();
    await panel.waitForMapping(/rw-p, 0 of 4 pages resident/);
    expect(await panel.live.getAttribute("aria-pressed")).toBe("false");
    await panel.operations.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await panel.waitForMapping(/rw-p, 3 of 4 pages resident/);
    await panel.live.click();
    await panel.waitForMapping(/r--p, 3 of 4 pages resident/);
    expect(await panel.live.getAttribute("aria-pressed")).toBe("true");
  });

  it("goes on while a cell runs", async () => {
    const before = await panel.operationCount();
    await notebook.startCell(3);
    await notebook.whenBusy();
    await expect.poll(() => panel.operationCount(), { timeout: 15_000 }).toBeGreaterThan(before + 5);
    const during = await panel.operationCount();
    await expect.poll(() => panel.operationCount(), { timeout: 15_000 }).toBeGreaterThan(during + 5);
    writeFileSync(join(lab.rootDir, "stop-long"), "");
    await notebook.whenIdle();
  });

  it("keeps up with a flood of operations and shows the state they led to", async () => {
    const before = await panel.operationCount();
    await notebook.runCell(4);
    await expect.poll(() => panel.operationCount(), { timeout: 15_000 }).toBe(before + 3000);
    await panel.waitForMapping(/r--p, 0 of 4 pages resident/);
  });

  it("asks for everything anew when the connection was lost meanwhile", async () => {
    await page.evaluate(() => Reflect.get(window, "jupyterapp").shell.currentWidget.sessionContext.session.kernel.reconnect());
    await notebook.runCell(1).catch(() => undefined);
    await notebook.whenIdle();
    await panel.waitForMapping(/r--p/);
    await notebook.startCell(2);
    await expect.poll(async () => (await panel.operationNames()).at(-1), { timeout: 15_000 }).toMatch(/mprotect\(/);
  });

  it("shows each notebook its own memory, and keeps both", async () => {
    await notebook.command("docmanager:open", { path: "second.ipynb" });
    await page.waitForFunction(
      () => Reflect.get(window, "jupyterapp").shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle",
    );
    await expect.poll(() => panel.operationCount(), { timeout: 15_000 }).toBe(0);
    expect(await panel.ownMappings()).toEqual([]);
    await notebook.runCell(0);
    await panel.waitForMapping(/256 KiB, r--s/);
    await notebook.command("docmanager:open", { path: "first.ipynb" });
    await panel.waitForMapping(/16 KiB, r--p/);
    expect(await panel.ownMappings()).toHaveLength(1);
    await notebook.command("docmanager:open", { path: "second.ipynb" });
    await panel.waitForMapping(/256 KiB, r--s/);
  });

  it("starts anew when the kernel is restarted, and says so", async () => {
    await page.evaluate(() => Reflect.get(window, "jupyterapp").shell.currentWidget.sessionContext.session.kernel.restart());
    await panel.waitForStatus(/was restarted/);
    await expect.poll(() => panel.operationCount(), { timeout: 15_000 }).toBe(0);
    await notebook.whenIdle();
    await notebook.runCell(0);
    await panel.waitForMapping(/256 KiB, r--s/);
    await expect.poll(() => panel.status.isVisible()).toBe(false);
  });

  it("says that the memory is gone when the process of the cells has died, and follows the new one", async () => {
    await notebook.command("docmanager:open", { path: "first.ipynb" });
    await panel.waitForMapping(/16 KiB/);
    await notebook.runCell(5);
    await panel.waitForStatus(/has ended, and its variables and mappings are gone/);
    expect(await panel.ownMappings()).toEqual([]);
    await notebook.runCell(6);
    await panel.waitForMapping(/4 KiB, r--s/);
  });

  it("says what to do about a kernel of another language, no kernel and no notebook", async () => {
    await notebook.command("docmanager:open", { path: "python.ipynb" });
    await panel.waitForStatus(/has a kernel for python/);
    await page.evaluate(() => Reflect.get(window, "jupyterapp").shell.currentWidget.sessionContext.shutdown());
    await panel.waitForStatus(/has no kernel\. Start one/);
    await notebook.command("docmanager:save");
    await page.evaluate(() => Reflect.get(window, "jupyterapp").shell.currentWidget.close());
    await panel.waitForMapping(/KiB/);
  });

  it("keeps its looks in the light and in the dark theme", async () => {
    const { testResults } = places();
    await notebook.command("docmanager:open", { path: "first.ipynb" });
    for (const cell of [0, 1, 2]) await notebook.runCell(cell).catch(() => undefined);
    for (const theme of ["light", "dark"] as const) {
      await notebook.setTheme(theme);
      await page.screenshot({ path: join(testResults, `panel-${theme}.png`) });
      const colours = await panel.mappings.evaluate((list) => {
        const { color } = getComputedStyle(list);
        return [color, getComputedStyle(list.closest(".mmaplab-panel") ?? list).backgroundColor];
      });
      expect(new Set(colours).size).toBe(2);
    }
    await notebook.setTheme("light");
  });

  it("closes its comm when it is hidden", async () => {
    await notebook.command("mmaplab:toggle-panel");
    await expect.poll(() => openComms(page), { timeout: 15_000 }).toBe(0);
  });
});

/** How many comms of the panel the kernel of the current notebook has open. */
function openComms(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { kernel } = Reflect.get(window, "jupyterapp").shell.currentWidget.sessionContext.session;
    const reply = await kernel.requestCommInfo({ target_name: "mmaplab.address-space" });
    return Object.keys(reply.content.comms).length;
  });
}
