/**
 * Recorded traces in a real JupyterLab, without any kernel: a document is stepped through by mouse and keys, the figures
 * follow, and what is wrong or hostile is shown as text.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { places } from "../../kernel/setup/places.mjs";
import { embedded } from "../../kernel/src/lab/trace/embed.js";
import { callText, decodeTrace, encodeTrace, type Trace, type TraceStep } from "../../kernel/src/model/index.js";
import type { ObservationView, ViewBundle } from "../../kernel/src/views/index.js";
import { describeInBrowser, launchBrowser } from "./browser.js";
import { startTestLab, type TestLab } from "./jupyterlab.js";
import { NotebookPage } from "./notebook-page.js";
import { outputOf, storedNotebook } from "./stored-notebook.js";

const EXAMPLE = "guided/traces/faults-and-copies.mmaptrace.json";
const HOSTILE_TEXT = `<img src=x onerror="window.attacked = true"><script>window.attacked = true</script>`;

/** One trace that is open, by what assistive technology sees of it. */
class OpenTrace {
  constructor(readonly region: Locator) {}

  button(name: string | RegExp): Locator {
    return this.region.getByRole("button", { name });
  }

  get slider(): Locator {
    return this.region.getByRole("slider", { name: "Step" });
  }

  get status(): Locator {
    return this.region.getByRole("status");
  }

  tab(name: string): Locator {
    return this.region.getByRole("tab", { name });
  }

  /** Waits until the trace is at a step. */
  async at(position: number): Promise<void> {
    await this.status.filter({ hasText: new RegExp(`^Step ${String(position)} of `) }).waitFor();
    expect(await this.slider.inputValue()).toBe(String(position));
  }

  /** Waits for the figure of the chosen tab, and gives what plotly has of it as text. */
  async figure(title: RegExp): Promise<string> {
    const figure = this.region.getByRole("figure", { name: title });
    await figure.locator(".main-svg").first().waitFor();
    return figure.locator(".mmaplab-plot").evaluate((plot) => JSON.stringify((plot as unknown as { data: unknown }).data));
  }
}

