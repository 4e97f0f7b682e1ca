/** A plot on the page: draws figures in place, follows zooming, its width and the other figures of its output, answers keys, and cleans up. */
import type { Config, Data, PlotlyHTMLElement } from "plotly.js";
import type { Drawing } from "./drawing-loader.js";
import { lazyWords } from "./figures/figure.js";
import type { Figure, FigureWindow } from "./figures/index.js";
import { OutputLink, type AddressSpan, type LinkEvent, type LinkListener } from "./output-link.js";
import { axisNames, rangesAfterKey, withRanges, type RangeChange } from "./plot-keys.js";
import { PlotMarks } from "./plot-marks.js";
import { drawnRanges } from "./plot-pixels.js";
import { plainText, plotPoints, spanOfPoint, type PlotPoint } from "./plot-points.js";

/** Makes the figure for a width in pixels. */
export type FigureForWidth = (width: number) => Figure;

/** Who hears of what happens in a plot. */
export interface PlotListeners {
  /** Of a redraw that failed where nobody waits for it. */
  readonly onError: (error: unknown) => void;
  /** Of another summary after zooming. */
  readonly onSummary: (summary: string) => void;
}

const CONFIG: Partial<Config> = {
  displaylogo: false,
  // Titles and names are text, even where a page has MathJax and a name has dollar signs.
  typesetMath: false,
  // The figure's own bar saves pictures, with a title.
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"],
  // Nothing leaves the page.
  showSendToCloud: false,
  plotlyServerURL: "",
};

export class Plot {
  /** What to put on the page: the plot and the marks over it. */
  readonly frame = document.createElement("div");
  /** The element plotly draws into; its `data` and `layout` are plotly's. */
  readonly node = document.createElement("div");
  readonly #marks = new PlotMarks(this.node);
  readonly #leave: () => void;
  readonly #observer: ResizeObserver;
  #figureFor: FigureForWidth | null = null;
  /** The figure as drawn for the present width and theme. */
  #figure: Figure | null = null;
  /** The traces drawn now, which may be those of a window. */
  #data: readonly Data[] = [];
  #points: readonly PlotPoint[] | null = null;
  #drawnWidth = 0;
  #frameRequest = 0;
  #revision = 0;
  /** What was zoomed to. Plotly itself keeps only what the mouse did across redraws. */
  #ranges: RangeChange = {};
  #listening = false;
  /** Whether the marked point is the mouse's, not the keyboard's. */
  #hovering = false;
  /** Changes by this class itself, which must not be taken for the user's. */
  #ownChanges = 0;
  #disposed = false;

