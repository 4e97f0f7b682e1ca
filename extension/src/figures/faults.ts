/**
 * Faults by address and time, a panel a source. Addresses run upwards; where a source has no times, its faults stand in
 * their order. Colour says how a fault ended, the symbol what the instruction wanted.
 */
import type { Annotation, Data, Layout, LayoutAxis, Shape } from "plotly.js";
import {
  addressAxis,
  listedFaults,
  pageOfAddress,
  spanOf,
  vmaName,
  type AddressAxis,
  type FaultColumns,
  type FaultsView,
} from "mmaplab/views";
import { addressTicks } from "./address-ticks.js";
import { faultTraces } from "./faults-traces.js";
import { axisTitle, baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext } from "./figure.js";
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
  const axis = faultAxis(view, basePage);
  const count = Math.max(1, view.sources.length);
  const stacked = context.width < SIDE_BY_SIDE_PIXELS;
  const plotHeight = stacked ? count * PANEL_PIXELS + (count - 1) * STACK_GAP : PANEL_PIXELS;
  const panels = view.sources.map((source, index) => panelPlace(source, index, count, stacked));

  const data: Data[] = panels.flatMap((panel) => faultTraces(view, panel, axis, basePage, context));
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const layout: MutableLayout = {
    ...baseLayout(context),
    height: TOP_MARGIN + plotHeight + TIME_PIXELS + legend,
    margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: TIME_PIXELS + legend },
    hovermode: "closest",
    shapes: panels.flatMap((panel) => vmaShapes(view, axis, panel, context)),
    annotations: panels.flatMap((panel) => panelTitle(panel, context)),
  };
  const ticks = addressTicks(axis, view.pageSize, (axis.length * 26) / PANEL_PIXELS);
  for (const panel of panels) {
    layout[panel.xaxis] = { ...timeAxis(panel.source, context), domain: panel.x, anchor: panel.yref };
    layout[panel.yaxis] = {
      ...baseAxis(context),
      domain: panel.y,
      anchor: panel.xref,
      range: [0, axis.length],
      tickvals: ticks.map((tick) => tick.at),
      ticktext: ticks.map((tick) => tick.text),
      tickfont: { family: context.theme.codeFontFamily, size: context.theme.fontSize - 2, color: context.theme.dimText },
      showticklabels: stacked || panel.index === 0,
      // Side by side, zooming one panel's addresses zooms the others'.
      ...(panel.index > 0 && { matches: "y" }),
    };
  }
  return { data, layout, summary: faultsSummary(view, context) };
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

function faultAxis(view: FaultsView, basePage: number): AddressAxis {
  const pages = new Set(view.sources.flatMap((source) => source.page));
  return addressAxis([
    ...view.vmas.map((vma) => spanOf(vma, view.pageSize)),
    ...Array.from(pages, (page) => ({ start: basePage + page, end: basePage + page + 1 })),
  ]);
}

function timeAxis(source: FaultColumns, context: FigureContext): Partial<LayoutAxis> {
  const times = source.atNs;
  const first = times ? 0 : 1;
  const last = times ? times.reduce((most, one) => Math.max(most, one), 0) : Math.max(1, source.page.length);
  const margin = Math.max((last - first) * 0.04, times ? 1 : 0.3);
  const ticks = times ? timeTicks(last) : null;
  return {
    ...baseAxis(context),
    range: [first - margin, last + margin],
    title: axisTitle(times ? context.trans.__("time inside the operations") : context.trans.__("order of the faults"), context),
    ...(ticks ? { tickvals: ticks.map((tick) => tick.ns), ticktext: ticks.map((tick) => tick.text) } : { tickformat: "d", nticks: 8 }),
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
