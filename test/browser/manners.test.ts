/** How the extension behaves among the others: menu, palette, launcher, progress, settings, status bar; nothing loaded too early. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { PanelPage, notebookOf } from "./address-space-panel.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage } from "./notebook-page.js";

const PAGES = `const m = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);`;
const CELLS = [
  PAGES,
  `observe("touch", () => m.touch({ pages: 3, access: "write" }));`,
  `1 + 1`,
  `const view = (name: string, outcome: string) => ({ "application/vnd.mmaplab.v1+json": { version: 1, kind: "check", title: name, name, outcome, message: "seen" }, "text/plain": name });
display(view("three faults", "passed"));
display(view("no hole", "failed"));`,
];

describeInBrowser("the manners of the extension", () => {
  let lab: TestLab;
  let browser: Browser;
  let page: Page;
  let notebook: NotebookPage;
  const errors: string[] = [];

  beforeAll(async () => {
    lab = await startTestLab("manners");
    writeFileSync(join(lab.rootDir, "guided", "99-checked.ipynb"), notebookOf(CELLS));
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", (error) => errors.push(String(error)));
    notebook = await NotebookPage.open(page, lab, "guided/99-checked.ipynb");
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  it("loads less than 60 KiB before anything of it is used", async () => {
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => /extensions\/mmaplab-jupyterlab\/.*\.js/.test(name))
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).decodedBodySize, 0),
    );
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(60 * 1024);
  });

  it("has a menu whose first entry shows and hides the panel", async () => {
    const panel = new PanelPage(page);
    const choose = async (): Promise<void> => {
      await page.getByRole("menuitem", { name: "Memory", exact: true }).click();
      await page.getByRole("menu").getByText("Address Space Panel").click();
    };
    await choose();
    await panel.panel.waitFor({ state: "visible" });
    await expect.poll(() => panel.operationCount()).toBe(0);
    await choose();
    await panel.panel.waitFor({ state: "hidden" });
  });

  it("lists its commands in the palette", async () => {
    const items = await page.evaluate(() => {
      const { commands } = Reflect.get(window, "jupyterapp");
      return commands
        .listCommands()
        .filter((id: string) => id.startsWith("mmaplab:"))
        .map((id: string) => commands.label(id));
    });
    expect(items).toEqual(
      expect.arrayContaining([
        "Address Space Panel",
        "Memory Mapping Labs",
        "New Notebook for Memory Mapping",
        "Forget the Progress in the Labs",
      ]),
    );
    await notebook.command("apputils:activate-command-palette");
    await page.locator("#modal-command-palette input").fill("memory mapping");
    const found = await page.locator("#modal-command-palette .lm-CommandPalette-itemLabel").allInnerTexts();
    expect(found).toEqual(expect.arrayContaining(["Memory Mapping Labs", "New Notebook for Memory Mapping"]));
    await page.keyboard.press("Escape");
  });

  it("shows the faults of the last cell in the status bar, and nothing after a cell without any", async () => {
    const status = page.locator(".mmaplab-status");
    await notebook.runCell(0);
    expect(await status.isVisible()).toBe(false);
    await notebook.runCell(1);
    await expect.poll(() => status.textContent()).toBe("Faults: 3 minor, 0 major");
    expect(await status.isVisible()).toBe(true);
    await page.screenshot({ path: join(places().testResults, "manners-status.png") });
    await notebook.runCell(2);
    await expect.poll(() => status.isVisible()).toBe(false);
  });

  it("shows the labs with the checks that were passed, in the launcher too, and keeps that over a reload", async () => {
    await notebook.runCell(3);
    await notebook.command("mmaplab:open-labs");
    const guided = page.getByRole("region", { name: "Guided labs" });
    const item = guided.getByRole("listitem").filter({ has: page.getByRole("button", { name: "99 Checked" }) });
    await expect.poll(() => item.textContent()).toContain("1 of 2 checks passed");
    const other = guided.getByRole("listitem").filter({ has: page.getByRole("button", { name: "01 First mapping" }) });
    expect(await other.textContent()).toContain("not begun");
    // Not by setTheme, which waits for the plots of the notebook: that lies behind this page.
    for (const [theme, isLight] of [
      ["JupyterLab Dark", "false"],
      ["JupyterLab Light", "true"],
    ] as const) {
      await notebook.command("apputils:change-theme", { theme });
      await page.waitForFunction((light) => document.body.dataset["jpThemeLight"] === light, isLight);
      await page.screenshot({ path: join(places().testResults, `manners-labs-${isLight === "true" ? "light" : "dark"}.png`) });
    }
    // JupyterLab keeps the state a moment later.
    const kept = (): Promise<string> => page.evaluate(async () => (await fetch(`${location.origin}/lab/api/workspaces/default`)).text());
    await expect.poll(kept, { timeout: 15_000 }).toContain("mmaplab-jupyterlab:progress");
    await page.goto(lab.url(""));
    await page.waitForFunction(() => Reflect.get(window, "jupyterapp")?.restored !== undefined, undefined, { timeout: 90_000 });
    await page.evaluate(async () => void (await Reflect.get(window, "jupyterapp").restored));
    await notebook.command("launcher:create");
    const card = page.locator(".jp-LauncherCard").filter({ hasText: "Memory Mapping Labs" }).first();
    await expect.poll(() => card.innerText()).toContain("(1 of 2 checks)");
    await page.screenshot({ path: join(places().testResults, "manners-launcher.png") });
    await card.click();
    await expect.poll(() => item.textContent()).toContain("1 of 2 checks passed");
    await item.getByRole("button").click();
    await page.getByRole("tab", { name: /99-checked/ }).waitFor();
  });

  it("opens a notebook with its own kernel", async () => {
    await notebook.command("mmaplab:new-notebook");
    await expect
      .poll(() => page.evaluate(() => Reflect.get(window, "jupyterapp").shell.currentWidget?.sessionContext?.session?.kernel?.name), {
        timeout: 30_000,
      })
      .toBe("mmaplab");
  });

  it("has settings with a schema, and opens the panel by itself where that is set", async () => {
    const panel = new PanelPage(page);
    const settings = await page.evaluate(async () => {
      const { origin } = location;
      const xsrf = /_xsrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
      const url = `${origin}/lab/api/settings/mmaplab-jupyterlab:preferences`;
      const { schema } = (await (await fetch(url)).json()) as { readonly schema: { readonly properties: object } };
      const raw = JSON.stringify({ raw: JSON.stringify({ openPanel: true, panelInterval: 50 }) });
      const put = await fetch(url, { method: "PUT", body: raw, headers: { "X-XSRFToken": xsrf, "Content-Type": "application/json" } });
      return { properties: Object.keys(schema.properties), stored: put.status };
    });
    expect(settings.properties).toEqual(["panelInterval", "openPanel"]);
    expect(settings.stored).toBe(204);
    await page.goto(lab.url("guided/99-checked.ipynb"));
    await panel.panel.waitFor({ state: "visible", timeout: 60_000 });
  });

  it("throws no error on the way", () => {
    expect(errors).toEqual([]);
  });
});
