/** One view of an output: its caption, its summary for everybody, and its plot or table. */
import { printable, toText, VIEW_VERSION, type FigureView } from "mmaplab/views";
import { comparisonSummary, comparisonTable } from "./comparison-table.js";
import { hasWebGl, loadDrawing } from "./drawing-loader.js";
import type { PlottedView } from "./figures/index.js";
import { noticeElements } from "./notice.js";
import type { Phrases } from "./phrases.js";
import { Plot } from "./plot.js";
import { readTheme } from "./theme.js";

export class FigurePanel {
  readonly node = document.createElement("figure");
  readonly #title = document.createElement("div");
  readonly #summary = document.createElement("div");
  readonly #body = document.createElement("div");
  #plot: Plot | null = null;
  #view: FigureView | null = null;

  constructor(private readonly trans: Phrases) {
    this.node.className = "mmaplab-figure";
    this.node.setAttribute("role", "figure");
    const caption = document.createElement("figcaption");
    this.#title.className = "mmaplab-figure-title";
    this.#summary.className = "mmaplab-summary";
    caption.append(this.#title, this.#summary);
    this.node.append(caption, this.#body);
  }

  /** Shows a view in place of the one before. A view that cannot be drawn becomes text; this never rejects. */
  async show(view: FigureView): Promise<void> {
    this.#view = view;
    const title = printable(view.title);
    this.node.dataset["kind"] = view.kind;
    this.node.setAttribute("aria-label", title);
    this.#title.textContent = title;
    try {
      if (view.kind === "comparison") {
        this.#summary.textContent = comparisonSummary(view, this.trans);
        this.#disposePlot();
        this.#body.replaceChildren(comparisonTable(view, this.trans));
      } else await this.#showPlot(view);
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

  async #showPlot(view: PlottedView): Promise<void> {
    const { Plotly, figureOf } = await loadDrawing();
    // Something else may have been shown, or the output closed, while that was loading.
    if (this.#view !== view) return;
    if (!this.#plot) {
      this.#plot = new Plot(Plotly, (error) => this.#fail(error));
      this.#plot.node.setAttribute("role", "img");
      this.#body.replaceChildren(this.#plot.node);
    }
    this.#plot.node.setAttribute(
      "aria-label",
      this.trans.__("%1: plot. Plus and minus zoom, left and right move, Home shows everything.", printable(view.title)),
    );
    await this.#plot.show((width) => {
      const figure = figureOf(view, { theme: readTheme(this.node), trans: this.trans, width, webgl: hasWebGl() });
      this.#summary.textContent = figure.summary;
      return figure;
    });
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
  }
}
