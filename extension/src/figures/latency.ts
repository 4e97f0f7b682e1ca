/**
 * How long calls took: the share of calls that took at most so long (the empirical distribution) and beside it the histogram, both
 * over one log axis of times, with the 50th, 90th and 99th percentile marked. Where the dirty pages before each call are known, the
 * time is drawn over them as well.
 */
import type { Data, LayoutAxis } from "plotly.js";
import { formatNs, type LatencyView } from "mmaplab/views";
import { axisTitle, baseAxis, baseLayout, legendHeight, type Figure, type FigureContext } from "./figure.js";
import { measuredSeries, timesDrawn, type Measured } from "./latency-series.js";
import { dirtyTrace, distributionTrace, histogramTrace, percentileTrace } from "./latency-traces.js";
import { logBins } from "./log-bins.js";
import { logCountTicks, logTimeTicks } from "./log-ticks.js";

const PLOT_PIXELS = 240;
const SIDE_BY_SIDE_PIXELS = 620;
/** Between two panels, for numbers and titles of their axes. */
const GAP = { x: 74, y: 76 } as const;
const LEFT_MARGIN = 64;
const RIGHT_MARGIN = 16;
const TOP_MARGIN = 12;
/** Numbers and title of the time axis. */
const TIME_PIXELS = 52;
/** Dirty pages are drawn on a log axis where the most are so many times the least. */
const WIDE = 50;

export function latencyFigure(view: LatencyView, context: FigureContext): Figure {
  const { trans, width } = context;
  const measured = measuredSeries(view, context);
  const withDirt = measured.filter(({ series }) => series.dirtyPages !== undefined);
  const [first, second, third] = places(withDirt.length > 0, width - LEFT_MARGIN - RIGHT_MARGIN);
  const [shortest, longest] = timesDrawn(measured);
  const edges = logBins(shortest, longest, Math.max(0, ...measured.map(({ summary }) => summary.count)));
  const bars = { xaxis: "x2", yaxis: "y2" } as const;
  const dirt = { xaxis: "x3", yaxis: "y3" } as const;
  const data: Data[] = [
    ...measured.flatMap((one) => [distributionTrace(one, context), percentileTrace(one, context, "percentiles")]),
    ...measured.flatMap((one) => [histogramTrace(one, edges, context, bars), percentileTrace(one, context, "histogram percentiles", bars)]),
    ...withDirt.map((one) => dirtyTrace(one, context, dirt)),
  ];
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const times = { ...timeAxis(measured, context), title: axisTitle(trans.__("time of a call"), context) };
  const pages = withDirt.flatMap(({ series }) => series.dirtyPages ?? []);
  const rows = third ? (width >= SIDE_BY_SIDE_PIXELS ? 2 : 3) : width >= SIDE_BY_SIDE_PIXELS ? 1 : 2;
  const layout: Figure["layout"] = {
    ...baseLayout(context),
    height: rows * PLOT_PIXELS + (rows - 1) * GAP.y + TOP_MARGIN + TIME_PIXELS + legend,
    margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: TIME_PIXELS + legend },
    hovermode: "closest",
    xaxis: { ...times, domain: first.x, anchor: "y" },
    yaxis: {
      ...baseAxis(context),
      domain: first.y,
      anchor: "x",
      range: [0, 1.03],
      tickvals: [0, 0.25, 0.5, 0.75, 0.9, 1],
      tickformat: ".0%",
      title: axisTitle(trans.__("share of calls so fast"), context),
    },
    // Zooming the times of one zooms those of the other.
    xaxis2: { ...times, domain: second.x, anchor: "y2", matches: "x" },
    yaxis2: {
      ...baseAxis(context),
      domain: second.y,
      anchor: "x2",
      rangemode: "tozero",
      tickformat: ".0%",
      title: axisTitle(trans.__("share of calls about so fast"), context),
    },
    ...(third && {
      xaxis3: { ...dirtyAxis(pages, context), domain: third.x, anchor: "y3" },
      yaxis3: { ...timeAxis(withDirt, context), title: axisTitle(trans.__("time of a call"), context), domain: third.y, anchor: "x3" },
    }),
  };
  return {
    data,
    layout,
    summary: latencySummaryWords(measured, context),
    follow: (window) => ({
      axes: Object.fromEntries(
        Object.entries(window).flatMap(([name, range]) => {
          if (name === "xaxis" || name === "xaxis2" || name === "yaxis3") return [[name, labels(logTimeTicks(...range))]];
          return name === "xaxis3" && layout.xaxis3?.type === "log" ? [[name, labels(logCountTicks(...range))]] : [];
        }),
      ),
    }),
  };
}

interface Place {
  readonly x: [number, number];
  readonly y: [number, number];
}

/**
 * Where the panels stand: distribution and histogram beside each other where there is room, the dirty pages below.
 * @param width of all panels, in pixels
 */
function places(dirty: boolean, width: number): readonly [Place, Place, Place | null] {
  const beside = width + LEFT_MARGIN + RIGHT_MARGIN >= SIDE_BY_SIDE_PIXELS;
  const count = (beside ? 1 : 2) + (dirty ? 1 : 0);
  const height = count * PLOT_PIXELS + (count - 1) * GAP.y;
  const row = (index: number): [number, number] => {
    const top = 1 - (index * (PLOT_PIXELS + GAP.y)) / height;
    return [Math.max(0, top - PLOT_PIXELS / height), top];
  };
  const whole: [number, number] = [0, 1];
  const half = (1 - GAP.x / width) / 2;
  const [one, two]: readonly [Place, Place] = beside
    ? [
        { x: [0, half], y: row(0) },
        { x: [1 - half, 1], y: row(0) },
      ]
    : [
        { x: whole, y: row(0) },
        { x: whole, y: row(1) },
      ];
  return [one, two, dirty ? { x: whole, y: row(count - 1) } : null];
}

function labels(ticks: readonly { readonly at: number; readonly text: string }[]): Partial<LayoutAxis> {
  return { tickvals: ticks.map(({ at }) => at), ticktext: ticks.map(({ text }) => text) };
}

function timeAxis(measured: readonly Measured[], context: FigureContext): Partial<LayoutAxis> {
  const [from, to] = timesDrawn(measured).map(Math.log10) as [number, number];
  const margin = Math.max(0.05, (to - from) * 0.05);
  const range: [number, number] = [from - margin, to + margin];
  return { ...baseAxis(context), type: "log", range, ...labels(logTimeTicks(...range)) };
}

function dirtyAxis(pages: readonly number[], context: FigureContext): Partial<LayoutAxis> {
  const least = pages.reduce((low, count) => Math.min(low, count), Infinity);
  const most = pages.reduce((high, count) => Math.max(high, count), 0);
  const axis = { ...baseAxis(context), title: axisTitle(context.trans.__("dirty pages before the call"), context) };
  // A log axis has no place for calls that found nothing dirty.
  if (least < 1 || most < WIDE * least) return { ...axis, range: [Math.min(0, -most * 0.02), Math.max(1, most * 1.05)] };
  const range: [number, number] = [Math.log10(least) - 0.1, Math.log10(most) + 0.1];
  return { ...axis, type: "log", range, ...labels(logCountTicks(...range)) };
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
