/**
 * How long calls took: the share of calls that took at most so long (the empirical distribution), on a log scale, with
 * the 50th, 90th and 99th percentile marked. Where the dirty pages before each call are known, they are drawn against
 * the time beside it.
 */
import type { Data, LayoutAxis, ScatterData } from "plotly.js";
import {
  formatNs,
  INK_NAMES,
  latencySummary,
  printable,
  sortedAscending,
  thinnedRanks,
  type LatencySeries,
  type LatencySummary,
  type LatencyView,
} from "mmaplab/views";
import { axisTitle, baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext } from "./figure.js";
import { logTimeTicks } from "./time-ticks.js";

const PLOT_PIXELS = 260;
const SIDE_BY_SIDE_PIXELS = 620;
const STACK_GAP = 80;
const LEFT_MARGIN = 64;
const RIGHT_MARGIN = 16;
const TOP_MARGIN = 12;
/** Numbers and title of the time axis. */
const TIME_PIXELS = 52;
/** Points a curve is drawn with. */
const MOST_STEPS = 2000;
const PERCENTILES = [
  { name: "p50", share: 0.5 },
  { name: "p90", share: 0.9 },
  { name: "p99", share: 0.99 },
] as const;
const DASHES = ["solid", "dash", "dot", "dashdot"] as const;

/** A series with what was computed from it. */
interface Measured {
  readonly series: LatencySeries;
  readonly name: string;
  readonly sorted: Float64Array;
  readonly summary: LatencySummary;
  readonly ink: string;
  readonly dash: (typeof DASHES)[number];
}

export function latencyFigure(view: LatencyView, context: FigureContext): Figure {
  const measured = view.series.flatMap((series, index): Measured[] => {
    const sorted = sortedAscending(series.ns);
    const summary = latencySummary(sorted);
    const ink = context.theme.inks[INK_NAMES[index % INK_NAMES.length] ?? "blue"];
    const dash = DASHES[Math.floor(index / INK_NAMES.length) % DASHES.length] ?? "solid";
    return summary ? [{ series, name: printable(series.label, 60), sorted, summary, ink, dash }] : [];
  });
  const withDirt = measured.filter(({ series }) => series.dirtyPages !== undefined);
  const [left, right, stacked] = places(withDirt.length > 0, context.width);
  const data: Data[] = [
    ...measured.flatMap((one) => [distributionTrace(one, context), percentileTrace(one, context)]),
    ...withDirt.map((one) => dirtyTrace(one, context)),
  ];
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const times = timeAxis(measured, context);
  const shareTitle = axisTitle(context.trans.__("share of calls"), context);
  const layout: Figure["layout"] = {
    ...baseLayout(context),
    height: (stacked ? 2 * PLOT_PIXELS + STACK_GAP : PLOT_PIXELS) + TOP_MARGIN + TIME_PIXELS + legend,
    margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: TIME_PIXELS + legend },
    hovermode: "closest",
    xaxis: {
      ...times,
      domain: left.x,
      anchor: "y",
      title: axisTitle(context.trans.__("time of a call"), context),
    },
    yaxis: {
      ...baseAxis(context),
      domain: left.y,
      anchor: "x",
      range: [0, 1.03],
      tickvals: [0, 0.25, 0.5, 0.75, 0.9, 1],
      tickformat: ".0%",
      title: shareTitle,
    },
    ...(right && {
      xaxis2: {
        ...baseAxis(context),
        domain: right.x,
        anchor: "y2",
        rangemode: "tozero",
        title: axisTitle(context.trans.__("dirty pages before the call"), context),
      },
      yaxis2: { ...timeAxis(withDirt, context), domain: right.y, anchor: "x2" },
    }),
  };
  return { data, layout, summary: latencySummaryWords(measured, context) };
}

type Place = { readonly x: [number, number]; readonly y: [number, number] };

function places(two: boolean, width: number): readonly [Place, Place | null, boolean] {
  if (!two) return [{ x: [0, 1], y: [0, 1] }, null, false];
  if (width >= SIDE_BY_SIDE_PIXELS) return [{ x: [0, 0.52], y: [0, 1] }, { x: [0.63, 1], y: [0, 1] }, false];
  const gap = STACK_GAP / (2 * PLOT_PIXELS + STACK_GAP) / 2;
  return [{ x: [0, 1], y: [0.5 + gap, 1] }, { x: [0, 1], y: [0, 0.5 - gap] }, true];
}

/** A log axis cannot show 0 ns, which a coarse clock may report: it is drawn at 1 ns. */
function drawable(ns: number): number {
  return Math.max(1, ns);
}