describeInBrowser("a trace without a kernel", () => {
  let lab: TestLab | undefined;
  let browser: Browser | undefined;
  let page: Page;
  let notebook: NotebookPage;
  let trace: Trace;
  let open: OpenTrace;
  const rootDir = (): string => lab?.rootDir ?? "";

  /** Opens a file as a double click in the file browser does. */
  async function openFile(path: string, title: RegExp | string): Promise<OpenTrace> {
    await notebook.command("docmanager:open", { path });
    const region = page.getByRole("region", { name: title }).filter({ visible: true });
    await region.waitFor();
    return new OpenTrace(region);
  }

  function observation(title: string, of: Trace): ViewBundle & ObservationView {
    const table = { kind: "table", title, headings: ["what"], rows: [[{ text: "some" }]] } as const;
    return { version: 1, kind: "observation", title, views: [table], trace: embedded(of) };
  }

  beforeAll(async () => {
    lab = await startTestLab("trace");
    trace = decodeTrace(readFileSync(join(rootDir(), EXAMPLE), "utf8"));
    const refused: ViewBundle = {
      ...observation("Long", trace),
      trace: { refused: "The trace is not kept in this output. <b>Save it.</b>" },
    };
    writeFileSync(join(rootDir(), "stored.ipynb"), storedNotebook([observation("Kept", trace), refused].map(outputOf)));
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    page.setDefaultTimeout(20_000);
    notebook = await NotebookPage.openStored(page, lab, "stored.ipynb");
    open = await openFile(EXAMPLE, `Trace: ${trace.title}`);
  });

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  it("opens at its start and needs no kernel", async () => {
    await open.at(0);
    const kernels = await page.evaluate(async () => {
      const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as { baseUrl: string; token: string };
      const answer = await fetch(`${config.baseUrl}api/kernels`, { headers: { Authorization: `token ${config.token}` } });
      return (await answer.json()) as unknown[];
    });
    expect(kernels).toEqual([]);
    expect(await open.button("Step back (Left)").getAttribute("aria-disabled")).toBe("true");
    expect(await open.region.getByText(`${String(trace.steps.length)} calls`).count()).toBe(1);
  });

  it("goes forward, back, and to both ends, by buttons", async () => {
    await open.button("Step forward (Right)").click();
    await open.at(1);
    expect(await open.status.textContent()).toContain(callText(trace.steps[0]!.operation));
    await open.button("Last step (End)").click();
    await open.at(trace.steps.length);
    expect(await open.button("Step forward (Right)").getAttribute("aria-disabled")).toBe("true");
    await open.button("Step back (Left)").click();
    await open.at(trace.steps.length - 1);
    await open.button("First step (Home)").click();
    await open.at(0);
  });

  it("goes by keys, and by the slider, which says the step", async () => {
    await open.region.focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
    await open.at(2);
    await page.keyboard.press("End");
    await open.at(trace.steps.length);
    await open.slider.fill("5");
    await open.at(5);
    expect(await open.slider.getAttribute("aria-valuetext")).toContain(callText(trace.steps[4]!.operation));
    await open.slider.press("ArrowRight");
    await open.at(6);
  });

  it("leaps from fault to fault", async () => {
    const faulting = trace.steps.flatMap(({ result }, index) =>
      result !== null && (result.counts.minor > 0 || result.outcome.kind === "signal") ? [index + 1] : [],
    );
    await open.slider.fill("0");
    for (const position of faulting.slice(0, 3)) {
      await open.button(/^Go to the next step with a page fault/).click();
      await open.at(position);
    }
    await open.region.focus();
    await page.keyboard.press("f");
    await open.at(faulting[3]!);
    expect(await open.button(/^Go to the next step in which/).getAttribute("aria-disabled")).toBe("true");
  });

  it("plays by itself until it is stopped", async () => {
    await open.slider.fill("0");
    await open.button("Play (Space)").click();
    await open.status.filter({ hasText: /^Step ([2-9]|1\d) of / }).waitFor();
    await open.button("Pause (Space)").click();
    await open.button("Play (Space)").waitFor();
    expect(Number(await open.slider.inputValue())).toBeGreaterThan(1);
    await open.button("Last step (End)").click();
    await open.at(trace.steps.length);
  });

  it("shows the mappings before and after each step, the call's answers, and why", async () => {
    const shared = trace.steps.findIndex(({ operation }) => operation.op === "mmap" && operation.file !== null) + 1;
    await open.slider.fill(String(shared));
    await open.at(shared);
    expect(await open.figure(/^Mappings$/)).toContain("unnamed file");
    const comparison = open.region.getByRole("table", { name: "Kernel and model" });
    expect(await comparison.getByRole("row").allInnerTexts()).toContainEqual(expect.stringMatching(/outcome\s+ok\s+ok\s+equal/));
    expect(await open.region.getByRole("table", { name: "Why" }).innerText()).toMatch(/\S/);
  });

  it("shows the index, the page table of the touched address, and the page cache of the same step", async () => {
    const written =
      trace.steps.findIndex(({ operation }) => operation.op === "touch" && operation.access === "write" && operation.byte === 42) + 1;
    await open.slider.fill(String(written));
    await open.tab("Index").click();
    expect(await open.figure(/^VMAs in a maple tree/)).toContain("rw-");
    await open.tab("Page table").click();
    await open.figure(/^Page table walk for file/);
    await open.region.getByRole("figure").getByRole("button", { name: "Show the data as a table" }).click();
    expect(await open.region.getByRole("region", { name: "Data of the figure" }).innerText()).toMatch(/dirty/);
    await open.tab("Page cache").click();
    const cache = open.region.getByRole("figure", { name: "Page cache" });
    expect(await cache.getByRole("row").allInnerTexts()).toContainEqual(expect.stringMatching(/unnamed file\s+ext4\s+24 KiB\s+6\s/));
    await open.tab("Page cache").press("ArrowRight");
    expect(await open.tab("Mappings").getAttribute("aria-selected")).toBe("true");
  });

  it("shows an old kernel's structure, with the note that belongs to it", async () => {
    await open.tab("Index").click();
    await open.region.getByRole("combobox", { name: "Model:" }).selectOption("linux-2.4");
    await open.figure(/^VMAs in a sorted list/);
    expect(await open.region.getByText("Only the index and the struct are of that time").count()).toBeGreaterThan(0);
    await open.region.getByRole("combobox", { name: "Model:" }).selectOption("");
    await open.figure(/^VMAs in a maple tree/);
    await open.tab("Mappings").click();
  });

  it.each(["dark", "light"] as const)("takes the colours of the %s theme", async (theme) => {
    await notebook.setTheme(theme);
    const signal = trace.steps.findIndex(({ result }) => result?.outcome.kind === "signal") + 1;
    await open.slider.fill(String(signal));
    await open.figure(/^Mappings/);
    expect(await open.region.getByRole("table", { name: "Kernel and model" }).innerText()).toContain("SIGSEGV (SEGV_ACCERR)");
    await page.screenshot({ path: join(places().testResults, `trace-${theme}.png`) });
    await open.tab("Page table").click();
    await open.figure(/^Page table walk/);
    await page.screenshot({ path: join(places().testResults, `trace-page-table-${theme}.png`) });
    await open.tab("Mappings").click();
  });

  it("marks a step whose answers differ, and finds it", async () => {
    const at = trace.steps.findIndex(({ operation }) => operation.op === "mprotect") + 1;
    const steps = trace.steps.map((step, index): TraceStep =>
      index + 1 === at && step.result !== null ? { ...step, result: { ...step.result, counts: { minor: 9, major: 0 } } } : step,
    );
    writeFileSync(join(rootDir(), "differs.mmaptrace.json"), encodeTrace({ ...trace, title: "differs", steps }));
    const differing = await openFile("differs.mmaptrace.json", "Trace: differs");
    await differing.button(/^Go to the next step in which/).click();
    await differing.at(at);
    const rows = await differing.region.getByRole("table", { name: "Kernel and model" }).getByRole("row").allInnerTexts();
    expect(rows).toContainEqual(expect.stringMatching(/minor faults\s+9\s+0\s+unexplained/));
  });

  it("says what is wrong with a document of the future, and opens it as text", async () => {
    writeFileSync(join(rootDir(), "future.mmaptrace.json"), JSON.stringify({ format: "mmaptrace", version: 99, steps: [] }));
    await notebook.command("docmanager:open", { path: "future.mmaptrace.json" });
    const notice = page.getByRole("note").filter({ hasText: "This trace cannot be shown.", visible: true });
    await notice.waitFor();
    expect(await notice.innerText()).toContain("made by a newer mmaplab (format 99");
    await page.getByRole("button", { name: "Open as text" }).filter({ visible: true }).click();
    await page.locator(".jp-FileEditor .cm-content").filter({ hasText: '"version":99', visible: true }).waitFor();
  });

  it("names the step that is malformed", async () => {
    const document = JSON.parse(encodeTrace(trace)) as { steps: { operation: Record<string, unknown> }[] };
    document.steps[3]!.operation["op"] = HOSTILE_TEXT;
    writeFileSync(join(rootDir(), "malformed.mmaptrace.json"), JSON.stringify(document));
    await notebook.command("docmanager:open", { path: "malformed.mmaptrace.json" });
    await page.getByRole("note").filter({ hasText: "step 4: operation: there is no operation", visible: true }).waitFor();
    expect(await page.evaluate(() => "attacked" in window)).toBe(false);
  });

  it("shows hostile names as text", async () => {
    const steps = trace.steps.map(({ operation, result }): TraceStep => ({
      operation: "file" in operation && operation.file !== null ? { ...operation, file: HOSTILE_TEXT } : operation,
      result,
      explained: HOSTILE_TEXT,
    }));
    const labels = trace.labels.map((label) => ({ ...label, text: HOSTILE_TEXT }));
    const hostile: Trace = { ...trace, title: `hostile ${HOSTILE_TEXT}`, leftOut: [HOSTILE_TEXT], labels, steps };
    writeFileSync(join(rootDir(), "hostile.mmaptrace.json"), encodeTrace(hostile));
    const shown = await openFile("hostile.mmaptrace.json", /^Trace: hostile/);
    for (const position of [4, 5, 7]) {
      await shown.slider.fill(String(position));
      await shown.figure(/^Mappings/);
    }
    for (const name of ["Index", "Page table"]) {
      await shown.tab(name).click();
      await shown.figure(/./);
    }
    await shown.tab("Page cache").click();
    expect(await shown.region.getByRole("figure", { name: "Page cache" }).innerText()).toContain("<img src=x");
    expect(await shown.region.locator("img, script").count()).toBe(0);
    expect(await page.evaluate(() => "attacked" in window)).toBe(false);
  });

  it("is opened from an output that carries it, beside the notebook", async () => {
    await notebook.command("docmanager:open", { path: "stored.ipynb" });
    const buttons = page.getByRole("button", { name: "Open as trace" });
    await buttons.first().click();
    const region = page.locator(".jp-MainAreaWidget .mmaplab-trace").filter({ visible: true }).last();
    await region.waitFor();
    const opened = new OpenTrace(region);
    await opened.button("Last step (End)").click();
    await opened.at(trace.steps.length);
    expect(await opened.figure(/^Mappings/)).toContain("tail");
    await page.screenshot({ path: join(places().testResults, "trace-from-output.png") });
  });

  it("is opened from an output in Notebook 7 too, beside the notebook", async () => {
    const other = await browser!.newPage({ viewport: { width: 1180, height: 1200 } });
    other.setDefaultTimeout(30_000);
    try {
      await other.goto(lab!.url("stored.ipynb").replace("/lab/tree/", "/notebooks/"));
      await other.getByRole("button", { name: "Open as trace" }).first().click();
      const opened = new OpenTrace(other.getByRole("region", { name: `Trace: ${trace.title}` }));
      await opened.region.waitFor();
      await other.screenshot({ path: join(places().testResults, "trace-notebook-7.png") });
      await opened.button("Step forward (Right)").click();
      await opened.at(1);
      await opened.figure(/^Mappings/);
      await other.screenshot({ path: join(places().testResults, "trace-notebook-7.png") });
    } finally {
      await other.close();
    }
  });

  it("is not offered by an output that could not keep it, which says why", async () => {
    const refused = page.getByRole("button", { name: "Open as trace" }).nth(1);
    expect(await refused.getAttribute("aria-disabled")).toBe("true");
    expect(await page.getByText("The trace is not kept in this output. <b>Save it.</b>").count()).toBe(1);
    const before = await page.locator(".mmaplab-trace").count();
    await refused.click({ force: true });
    expect(await page.locator(".mmaplab-trace").count()).toBe(before);
  });
});
