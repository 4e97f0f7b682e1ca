/**
 * Faults by address and time, a panel a source. Addresses run upwards; where a source has no times, its faults stand in
 * their order. Colour says how a fault ended, the symbol what the instruction wanted.
 */
import type { Annotation, Data, Layout, LayoutAxis, Shape } from "plotly.js";
import {
  addressAxis,
  faultSpans,
  listedFaults,
  pageOfAddress,
  spanOf,
  VmaIndex,
  vmaName,
  type AddressAxis,
  type FaultColumns,
  type FaultsView,
} from "mmaplab/views";
import { addressTicks } from "./address-ticks.js";
import { densityOf, faultPoints, pointsWithin, type PointWindow } from "./fault-points.js";
import { CELL_PIXELS, densityTrace } from "./faults-density.js";
import { faultTraces, MOST_GL_POINTS, MOST_SVG_POINTS } from "./faults-traces.js";
import { axisTitle, baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext, type FigureWindow } from "./figure.js";
import { timeTicks } from "./time-ticks.js";
import { sentenceStart, sourceWords } from "./words.js";

const PANEL_PIXELS = 250;
/** Narrower than this, panels stand beneath each other. */
const SIDE_BY_SIDE_PIXELS = 700;
const TOP_MARGIN = 48;
const LEFT_MARGIN = 110;
const RIGHT_MARGIN = 16;
/** Numbers and title of the time axis. */
const TIME_PIXELS = 52;
const STACK_GAP = 100;

export function faultsFigure(view: FaultsView, context: FigureContext): Figure {
  const basePage = pageOfAddress(view.base, view.pageSize);
  const axis = addressAxis(faultSpans(view));
  const place: FaultPlace = { axis, basePage, vmas: new VmaIndex(view.vmas, view.pageSize) };
  const count = Math.max(1, view.sources.length);
  const stacked = context.width < SIDE_BY_SIDE_PIXELS;
  const plotHeight = stacked ? count * PANEL_PIXELS + (count - 1) * STACK_GAP : PANEL_PIXELS;
  const panels = view.sources.map((source, index) => panelPlace(source, index, count, stacked));

  const contents = panels.map((panel) => panelContent(view, panel, place, context, stacked ? 1 : count));
  const shown = contents.map((content) => content({}));
  const data: Data[] = shown.flatMap((one) => one.data);
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const layout: MutableLayout = {
    ...baseLayout(context),
    height: TOP_MARGIN + plotHeight + TIME_PIXELS + legend,
    margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: TIME_PIXELS + legend },
    hovermode: "closest",
    shapes: panels.flatMap((panel) => vmaShapes(view, axis, panel, context)),
    annotations: panels.flatMap((panel) => panelTitle(panel, context)),
  };
  const addressLabels = (range: readonly [number, number]): Partial<LayoutAxis> => {
    const ticks = addressTicks(axis, view.pageSize, ((range[1] - range[0]) * 26) / PANEL_PIXELS, range);
    return { tickvals: ticks.map((tick) => tick.at), ticktext: ticks.map((tick) => tick.text) };
  };
  const whole: readonly [number, number] = [0, axis.length];
  for (const panel of panels) {
    layout[panel.xaxis] = { ...timeAxis(panel.source, context), domain: panel.x, anchor: panel.yref };
    layout[panel.yaxis] = {
      ...baseAxis(context),
      automargin: false,
      ...addressLabels(whole),
      domain: panel.y,
      anchor: panel.xref,
      range: [...whole],
      tickfont: { family: context.theme.codeFontFamily, size: context.theme.fontSize - 2, color: context.theme.dimText },
      showticklabels: stacked || panel.index === 0,
      // Side by side, zooming one panel's addresses zooms the others'.
      ...(panel.index > 0 && { matches: "y" }),
    };
  }
  const dense = shown.some((one) => one.dense !== null);
  return {
    data,
    layout,
    summary: [faultsSummary(view, context), ...shown.map((one) => one.dense ?? "")].filter(Boolean).join(" "),
    addresses: {
      direction: "y",
      axes: panels.map((panel) => panel.yaxis),
      pageSize: view.pageSize,
      position: (page) => axis.position(page),
      pageAt: (position) => axis.pageAt(position),
    },
    follow: (window) => {
      const axes: Record<string, Partial<LayoutAxis>> = {};
      for (const panel of panels) {
        axes[panel.yaxis] = addressLabels(window[panel.yaxis] ?? whole);
        const range = window[panel.xaxis];
        if (range && panel.source.atNs) axes[panel.xaxis] = timeLabels(range);
      }
      if (!dense) return { axes };
      const now = contents.map((content) => content(window));
      return {
        axes,
        data: now.flatMap((one) => one.data),
        summary: [faultsSummary(view, context), ...now.map((one) => one.dense ?? "")].filter(Boolean).join(" "),
      };
    },
  };
}

