/** A notebook open in JupyterLab, driven as a user does it: by JupyterLab's commands and buttons. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { TestLab } from "./jupyterlab.js";

/** An output as nbformat 4 stores it. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

export interface Cell {
  readonly id: string;
  readonly cell_type: "code" | "markdown" | "raw";
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}

/** A trace as plotly has it; only what the tests look at. */
export interface DrawnTrace {
  readonly name: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly customdata: readonly (readonly unknown[])[];
  readonly x: readonly unknown[];
  readonly y: readonly unknown[];
  /** The colours of its markers and lines. */
  readonly colours: string;
}

/** A figure of an output, with what plotly draws in it (nothing for a table). */
export interface DrawnFigure {
  readonly cellId: string;
  readonly kind: string;
  readonly title: string;
  readonly traces: readonly DrawnTrace[];
  readonly ground: string | null;
  /** Marks plotly has put into the document. */
  readonly drawnElements: number;
}

/** The parts of JupyterLab's application object that are used here (`--LabApp.expose_app_in_browser`). */
interface LabWindow {
  readonly jupyterapp: {
    readonly commands: { execute(id: string, args?: object): Promise<unknown> };
    /** Settled when everything of the page is there. */
    readonly restored: Promise<unknown>;
    readonly shell: { readonly currentWidget: NotebookPanel | null };
  };
}
interface NotebookPanel {
  readonly context: { readonly path: string };
  readonly sessionContext: {
    readonly isReady: boolean;
    readonly session: { readonly kernel: { readonly status: string; readonly name: string } | null } | null;
  };
  readonly content: {
    activeCellIndex: number;
    readonly widgets: readonly { readonly node: HTMLElement; readonly model: { readonly id: string } }[];
  };
}

const THEMES = { light: "JupyterLab Light", dark: "JupyterLab Dark", "high contrast": "JupyterLab Dark High Contrast" } as const;
export type Theme = keyof typeof THEMES;

export class NotebookPage {
  private constructor(
    readonly page: Page,
    private readonly file: string,
  ) {}

  /** Opens a notebook, given by its path below the root of the lab, and waits for its kernel. */
  static async open(page: Page, lab: TestLab, notebook: string): Promise<NotebookPage> {
    // Without what earlier pages had open: JupyterLab would restore it, and it might come to the front.
    await page.goto(`${lab.url(notebook)}&reset`);
    await page.waitForFunction(
      (path) => {
        const panel = (window as unknown as LabWindow).jupyterapp?.shell.currentWidget;
        if (panel?.context?.path !== path || panel.sessionContext?.isReady !== true) return false;
        return panel.sessionContext.session?.kernel?.status === "idle";
      },
      notebook,
      { timeout: 90_000 },
    );
    return new NotebookPage(page, join(lab.rootDir, notebook));
  }

  /** Opens a notebook without any kernel, as a reader does who has none, and waits until its plots are drawn. */
  static async openStored(page: Page, lab: TestLab, notebook: string): Promise<NotebookPage> {
    await page.goto(lab.url(""));
    await page.waitForFunction(() => (window as unknown as LabWindow).jupyterapp?.commands !== undefined, undefined, { timeout: 90_000 });
    await page.evaluate(async () => void (await (window as unknown as LabWindow).jupyterapp.restored));
    const stored = new NotebookPage(page, join(lab.rootDir, notebook));
    const kernelPreference = { shouldStart: false, canStart: false, autoStartDefault: false };
    await stored.command("docmanager:open", { path: notebook, kernelPreference });
    await page.waitForSelector(".jp-Notebook .jp-Cell");
    return stored;
  }

  /** Runs a command of JupyterLab and waits until it is done. */
  async command(id: string, args: object = {}): Promise<void> {
    await this.page.evaluate(
      async ([command, options]) => {
        await (window as unknown as LabWindow).jupyterapp.commands.execute(command, options);
      },
      [id, args] as const,
    );
  }

  /** Run > Run All Cells. Ends when all cells have run, or one has failed. */
  async runAll(): Promise<void> {
    await this.command("runmenu:run-all");
    await this.whenIdle();
  }

  async selectCell(index: number): Promise<void> {
    await this.page.evaluate((at) => {
      const panel = (window as unknown as LabWindow).jupyterapp.shell.currentWidget;
      if (panel) panel.content.activeCellIndex = at;
    }, index);
  }

  /** Runs one cell, as Ctrl-Enter does, until it ends. */
  async runCell(index: number): Promise<void> {
    await this.startCell(index);
    await this.whenIdle();
  }

  /** Starts a cell without waiting for its end. */
  async startCell(index: number): Promise<void> {
    await this.selectCell(index);
    await this.page.evaluate(() => void (window as unknown as LabWindow).jupyterapp.commands.execute("notebook:run-cell"));
  }

