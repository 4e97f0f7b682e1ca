/**
 * A saved, executed notebook opened without any kernel: every kind of figure is drawn from what is stored, in every theme,
 * and can be used by mouse and by keys.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import type { FaultsView, ViewBundle } from "../../kernel/src/views/index.js";
import { BUNDLES, FAULTS } from "../unit/views/samples.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { expectDrawn, figureViews } from "./drawn-figures.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage, type DrawnFigure, type Theme } from "./notebook-page.js";
import { outputOf, storedNotebook } from "./stored-notebook.js";

const NOTEBOOK = "stored.ipynb";
/** The cell with the observation, and the one with many faults. */
const OBSERVED = BUNDLES.findIndex(({ kind }) => kind === "observation");
const MANY = BUNDLES.length;

/** More faults than can be drawn one by one, in an order that is none of their addresses, with three major ones. */
function manyFaults(count: number): FaultsView {
  const page = Array.from({ length: count }, (_, index) => (index * 7919) % 4096);
  const kinds = Array.from({ length: count }, (_, index) => (index % 20_000 === 7 ? "M" : "m")).join("");
  return {
    ...FAULTS,
    title: "Many faults",
    base: "0x10000000",
    vmas: [{ start: "0x10000000", end: "0x11000000", perms: "rw-p", offset: "0x0", object: null, label: "big" }],
    sources: [
      {
        source: "kernel",
        instrument: "test",
        minor: count - 3,
        major: 3,
        lost: 0,
        page,
        atNs: page.map((_, index) => index * 700),
        tookNs: null,
        faultKind: kinds,
        access: "w".repeat(count),
        reason: null,
        reasons: [],
      },
    ],
  };
}