/** What the traces of all panels need. */
export interface FaultPlace {
  readonly axis: AddressAxis;
  readonly basePage: number;
  readonly vmas: VmaIndex;
}

/** What a panel shows in a window: its traces, and a sentence where they are not single points. */
interface PanelContent {
  readonly data: Data[];
  readonly dense: string | null;
}

/**
 * Every fault as a point where they can be drawn; otherwise the density of faults, and points once the window holds few
 * enough. So every fault can be reached by zooming.
 */
function panelContent(
  view: FaultsView,
  panel: FaultPanel,
  place: FaultPlace,
  context: FigureContext,
  abreast: number,
): (window: FigureWindow) => PanelContent {
  const { source } = panel;
  const { trans } = context;
  const listed = source.page.length;
  if (listed <= (context.webgl ? MOST_GL_POINTS : MOST_SVG_POINTS)) {
    const data = faultTraces(
      view,
      panel,
      place,
      source.page.map((_, index) => index),
      context,
    );
    return () => ({ data, dense: null });
  }
  const points = faultPoints(source, place.axis, place.basePage);
  const whole = timeRange(source);
  const columns = Math.max(20, Math.floor((context.width - LEFT_MARGIN - RIGHT_MARGIN) / abreast / CELL_PIXELS));
  const rows = Math.floor(PANEL_PIXELS / CELL_PIXELS);
  return (window) => {
    const part: PointWindow = { x: ascending(window[panel.xaxis] ?? whole), y: ascending(window[panel.yaxis] ?? [0, place.axis.length]) };
    const exact = pointsWithin(points, part, MOST_SVG_POINTS);
    const name = sentenceStart(sourceWords(source.source, trans));
    if (exact) {
      const said = trans.__("%1: all %2 faults in view are drawn, of %3 listed.", name, grouped(exact.length), grouped(listed));
      return { data: faultTraces(view, panel, place, exact, context), dense: said };
    }
    const density = densityOf(points, part, columns, rows, MOST_RARE);
    const said = trans.__(
      "%1: %2 of %3 listed faults are in view, drawn as density. Zoom in to see each.",
      name,
      grouped(density.inside),
      grouped(listed),
    );
    return {
      data: [
        densityTrace(view, panel, place, density, part, context),
        ...(density.rare ? faultTraces(view, panel, place, density.rare, context) : []),
      ],
      dense: said,
    };
  };
}

/** Major faults and signals drawn one by one over a density. */
const MOST_RARE = 2000;

function ascending([from, to]: readonly [number, number]): readonly [number, number] {
  return from <= to ? [from, to] : [to, from];
}

/** "1 000 000": digits in threes with a narrow space, as SI has it. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** The axes panels may use: a view has at most eight sources. */
const PANEL_NUMBERS = ["", 2, 3, 4, 5, 6, 7, 8] as const;
type PanelNumber = (typeof PANEL_NUMBERS)[number];
type MutableLayout = Partial<Layout> & { height: number };

/** One source's place in the figure. */
export interface FaultPanel {
  readonly source: FaultColumns;
  readonly index: number;
  readonly xref: `x${PanelNumber}`;
  readonly yref: `y${PanelNumber}`;
  readonly xaxis: `xaxis${PanelNumber}`;
  readonly yaxis: `yaxis${PanelNumber}`;
  /** The part of the figure's width and height it takes, 0 to 1. */
  readonly x: [number, number];
  readonly y: [number, number];
}

function panelPlace(source: FaultColumns, index: number, count: number, stacked: boolean): FaultPanel {
  const number = PANEL_NUMBERS[index] ?? "";
  const gap = stacked ? STACK_GAP / (count * PANEL_PIXELS + (count - 1) * STACK_GAP) : 0.05;
  const size = (1 - gap * (count - 1)) / count;
  const from = index * (size + gap);
  const along: [number, number] = [from, Math.min(1, from + size)];
  return {
    source,
    index,
    xref: `x${number}`,
    yref: `y${number}`,
    xaxis: `xaxis${number}`,
    yaxis: `yaxis${number}`,
    x: stacked ? [0, 1] : along,
    y: stacked ? [Math.max(0, 1 - along[1]), 1 - along[0]] : [0, 1],
  };
}

/** The whole range of a panel's time axis. */
function timeRange(source: FaultColumns): [number, number] {
  const times = source.atNs;
  const first = times ? 0 : 1;
  const last = times ? times.reduce((most, one) => Math.max(most, one), 0) : Math.max(1, source.page.length);
  const margin = Math.max((last - first) * 0.04, times ? 1 : 0.3);
  return [first - margin, last + margin];
}