  /** Waits until the kernel has nothing to do and no cell waits for it. */
  async whenIdle(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const kernel = (window as unknown as LabWindow).jupyterapp.shell.currentWidget?.sessionContext.session?.kernel;
        const waiting = [...document.querySelectorAll(".jp-InputPrompt")].some((prompt) => prompt.textContent?.includes("[*]"));
        return kernel?.status === "idle" && !waiting;
      },
      undefined,
      { timeout: 120_000 },
    );
  }

  /** Waits until the kernel is running a cell. */
  async whenBusy(): Promise<void> {
    await this.page.waitForFunction(
      () => (window as unknown as LabWindow).jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.status === "busy",
    );
  }

  /** The black square of the toolbar. */
  async clickInterrupt(): Promise<void> {
    await this.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').first().click();
  }

  /** Saves the notebook and reads its cells from disk. */
  async savedCells(): Promise<readonly Cell[]> {
    await this.command("docmanager:save");
    return (JSON.parse(readFileSync(this.file, "utf8")) as { readonly cells: readonly Cell[] }).cells;
  }

  /** The outputs as the page shows them, one text a cell. */
  shownOutputs(): Promise<string[]> {
    return this.page
      .locator(".jp-Notebook .jp-Cell")
      .evaluateAll((cells) => cells.map((cell) => cell.querySelector<HTMLElement>(".jp-OutputArea")?.innerText ?? ""));
  }

  /** Changes the theme of JupyterLab and waits until the page and its plots have it. */
  async setTheme(theme: Theme): Promise<void> {
    await this.command("apputils:change-theme", { theme: THEMES[theme] });
    await this.page.waitForFunction(
      ([name, isLight]) => document.body.dataset["jpThemeName"] === name && document.body.dataset["jpThemeLight"] === String(isLight),
      [THEMES[theme], theme === "light"] as const,
    );
    // The style sheet of a theme that was not used yet is loaded, then every plot is drawn again.
    await this.page.waitForFunction(() => {
      const ground = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim();
      const probe = document.createElement("span");
      probe.style.color = ground;
      document.body.append(probe);
      const wanted = getComputedStyle(probe).color;
      const figures = [...document.querySelectorAll<HTMLElement>(".mmaplab-plot")].map((plot) => {
        const layout = (plot as unknown as { layout?: { paper_bgcolor?: string } }).layout;
        probe.style.color = layout?.paper_bgcolor ?? "";
        return getComputedStyle(probe).color;
      });
      probe.remove();
      return figures.every((colour) => colour === wanted);
    });
  }

  /** Takes cells out of sight, by the start of their ids. */
  async hideCells(idStart: string): Promise<void> {
    await this.page.evaluate((start) => {
      for (const { model, node } of (window as unknown as LabWindow).jupyterapp.shell.currentWidget?.content.widgets ?? []) {
        if (model.id.startsWith(start)) node.style.display = "none";
      }
    }, idStart);
  }

  /** Scrolls so that a cell is at the top. */
  async scrollTo(cellId: string): Promise<void> {
    await this.page.evaluate((id) => {
      const cells = (window as unknown as LabWindow).jupyterapp.shell.currentWidget?.content.widgets ?? [];
      cells.find(({ model }) => model.id === id)?.node.scrollIntoView({ block: "start" });
    }, cellId);
  }

  /** Waits until every figure on the page has been drawn. */
  async whenDrawn(): Promise<void> {
    await this.page.waitForFunction(() => {
      const plots = [...document.querySelectorAll(".mmaplab-plot")];
      return plots.length > 0 && plots.every((plot) => plot.querySelector(".main-svg") !== null);
    });
  }

  /** All figures on the page, in their order, with plotly's own data. */
  figures(): Promise<DrawnFigure[]> {
    return this.page.evaluate(() => {
      interface Trace {
        readonly name?: string;
        readonly meta?: Record<string, unknown>;
        readonly customdata?: unknown[][];
        readonly x?: ArrayLike<unknown>;
        readonly y?: ArrayLike<unknown>;
        readonly marker?: unknown;
        readonly line?: unknown;
      }
      type Drawn = HTMLElement & { readonly data?: readonly Trace[]; readonly layout?: { readonly paper_bgcolor?: string } };
      const cells = (window as unknown as LabWindow).jupyterapp.shell.currentWidget?.content.widgets ?? [];
      return [...document.querySelectorAll<HTMLElement>(".mmaplab-figure")].map((figure) => {
        const plot = figure.querySelector<Drawn>(".mmaplab-plot");
        return {
          cellId: cells.find((cell) => cell.node.contains(figure))?.model.id ?? "",
          kind: figure.dataset["kind"] ?? "",
          title: figure.getAttribute("aria-label") ?? "",
          ground: plot?.layout?.paper_bgcolor ?? null,
          drawnElements: plot?.querySelectorAll(".trace, .gl-canvas").length ?? 0,
          traces: (plot?.data ?? []).map((trace) => ({
            name: trace.name ?? "",
            meta: trace.meta ?? {},
            customdata: trace.customdata ?? [],
            x: Array.from(trace.x ?? []),
            y: Array.from(trace.y ?? []),
            colours: JSON.stringify([trace.marker, trace.line]),
          })),
        };
      });
    });
  }
}