describeInBrowser("a stored notebook without a kernel", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;
  let notebook: NotebookPage;
  let figures: readonly DrawnFigure[];
  const many: ViewBundle = { version: 1, ...manyFaults(60_000) };

  beforeAll(async () => {
    lab = await startTestLab("stored-figures");
    writeFileSync(join(lab.rootDir, NOTEBOOK), storedNotebook([...BUNDLES, many].map(outputOf)));
    browser = await launchBrowser();
    notebook = await NotebookPage.openStored(await browser.newPage({ viewport: { width: 1180, height: 1400 } }), lab, NOTEBOOK);
    notebook.page.setDefaultTimeout(10_000);
    await notebook.whenDrawn();
    figures = await notebook.figures();
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  const plot = (index: number, nth = 0) => notebook.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".mmaplab-plot").nth(nth);
  const panel = (index: number, nth = 0) => notebook.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".mmaplab-figure").nth(nth);

  it("starts no kernel", async () => {
    const running = await notebook.page.evaluate(async () => {
      const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as { baseUrl: string; token: string };
      const answer = await fetch(`${config.baseUrl}api/kernels`, { headers: { Authorization: `token ${config.token}` } });
      return (await answer.json()) as unknown[];
    });
    expect(running).toEqual([]);
  });

  it("draws every kind of figure with exactly the stored numbers", () => {
    BUNDLES.forEach((bundle, index) => {
      const drawn = figures.filter(({ cellId }) => cellId === `stored-${index}`);
      const views = figureViews(bundle);
      expect(drawn.map(({ kind }) => kind)).toEqual(views.map(({ kind }) => kind));
      views.forEach((view, position) => expectDrawn(drawn[position]!, view));
    });
  });

  it.each<Theme>(["dark", "high contrast", "light"])("keeps its numbers and takes the colours of the %s theme", async (theme) => {
    await notebook.setTheme(theme);
    const now = await notebook.figures();
    expect(now.map(({ traces }) => traces.map(({ x }) => x))).toEqual(figures.map(({ traces }) => traces.map(({ x }) => x)));
    for (let index = 0; index <= MANY; index += 1) {
      await notebook.scrollTo(`stored-${index}`);
      await notebook.page.screenshot({ path: join(places().testResults, `stored-${theme.replace(" ", "-")}-${index}.png`) });
    }
  });

  it("goes from point to point by the arrow keys and says each, until Escape", async () => {
    const faults = BUNDLES.findIndex(({ kind }) => kind === "faults");
    const label = panel(faults).locator(".mmaplab-point-label");
    await plot(faults).focus();
    await notebook.page.keyboard.press("ArrowRight");
    const first = await label.textContent();
    expect(first).toContain("minor fault, write");
    expect(first).toContain("0x7f12a0000000 in buffer");
    await notebook.page.keyboard.press("ArrowRight");
    expect(await label.textContent()).toContain("0x7f12a0001000");
    expect(await panel(faults).locator(".mmaplab-point").count()).toBe(1);
    await notebook.page.keyboard.press("Escape");
    expect(await panel(faults).locator(".mmaplab-point").count()).toBe(0);
    expect(await label.isHidden()).toBe(true);
  });

  it("marks in the other figures what is pointed at and selected in one", async () => {
    await plot(OBSERVED, 1).focus();
    await notebook.page.keyboard.press("ArrowRight");
    await panel(OBSERVED, 0).locator(".mmaplab-mark-hover").waitFor({ state: "attached" });
    await notebook.page.keyboard.press("Enter");
    expect(await panel(OBSERVED, 0).locator(".mmaplab-mark-select").count()).toBe(1);
    expect(await panel(OBSERVED, 1).locator(".mmaplab-mark-select").count()).toBeGreaterThan(0);
    await notebook.page.keyboard.press("Escape");
    expect(await panel(OBSERVED, 0).locator(".mmaplab-mark-select").count()).toBe(0);
  });

  it("zooms the other figures of its output to the same addresses, and Home shows everything", async () => {
    const rangeOf = (nth: number, axis: string): Promise<unknown> =>
      plot(OBSERVED, nth).evaluate((node, name) => {
        const layout = (node as unknown as { layout: Record<string, { range: number[]; ticktext: string[] }> }).layout;
        return [...(layout[name]?.range ?? [])];
      }, axis);
    const [mappings, faults] = [await rangeOf(0, "xaxis"), await rangeOf(1, "yaxis")];
    await plot(OBSERVED, 0).focus();
    await notebook.page.keyboard.press("+");
    await expect.poll(() => rangeOf(0, "xaxis")).not.toEqual(mappings);
    await expect.poll(() => rangeOf(1, "yaxis")).not.toEqual(faults);
    await notebook.page.keyboard.press("Home");
    await expect.poll(() => rangeOf(0, "xaxis")).toEqual(mappings);
    await expect.poll(() => rangeOf(1, "yaxis")).toEqual(faults);
  });

  it("steps through the moments of an index", async () => {
    const index = BUNDLES.findIndex(({ kind }) => kind === "index");
    await panel(index).getByRole("button", { name: "Previous step" }).click();
    await expect.poll(() => panel(index).locator(".mmaplab-step").textContent()).toContain("step 1 of 2");
    const drawn = (await notebook.figures()).find(({ cellId }) => cellId === `stored-${index}`);
    expect(drawn?.traces.find(({ meta }) => meta["part"] === "nodes")?.customdata.map(([id]) => id)).toEqual(["0x10000", "0x20000"]);
    expect(await panel(index).locator(".mmaplab-summary").textContent()).toContain("link 0x20000");
    await panel(index).getByRole("button", { name: "Next step" }).click();
    await expect.poll(() => panel(index).locator(".mmaplab-step").textContent()).toContain("step 2 of 2");
  });

  it("has a table with the data of every figure, and names what it is for screen readers", async () => {
    const faults = BUNDLES.findIndex(({ kind }) => kind === "faults");
    expect(await plot(faults).getAttribute("aria-label")).toContain("Faults: plot.");
    const button = panel(faults).getByRole("button", { name: "Show the data as a table" });
    await button.click();
    expect(await button.getAttribute("aria-expanded")).toBe("true");
    const rows = await panel(faults).locator(".mmaplab-data tbody tr").count();
    expect(rows).toBe(FAULTS.sources.reduce((sum, { page }) => sum + page.length, 0));
    await button.click();
    expect(await panel(faults).locator(".mmaplab-data").count()).toBe(0);
  });

  it.each([
    ["PNG", "\u0089PNG"],
    ["SVG", "<svg"],
  ])("saves a figure as %s", async (format, start) => {
    const [download] = await Promise.all([
      notebook.page.waitForEvent("download"),
      panel(0)
        .getByRole("button", { name: `Save as ${format}` })
        .click(),
    ]);
    expect(download.suggestedFilename()).toBe(`Touch-four-pages-write-the-file.${format.toLowerCase()}`);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString("latin1").startsWith(start)).toBe(true);
  });

  it("draws many faults as density with their counts, the rare ones as points, and each one when zoomed in", async () => {
    const drawn = (): Promise<DrawnFigure | undefined> =>
      notebook.figures().then((all) => all.find(({ title }) => title === "Many faults"));
    const whole = await drawn();
    expect(whole?.traces.find(({ meta }) => meta["part"] === "density")?.meta).toMatchObject({ inside: 60_000, listed: 60_000 });
    expect(whole?.traces.find(({ meta }) => meta["faultKind"] === "major")?.x).toHaveLength(3);
    expect((await panel(MANY).locator(".mmaplab-summary").textContent())?.replaceAll("\u202f", " ")).toContain(
      "60 000 of 60 000 listed faults are in view",
    );
    await plot(MANY).focus();
    for (let zooms = 0; zooms < 8; zooms += 1) await notebook.page.keyboard.press("+");
    await expect.poll(async () => (await drawn())?.traces.some(({ meta }) => meta["part"] === "density")).toBe(false);
    const near = await drawn();
    const [from, to] = await plot(MANY).evaluate((node) => [
      ...(node as unknown as { layout: { xaxis: { range: number[] } } }).layout.xaxis.range,
    ]);
    const wanted = Array.from({ length: 60_000 }, (_, index) => index).filter((index) => index * 700 >= from! && index * 700 <= to!);
    const seen = near?.traces.flatMap(({ customdata }) => customdata.map(([index]) => Number(index))) ?? [];
    expect(seen.sort((a, b) => a - b)).toEqual(wanted);
    await notebook.page.screenshot({ path: join(places().testResults, "stored-zoomed.png") });
    await notebook.page.keyboard.press("Home");
    await expect.poll(async () => (await drawn())?.traces.some(({ meta }) => meta["part"] === "density")).toBe(true);
  });
});
