/** One plotly plot in a place of the page: draws, follows the width of its place, answers keys, and cleans up. */
import type { Config } from "plotly.js";
import type { Figure } from "./figures/index.js";
import { rangesAfterKey, withRanges, type RangeChange } from "./plot-keys.js";
import type { Drawing } from "./drawing-loader.js";

/** Makes the figure for a width in pixels. */
export type FigureForWidth = (width: number) => Figure;

const CONFIG: Partial<Config> = {
  displaylogo: false,
  // Titles and names are text, even where a page has MathJax and a name has dollar signs.
  typesetMath: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  // Nothing leaves the page.
  showSendToCloud: false,
  plotlyServerURL: "",
};

export class Plot {
  /** The element plotly draws into; its `data` and `layout` are plotly's. */
  readonly node: HTMLDivElement;
  #figure: FigureForWidth | null = null;
  #drawnWidth = 0;
  #frame = 0;
  #revision = 0;
  /** What keys have zoomed to. Plotly itself keeps only what the mouse did across redraws. */
  #ranges: RangeChange = {};
  #disposed = false;
  readonly #observer: ResizeObserver;

  /** @param onError hears of a redraw that failed after a resize, where nobody waits for it */
  constructor(
    private readonly plotly: Drawing["Plotly"],
    private readonly onError: (error: unknown) => void,
  ) {
    this.node = document.createElement("div");
    this.node.className = "mmaplab-plot";
    this.node.tabIndex = 0;
    this.node.addEventListener("keydown", this.#onKey);
    this.#observer = new ResizeObserver(() => this.#onResize());
    this.#observer.observe(this.node);
  }

  /** Draws a new figure; what was zoomed is reset. */
  async show(figure: FigureForWidth): Promise<void> {
    this.#figure = figure;
    this.#revision += 1;
    this.#ranges = {};
    await this.redraw();
  }

  /** Draws the figure again, in the present theme and width; what was zoomed stays so. */
  async redraw(): Promise<void> {
    const width = this.node.clientWidth;
    // A place without width is not shown now; the observer draws when it gets one.
    this.#drawnWidth = width;
    if (!this.#figure || width === 0 || this.#disposed) return;
    const { data, layout } = this.#figure(width);
    this.node.style.height = `${layout.height}px`;
    await this.plotly.react(this.node, data, { ...withRanges(layout, this.#ranges), width, uirevision: this.#revision }, CONFIG);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.node.removeEventListener("keydown", this.#onKey);
    this.plotly.purge(this.node);
    this.#figure = null;
  }

  #onResize(): void {
    if (Math.abs(this.node.clientWidth - this.#drawnWidth) < 2) return;
    cancelAnimationFrame(this.#frame);
    // At most one redraw a frame while the place is being dragged.
    this.#frame = requestAnimationFrame(() => {
      this.redraw().catch(this.onError);
    });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.#figure) return;
    const change = rangesAfterKey(event.key, currentLayout(this.node), this.#figure(this.#drawnWidth).layout);
    if (!change) return;
    event.preventDefault();
    event.stopPropagation();
    this.#ranges = change;
    this.plotly.relayout(this.node, change).catch(this.onError);
  };
}

/** The layout as plotly has it now, after zooming. */
function currentLayout(node: HTMLElement): Readonly<Record<string, unknown>> {
  const layout: unknown = Reflect.get(node, "layout");
  return typeof layout === "object" && layout !== null ? { ...layout } : {};
}