  constructor(
    private readonly plotly: Drawing["Plotly"],
    private readonly listeners: PlotListeners,
    private readonly link: OutputLink = new OutputLink(),
  ) {
    this.frame.className = "mmaplab-plot-frame";
    this.node.className = "mmaplab-plot";
    this.node.tabIndex = 0;
    this.frame.append(this.node, this.#marks.node);
    this.node.addEventListener("keydown", this.#onKey);
    this.#observer = new ResizeObserver(() => this.#onResize());
    this.#observer.observe(this.node);
    this.#leave = link.join(this.#onLink);
  }

  /** The traces drawn now. */
  get data(): readonly Data[] {
    return this.#data;
  }

  /** Draws a new figure; what was zoomed is reset. */
  async show(figure: FigureForWidth): Promise<void> {
    this.#figureFor = figure;
    this.#revision += 1;
    this.#ranges = {};
    this.#marks.setPoint(null);
    await this.redraw();
  }

  /** Draws the figure again, in the present theme and width; what was zoomed stays so. */
  async redraw(): Promise<void> {
    const width = this.node.clientWidth;
    // A place without width is not shown now; the observer draws when it gets one.
    this.#drawnWidth = width;
    if (!this.#figureFor || width === 0 || this.#disposed) return;
    const figure = this.#figureFor(width);
    this.#figure = figure;
    this.node.style.height = `${figure.layout.height}px`;
    const zoomed = Object.keys(this.#ranges).length > 0;
    const change = zoomed ? figure.follow?.(windowOf(this.#ranges)) : undefined;
    this.#setData(change?.data ?? figure.data);
    if (change?.summary !== undefined) this.listeners.onSummary(change.summary);
    await this.#react(withAxes(withRanges(figure.layout, this.#ranges), change?.axes ?? {}));
  }

  /** Shows everything again. */
  async reset(): Promise<void> {
    const figure = this.#figure;
    if (!figure) return;
    this.#ranges = {};
    this.#marks.setSpan("select", null);
    this.#marks.setPoint(null);
    this.#revision += 1;
    this.listeners.onSummary(figure.summary);
    await this.redraw();
    this.link.tell({ kind: "window", span: null }, this.#onLink);
    this.link.tell({ kind: "select", span: null }, this.#onLink);
  }

  /**
   * The plot as it is shown now, as a picture with a title.
   * @returns a data URL
   */
  async picture(format: "png" | "svg", title: string): Promise<string> {
    const figure = this.#figure;
    if (!figure) throw new Error("nothing is drawn yet: wait for the figure, then save it");
    const layout = withRanges(figure.layout, this.#ranges);
    const change = this.#figure?.follow?.(windowOf(this.#ranges));
    const titled = {
      ...withAxes(layout, change?.axes ?? {}),
      width: this.#drawnWidth,
      height: layout.height + TITLE_PIXELS,
      margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + TITLE_PIXELS },
      title: { text: title, x: 0.01, xanchor: "left" as const, yref: "container" as const, y: 1, yanchor: "top" as const, pad: { t: 8 } },
    };
    return this.plotly.toImage(
      { data: [...this.#data], layout: titled, config: CONFIG },
      { format, width: this.#drawnWidth, height: titled.height, scale: format === "png" ? 2 : 1 },
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#leave();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frameRequest);
    this.node.removeEventListener("keydown", this.#onKey);
    this.plotly.purge(this.node);
    this.#figureFor = null;
    this.#figure = null;
    this.#setData([]);
  }

  async #react(layout: Figure["layout"]): Promise<void> {
    this.#ownChanges += 1;
    try {
      const plot = await this.plotly.react(
        this.node,
        [...this.#data],
        { ...layout, width: this.#drawnWidth, uirevision: this.#revision },
        CONFIG,
      );
      if (!this.#listening) this.#listen(plot);
    } finally {
      this.#ownChanges -= 1;
    }
    this.#marks.draw(this.#figure?.addresses);
  }

  #setData(data: readonly Data[]): void {
    this.#data = data;
    this.#points = null;
  }

  #listen(plot: PlotlyHTMLElement): void {
    this.#listening = true;
    const spanAt = (points: readonly { readonly data: unknown; readonly pointNumber: unknown }[] | undefined): AddressSpan | null => {
      const [point] = points ?? [];
      const pageSize = this.#figure?.addresses?.pageSize ?? 4096;
      return point && typeof point.pointNumber === "number" ? spanOfPoint(point.data, point.pointNumber, pageSize) : null;
    };
    plot.on("plotly_hover", ({ points }) => {
      this.#say(points[0]);
      this.link.tell({ kind: "hover", span: spanAt(points) }, this.#onLink);
    });
    plot.on("plotly_unhover", () => {
      this.#say(undefined);
      this.link.tell({ kind: "hover", span: null }, this.#onLink);
    });
    plot.on("plotly_click", ({ points }) => this.#select(spanAt(points)));
    plot.on("plotly_relayout", () => {
      if (this.#ownChanges === 0) this.#moved().catch(this.listeners.onError);
    });
  }

  /** Plotly labels the points it has words for; the words of many points are put together here. */
  #say(hovered: object | undefined): void {
    const trace: unknown = hovered && Reflect.get(hovered, "data");
    const words = typeof trace === "object" && trace !== null ? lazyWords(trace) : undefined;
    if (!hovered || !words) {
      if (this.#hovering) this.#marks.setPoint(null);
      this.#hovering = false;
    } else {
      const [x, y, point]: unknown[] = [Reflect.get(hovered, "x"), Reflect.get(hovered, "y"), Reflect.get(hovered, "pointNumber")];
      if (typeof x !== "number" || typeof y !== "number" || (typeof point !== "number" && !Array.isArray(point))) return;
      const axis = (name: string): string => String(Reflect.get(Object(trace), name) ?? name.charAt(0));
      const said = { curve: -1, point: -1, x, y, xaxis: axis("xaxis"), yaxis: axis("yaxis"), words: () => plainText(words(point)) };
      this.#marks.setPoint(said);
      this.#hovering = true;
    }
    this.#marks.draw(this.#figure?.addresses);
  }

  #select(span: AddressSpan | null): void {
    this.#marks.setSpan("select", span);
    this.#marks.draw(this.#figure?.addresses);
    this.link.tell({ kind: "select", span }, this.#onLink);
  }

  /** The user has zoomed or panned: labels and points follow, and the other figures of the output. */
  async #moved(): Promise<void> {
    const figure = this.#figure;
    if (!figure) return;
    const ranges = drawnRanges(this.node, axisNames({ ...figure.layout }));
    await this.#look(
      Object.fromEntries(Object.entries(ranges).map(([name, [from, to]]) => [`${name}.range`, [from, to] as [number, number]])),
    );
    this.#tellWindow();
  }

  /** Looks at a part of the figure. */
  async #look(ranges: RangeChange): Promise<void> {
    const figure = this.#figure;
    if (!figure || this.#disposed) return;
    this.#ranges = ranges;
    const change = figure.follow?.(windowOf(ranges));
    if (change?.data) this.#setData(change.data);
    if (change?.summary !== undefined) this.listeners.onSummary(change.summary);
    const layout = withAxes(withRanges(figure.layout, ranges), change?.axes ?? {});
    if (change?.data) {
      // The new ranges must hold although the revision is the same: a revision of its own makes plotly take them.
      this.#revision += 1;
      await this.#react(layout);
      return;
    }
    this.#ownChanges += 1;
    try {
      await this.plotly.relayout(this.node, { ...ranges, ...labelChanges(change?.axes ?? {}) });
    } finally {
      this.#ownChanges -= 1;
    }
    this.#marks.draw(figure.addresses);
  }

  #tellWindow(): void {
    const addresses = this.#figure?.addresses;
    const range = addresses && this.#ranges[`${addresses.direction}axis.range`];
    if (!addresses || !range) return;
    const [from, to] = [Math.min(...range), Math.max(...range)];
    const size = BigInt(addresses.pageSize);
    const span = { from: BigInt(addresses.pageAt(from)) * size, to: BigInt(addresses.pageAt(to) + 1) * size };
    this.link.tell({ kind: "window", span }, this.#onLink);
  }

  readonly #onLink: LinkListener = (event: LinkEvent): void => {
    const addresses = this.#figure?.addresses;
    if (!addresses) return;
    if (event.kind !== "window") {
      this.#marks.setSpan(event.kind, event.span);
      this.#marks.draw(addresses);
      return;
    }
    this.#lookAtSpan(event.span).catch(this.listeners.onError);
  };

  /** Follows another figure to the addresses it looks at. */
  async #lookAtSpan(span: AddressSpan | null): Promise<void> {
    const figure = this.#figure;
    if (!figure?.addresses) return;
    if (!span) {
      if (Object.keys(this.#ranges).length === 0) return;
      this.#ranges = {};
      this.#revision += 1;
      this.listeners.onSummary(figure.summary);
      return this.redraw();
    }
    const { axes, pageSize, position } = figure.addresses;
    const size = BigInt(pageSize);
    const [from, to] = [position(Number(span.from / size)), position(Number(span.to / size))];
    if (to - from < 1e-9) return;
    const ranges: RangeChange = { ...this.#ranges };
    for (const axis of axes) Reflect.set(ranges, `${axis}.range`, [from, to]);
    return this.#look(ranges);
  }

  #onResize(): void {
    if (Math.abs(this.node.clientWidth - this.#drawnWidth) < 2) return;
    cancelAnimationFrame(this.#frameRequest);
    // At most one redraw a frame while the place is being dragged.
    this.#frameRequest = requestAnimationFrame(() => {
      this.redraw().catch(this.listeners.onError);
    });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const figure = this.#figure;
    if (event.ctrlKey || event.altKey || event.metaKey || !figure) return;
    if (!this.#pointKey(event)) {
      const change = rangesAfterKey(event, currentLayout(this.node), { ...figure.layout });
      if (!change) return;
      const task = event.key === "Home" ? this.reset() : this.#look({ ...this.#ranges, ...change }).then(() => this.#tellWindow());
      task.catch(this.listeners.onError);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  /** Arrows go from point to point, Enter selects one, Escape leaves it. */
  #pointKey(event: KeyboardEvent): boolean {
    const at = this.#marks.point;
    switch (event.key) {
      case "ArrowLeft":
      case "ArrowRight":
        if (event.shiftKey) return false;
        return this.#stepPoint(event.key === "ArrowRight" ? 1 : -1);
      case "Enter":
        if (!at || at.curve < 0) return false;
        this.#select(spanOfPoint(this.#data[at.curve], at.point, this.#figure?.addresses?.pageSize ?? 4096));
        return true;
      case "Escape":
        if (!at && !this.#marks.node.querySelector(".mmaplab-mark-select")) return false;
        this.#marks.setPoint(null);
        this.#select(null);
        return true;
      default:
        return false;
    }
  }

  #stepPoint(step: 1 | -1): boolean {
    this.#points ??= plotPoints(this.#data);
    const points = this.#points;
    if (points.length === 0) return false;
    const { point: now } = this.#marks;
    const before = now
      ? points.findIndex(({ curve, point }) => curve === now.curve && point === now.point)
      : step === 1
        ? -1
        : points.length;
    const next = points[Math.min(points.length - 1, Math.max(0, before + step))];
    if (!next) return false;
    this.#marks.setPoint(next);
    this.#marks.draw(this.#figure?.addresses);
    const span = spanOfPoint(this.#data[next.curve], next.point, this.#figure?.addresses?.pageSize ?? 4096);
    this.link.tell({ kind: "hover", span }, this.#onLink);
    return true;
  }
}

const TITLE_PIXELS = 34;

function windowOf(ranges: RangeChange): FigureWindow {
  return Object.fromEntries(Object.entries(ranges).map(([path, range]) => [path.slice(0, -".range".length), range]));
}

/** The layout with some parts of its axes changed. */
function withAxes<AnyLayout extends object>(layout: AnyLayout, axes: Readonly<Record<string, object>>): AnyLayout {
  const changed = { ...layout };
  for (const [name, part] of Object.entries(axes)) {
    const axis: unknown = Reflect.get(layout, name);
    if (typeof axis === "object" && axis !== null) Reflect.set(changed, name, { ...axis, ...part });
  }
  return changed;
}

/** The same as paths for `Plotly.relayout`. */
function labelChanges(axes: Readonly<Record<string, object>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(axes).flatMap(([name, part]) => Object.entries(part).map(([key, value]) => [`${name}.${key}`, value])),
  );
}

/** The layout as plotly has it now, after zooming. */
function currentLayout(node: HTMLElement): Readonly<Record<string, unknown>> {
  const layout: unknown = Reflect.get(node, "layout");
  return typeof layout === "object" && layout !== null ? { ...layout } : {};
}
