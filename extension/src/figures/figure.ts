/** What a figure is: plotly's traces and layout, and what is said to those who cannot see them. */
import type { Data, Layout, LayoutAxis } from "plotly.js";
import type { Phrases } from "../phrases.js";
import type { FigureTheme } from "../theme.js";

/** What a figure depends on besides its view. */
export interface FigureContext {
  readonly theme: FigureTheme;
  readonly trans: Phrases;
  /** Width of the place it is drawn in, in pixels. */
  readonly width: number;
  /** Whether WebGL traces can be drawn here. */
  readonly webgl: boolean;
  /** Which of the figure's steps is drawn; the last unless told. Only for figures that have steps. */
  readonly step?: number;
}

/** The ranges of the axes that are looked at, by the names of plotly's layout: `xaxis`, `yaxis2`. */
export type FigureWindow = Readonly<Record<string, readonly [number, number]>>;

/** What to draw anew when another part of a figure is looked at. */
export interface WindowChange {
  /** Traces in place of all the present ones; undefined where they stay. */
  readonly data?: Data[];
  /** Axes whose labels change, by their names in the layout. */
  readonly axes: Readonly<Record<string, Partial<LayoutAxis>>>;
  /** What is drawn, in words, where that changed. */
  readonly summary?: string;
}

/** The axes of a figure that show addresses, so that figures of one output can point at the same memory. */
export interface AddressAxes {
  readonly direction: "x" | "y";
  /** Their names in the layout. */
  readonly axes: readonly string[];
  /** Bytes in a page. */
  readonly pageSize: number;
  /** Where the left edge of a page lies. */
  position(page: number): number;
  pageAt(position: number): number;
}

/** A figure ready for `Plotly.react`. */
export interface Figure {
  readonly data: Data[];
  readonly layout: Partial<Layout> & { readonly height: number };
  /** The figure in one or two sentences. */
  readonly summary: string;
  readonly addresses?: AddressAxes;
  /** How the figure follows zooming and panning: labels where there is room, exact points where there are few. */
  readonly follow?: (window: FigureWindow) => WindowChange;
  /** Names of the moments it can be drawn at. */
  readonly steps?: readonly string[];
}

/**
 * What every trace carries in `meta`, so that a program can tell what it stands for. `columns` names the entries of each
 * row of `customdata`.
 */
export interface TraceMeta {
  readonly kind: string;
  readonly columns?: readonly string[];
  readonly [more: string]: unknown;
}

/** Text for plotly, which would take `<b>`, `<a href>` and entities in it for markup. */
export function literal(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The parts of a layout that all figures share. */
export function baseLayout({ theme }: FigureContext): Partial<Layout> {
  return {
    autosize: true,
    paper_bgcolor: theme.ground,
    plot_bgcolor: theme.ground,
    font: { family: theme.fontFamily, size: theme.fontSize - 1, color: theme.text },
    hoverlabel: {
      align: "left",
      bgcolor: theme.ground,
      bordercolor: theme.dimText,
      font: { family: theme.fontFamily, size: theme.fontSize - 1, color: theme.text },
    },
    showlegend: true,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 0, yanchor: "bottom", yref: "container", font: { color: theme.text } },
  };
}

/**
 * The height of the legend in pixels: plotly puts its entries into columns as wide as the longest, and would otherwise
 * take the room for them from the plot.
 * @param margins what stands left and right of the plot, in pixels
 */
export function legendHeight(data: readonly Data[], margins: number, { theme, width }: FigureContext): number {
  const names = data.flatMap((trace) => ("showlegend" in trace && trace.showlegend === false ? [] : [String(trace.name ?? "")]));
  const column = 46 + Math.max(0, ...names.map((name) => name.length)) * theme.fontSize * 0.55;
  const rows = Math.ceil(names.length / Math.max(1, Math.floor((width - margins) / column)));
  return rows * (theme.fontSize + 6) + 10;
}

/** The title of an axis. */
export function axisTitle(text: string, { theme }: FigureContext): Partial<LayoutAxis>["title"] {
  return { text, font: { color: theme.dimText, size: theme.fontSize - 1 }, standoff: 6 };
}

/** The parts of an axis that all figures share. */
export function baseAxis({ theme }: FigureContext): Partial<LayoutAxis> {
  return {
    color: theme.text,
    gridcolor: theme.rule,
    linecolor: theme.dimText,
    tickcolor: theme.dimText,
    tickfont: { color: theme.dimText, size: theme.fontSize - 2 },
    zeroline: false,
    automargin: true,
  };
}

/** Points of a trace in words, put together only when one is pointed at: for traces with too many points to do it before. */
const described = new WeakMap<object, (point: number | readonly number[]) => string>();

/** Gives a trace the words of its points, in the markup of plotly. A cell of a heat map is given by row and column. */
export function describeLazily<Trace extends object>(trace: Trace, words: (point: number | readonly number[]) => string): Trace {
  described.set(trace, words);
  return trace;
}

/** The words of a point of a trace that {@link describeLazily} was called for; undefined for any other. */
export function lazyWords(trace: object): ((point: number | readonly number[]) => string) | undefined {
  return described.get(trace);
}