function timeAxis(measured: readonly Measured[], context: FigureContext): Partial<LayoutAxis> {
  const shortest = measured.reduce((least, { summary }) => Math.min(least, drawable(summary.min)), Infinity);
  const longest = measured.reduce((most, { summary }) => Math.max(most, drawable(summary.max)), 1);
  const from = Number.isFinite(shortest) ? shortest : 1;
  const ticks = logTimeTicks(from, longest);
  const margin = Math.max(0.05, (Math.log10(longest) - Math.log10(from)) * 0.05);
  return {
    ...baseAxis(context),
    type: "log",
    range: [Math.log10(from) - margin, Math.log10(longest) + margin],
    tickvals: ticks.map((tick) => tick.ns),
    ticktext: ticks.map((tick) => tick.text),
  };
}

function meta(one: Measured, part: "distribution" | "percentiles" | "dirty", columns: readonly string[]): Record<string, unknown> {
  return { kind: "latency", part, label: one.series.label, ...one.summary, columns };
}

function distributionTrace(one: Measured, { trans }: FigureContext): Partial<ScatterData> {
  const ranks = thinnedRanks(one.sorted.length, MOST_STEPS);
  const { count, p50, p90, p99 } = one.summary;
  return {
    type: "scatter",
    mode: "lines",
    name: trans.__("%1: %2 calls, p50 %3, p90 %4, p99 %5", literal(one.name), count, formatNs(p50), formatNs(p90), formatNs(p99)),
    legendgroup: one.series.label,
    meta: meta(one, "distribution", ["ns", "rank"]),
    customdata: ranks.map((rank) => [one.sorted[rank] ?? 0, rank + 1]),
    x: ranks.map((rank) => drawable(one.sorted[rank] ?? 0)),
    y: ranks.map((rank) => (rank + 1) / one.sorted.length),
    line: { shape: "hv", color: one.ink, width: 2, dash: one.dash },
    hovertext: ranks.map((rank) =>
      [literal(one.name), trans.__("%1 of %2 calls took at most %3", rank + 1, count, formatNs(one.sorted[rank] ?? 0))].join("<br>"),
    ),
    hoverinfo: "text",
  };
}

function percentileTrace(one: Measured, { theme, trans }: FigureContext): Partial<ScatterData> {
  return {
    type: "scatter",
    mode: "markers",
    name: trans.__("%1: percentiles", literal(one.name)),
    legendgroup: one.series.label,
    showlegend: false,
    meta: meta(one, "percentiles", ["percentile", "ns"]),
    customdata: PERCENTILES.map(({ name }) => [name, one.summary[name]]),
    x: PERCENTILES.map(({ name }) => drawable(one.summary[name])),
    y: PERCENTILES.map(({ share }) => share),
    marker: { symbol: ["circle", "diamond", "square"], size: 9, color: one.ink, line: { color: theme.ground, width: 1 } },
    hovertext: PERCENTILES.map(({ name }) => `${literal(one.name)}<br><b>${name} ${formatNs(one.summary[name])}</b>`),
    hoverinfo: "text",
    cliponaxis: false,
  };
}

function dirtyTrace(one: Measured, { trans }: FigureContext): Partial<ScatterData> {
  const drawn = thinnedRanks(one.series.ns.length, MOST_STEPS);
  const rows = drawn.map((index) => ({ index, ns: one.series.ns[index] ?? 0, pages: one.series.dirtyPages?.[index] ?? 0 }));
  return {
    type: "scatter",
    mode: "markers",
    name: trans.__("%1: dirty pages and time", literal(one.name)),
    legendgroup: one.series.label,
    showlegend: false,
    meta: meta(one, "dirty", ["index", "dirtyPages", "ns"]),
    customdata: rows.map((row) => [row.index, row.pages, row.ns]),
    x: rows.map((row) => row.pages),
    y: rows.map((row) => drawable(row.ns)),
    xaxis: "x2",
    yaxis: "y2",
    marker: { symbol: "circle-open", size: 6, color: one.ink, line: { color: one.ink, width: 1.5 } },
    hovertext: rows.map((row) =>
      [
        literal(one.name),
        trans._n("call %2: %1 dirty page, %3", "call %2: %1 dirty pages, %3", row.pages, row.index + 1, formatNs(row.ns)),
      ].join("<br>"),
    ),
    hoverinfo: "text",
    cliponaxis: false,
  };
}

function latencySummaryWords(measured: readonly Measured[], { trans }: FigureContext): string {
  if (measured.length === 0) return trans.__("No calls were timed.");
  return measured
    .map(({ name, summary }) =>
      trans._n(
        "%2: %1 call, it took %3.",
        "%2: %1 calls, half of them took at most %3, all but one in a hundred at most %4.",
        summary.count,
        name,
        formatNs(summary.p50),
        formatNs(summary.p99),
      ),
    )
    .join(" ");
}