function timeLabels([from, to]: readonly [number, number]): Partial<LayoutAxis> {
  const ticks = timeTicks(Math.min(from, to), Math.max(from, to));
  return { tickvals: ticks.map((tick) => tick.ns), ticktext: ticks.map((tick) => tick.text) };
}

function timeAxis(source: FaultColumns, context: FigureContext): Partial<LayoutAxis> {
  const range = timeRange(source);
  return {
    ...baseAxis(context),
    // The margins are known. Plotly would draw everything again to find them.
    automargin: false,
    range,
    title: axisTitle(source.atNs ? context.trans.__("time inside the operations") : context.trans.__("order of the faults"), context),
    ...(source.atNs ? timeLabels(range) : { tickformat: "d", nticks: 8 }),
  };
}

/** Each VMA as a band with its name. */
function vmaShapes(view: FaultsView, axis: AddressAxis, panel: FaultPanel, { theme }: FigureContext): Partial<Shape>[] {
  const bands = view.vmas.slice(0, 200).map((vma, index): Partial<Shape> => {
    const span = spanOf(vma, view.pageSize);
    return {
      type: "rect",
      xref: `${panel.xref} domain`,
      yref: panel.yref,
      x0: 0,
      x1: 1,
      y0: axis.position(span.start),
      y1: axis.position(span.end),
      layer: "below",
      fillcolor: theme.rule,
      opacity: index % 2 === 0 ? 0.22 : 0.4,
      line: { width: 0 },
      label: {
        text: literal(vmaName(vma)),
        textposition: "top right",
        font: { family: theme.codeFontFamily, size: theme.fontSize - 2, color: theme.text },
      },
    };
  });
  const holes = axis.breaks.map((hole): Partial<Shape> => {
    const y = hole.at + hole.width / 2;
    return {
      type: "line",
      xref: `${panel.xref} domain`,
      yref: panel.yref,
      x0: 0,
      x1: 1,
      y0: y,
      y1: y,
      layer: "below",
      line: { color: theme.dimText, width: 1, dash: "dot" },
    };
  });
  return [...bands, ...holes];
}

function panelTitle(panel: FaultPanel, context: FigureContext): Partial<Annotation>[] {
  const { source } = panel;
  const { trans, theme } = context;
  const place: Partial<Annotation> = {
    xref: `${panel.xref} domain`,
    yref: `${panel.yref} domain`,
    x: 0,
    xanchor: "left",
    showarrow: false,
    align: "left",
  };
  const seenBy = source.instrument === source.source ? "" : ` (${literal(source.instrument.slice(0, 60))})`;
  return [
    {
      ...place,
      y: 1,
      yanchor: "bottom",
      yshift: 18,
      text: `<b>${sourceWords(source.source, trans)}</b>${seenBy}`,
      font: { color: theme.text },
    },
    {
      ...place,
      y: 1,
      yanchor: "bottom",
      yshift: 2,
      text: totalsWords(source, trans),
      font: { color: source.lost > 0 ? theme.inks.vermillion : theme.dimText, size: theme.fontSize - 2 },
    },
  ];
}

/** The totals of a source, and what is not drawn of them. */
function totalsWords(source: FaultColumns, trans: FigureContext["trans"]): string {
  const listed = listedFaults(source);
  const unlisted = source.minor + source.major - listed.minor - listed.major;
  return [
    trans.__("%1 minor", source.minor),
    trans.__("%1 major", source.major),
    listed.signal > 0 && trans._n("%1 signal", "%1 signals", listed.signal),
    unlisted > 0 && trans.__("%1 not listed", unlisted),
    source.lost > 0 && trans.__("%1 lost", source.lost),
  ]
    .filter((part) => part !== false)
    .join(", ");
}

function faultsSummary(view: FaultsView, { trans }: FigureContext): string {
  if (view.sources.length === 0) return trans.__("No faults were recorded.");
  const kernel = view.sources.find((source) => source.source === "kernel");
  const model = view.sources.find((source) => source.source === "model");
  if (kernel && model && kernel.lost === 0 && totalsWords(kernel, trans) === totalsWords(model, trans))
    return trans.__("Kernel and model agree on the number of faults: %1.", totalsWords(kernel, trans));
  const counts = view.sources.map((source) =>
    trans.__("%1: %2.", sentenceStart(sourceWords(source.source, trans)), totalsWords(source, trans)),
  );
  const lost = view.sources.reduce((sum, source) => sum + source.lost, 0);
  if (lost > 0)
    counts.push(trans._n("The instrument lost %1 fault, which is not drawn.", "The instrument lost %1 faults, which are not drawn.", lost));
  return counts.join(" ");
}
