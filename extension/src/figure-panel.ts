/**
 * One view: its caption, its summary for everybody, its buttons, and its plot or table. It needs a place on a page and
 * nothing of JupyterLab, so that outputs, documents and panels can use it alike.
 */
import { printable, toText, VIEW_VERSION, type FigureView } from "mmaplab/views";
import { checkElements, checkSummary } from "./check-result.js";
import { comparisonSummary, comparisonTable } from "./comparison-table.js";
import { dataTables } from "./data-table.js";
import { hasWebGl, loadDrawing } from "./drawing-loader.js";
import { FigureBar } from "./figure-bar.js";
import type { Figure, PlottedView } from "./figures/index.js";
import { noticeElements } from "./notice.js";
import { OutputLink } from "./output-link.js";
import type { Phrases } from "./phrases.js";
import { Plot } from "./plot.js";
import { plainText } from "./plot-points.js";
import { rowsTable, tableSummary } from "./rows-table.js";
import { readTheme } from "./theme.js";

export class FigurePanel {
  readonly node = document.createElement("figure");
  readonly #title = document.createElement("div");
  readonly #summary = document.createElement("div");
  readonly #body = document.createElement("div");
  readonly #bar: FigureBar;
  #plot: Plot | null = null;
  #view: FigureView | null = null;
  /** Which moment of the figure is shown; undefined for its last. */
  #step: number | undefined;

  /** @param link joins the figures of one output */
  constructor(
    private readonly trans: Phrases,
    private readonly link: OutputLink = new OutputLink(),
  ) {
    this.node.className = "mmaplab-figure";
    this.node.setAttribute("role", "figure");
    const caption = document.createElement("figcaption");
    this.#title.className = "mmaplab-figure-title";
    this.#summary.className = "mmaplab-summary";
    this.#summary.setAttribute("aria-live", "polite");
    this.#body.className = "mmaplab-figure-body";
    this.#bar = new FigureBar(trans, {
      toggleData: () => this.#toggleData(),
      save: (format) => void this.#save(format),
      reset: () => void this.#plot?.reset().catch((error: unknown) => this.#fail(error)),
      step: (step) => void this.#showStep(step),
    });
    this.#bar.node.hidden = true;
    caption.append(this.#title, this.#summary);
    this.node.append(caption, this.#bar.node, this.#body);
  }

  /** Shows a view in place of the one before. A view that cannot be drawn becomes text; this never rejects. */
  async show(view: FigureView): Promise<void> {
    this.#view = view;
    this.#step = undefined;
    const title = printable(view.title);
    this.node.dataset["kind"] = view.kind;
    this.node.setAttribute("aria-label", title);
    this.#title.textContent = title;
    try {
      if (view.kind === "comparison") this.#showTable(comparisonSummary(view, this.trans), [comparisonTable(view, this.trans)]);
      else if (view.kind === "check") this.#showTable(checkSummary(view, this.trans), checkElements(view, this.trans));
      else if (view.kind === "table") this.#showTable(tableSummary(view), rowsTable(view));
      else await this.#showPlot(view);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Draws again in the present theme. */
  async redraw(): Promise<void> {
    try {
      await this.#plot?.redraw();
    } catch (error) {
      this.#fail(error);
    }
  }

  dispose(): void {
    this.#view = null;
    this.#disposePlot();
    this.node.remove();
  }

  #showTable(summary: string, elements: readonly HTMLElement[]): void {
    this.#summary.textContent = summary;
    this.#disposePlot();
    this.#body.replaceChildren(...elements);
  }

  async #showPlot(view: PlottedView): Promise<void> {
    const { Plotly, figureOf } = await loadDrawing();
    // Something else may have been shown, or the output closed, while that was loading.
    if (this.#view !== view) return;
    if (!this.#plot) {
      const listeners = {
        onError: (error: unknown) => this.#fail(error),
        onSummary: (summary: string) => this.#setSummary(summary),
      };
      this.#plot = new Plot(Plotly, listeners, this.link);
      this.#plot.node.setAttribute("role", "img");
      this.#body.replaceChildren(this.#plot.frame);
      this.#bar.node.hidden = false;
    }
    this.#plot.node.setAttribute(
      "aria-label",
      this.trans.__(
        "%1: plot. Left and right go from point to point, Enter selects one. Plus and minus zoom, Shift with left and right moves, Home shows everything, Escape leaves.",
        printable(view.title),
      ),
    );
    await this.#plot.show((width) => {
      const context = { theme: readTheme(this.node), trans: this.trans, width, webgl: hasWebGl() };
      const figure = figureOf(view, { ...context, ...(this.#step !== undefined && { step: this.#step }) });
      this.#setSummary(figure.summary);
      this.#setSteps(figure);
      return figure;
    });
  }

  #setSummary(summary: string): void {
    if (this.#summary.textContent !== summary) this.#summary.textContent = summary;
  }

  #setSteps({ steps = [] }: Figure): void {
    this.#bar.setSteps(steps, this.#step ?? steps.length - 1);
  }

  async #showStep(step: number): Promise<void> {
    this.#step = step;
    await this.redraw();
  }

  /** @returns whether the data is shown now */
  #toggleData(): boolean {
    const shown = this.#body.querySelector(".mmaplab-data");
    if (shown) {
      shown.remove();
      return false;
    }
    if (!this.#plot) return false;
    this.#body.append(dataTables(this.#plot.data, plainText, this.trans));
    return true;
  }

  async #save(format: "png" | "svg"): Promise<void> {
    try {
      if (!this.#plot || !this.#view) return;
      const link = document.createElement("a");
      link.href = await this.#plot.picture(format, titleMarkup(this.#view.title));
      link.download = `${fileName(this.#view.title)}.${format}`;
      link.click();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#setSummary(this.trans.__("The picture could not be saved: %1", reason));
    }
  }

  #fail(error: unknown): void {
    this.#disposePlot();
    const reason = error instanceof Error ? error.message : String(error);
    const text = this.#view ? toText({ version: VIEW_VERSION, ...this.#view }) : null;
    this.#body.replaceChildren(...noticeElements(this.trans.__("This figure could not be drawn: %1", reason), text));
    console.error("mmaplab: a figure could not be drawn", error);
  }

  #disposePlot(): void {
    this.#plot?.dispose();
    this.#plot = null;
    this.#bar.node.hidden = true;
  }
}

/** A title as plotly takes it: text, no markup. */
function titleMarkup(title: string): string {
  return printable(title, 100).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A title as a file name that every system takes. */
function fileName(title: string): string {
  const name = title
    .normalize("NFKD")
    .replace(/[^\w-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return name || "figure";
}
