/** The traces of a latency figure: the distribution, its histogram, the percentiles in both, and the dirty pages against the time. */
import type { ScatterData } from "plotly.js";
import { formatNs, thinnedRanks } from "mmaplab/views";
import { literal, type FigureContext } from "./figure.js";
import { drawable, type Measured } from "./latency-series.js";
import { countInBins, type BinEdges } from "./log-bins.js";

/** Points a curve is drawn with. */
const MOST_STEPS = 2000;
const PERCENTILES = [
  { name: "p50", share: 0.5 },
  { name: "p90", share: 0.9 },
  { name: "p99", share: 0.99 },
] as const;
const PERCENTILE_SYMBOLS: ("circle" | "diamond" | "square")[] = ["circle", "diamond", "square"];

type Part = "distribution" | "percentiles" | "histogram" | "histogram percentiles" | "dirty";
type Axes = Pick<ScatterData, "xaxis" | "yaxis">;

function meta(one: Measured, part: Part, columns: readonly string[]): Record<string, unknown> {
  return { kind: "latency", part, label: one.series.label, ...one.summary, columns };
}

/** The share of calls that took at most so long. Its name in the legend stands for all traces of the series. */
export function distributionTrace(one: Measured, { trans }: FigureContext): Partial<ScatterData> {
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

/** The percentiles: on the curve, or below the histogram. */
export function percentileTrace(
  one: Measured,
  { theme, trans }: FigureContext,
  part: "percentiles" | "histogram percentiles",
  axes: Axes = {},
): Partial<ScatterData> {
  return {
    type: "scatter",
    mode: "markers",
    name: trans.__("%1: percentiles", literal(one.name)),
    legendgroup: one.series.label,
    showlegend: false,
    meta: meta(one, part, ["percentile", "ns"]),
    customdata: PERCENTILES.map(({ name }) => [name, one.summary[name]]),
    x: PERCENTILES.map(({ name }) => drawable(one.summary[name])),
    // In a histogram they stand on the axis of times.
    y: PERCENTILES.map(({ share }) => (part === "percentiles" ? share : 0)),
    ...axes,
    marker: { symbol: PERCENTILE_SYMBOLS, size: 9, color: one.ink, line: { color: theme.ground, width: 1 } },
    hovertext: PERCENTILES.map(({ name }) => `${literal(one.name)}<br><b>${name} ${formatNs(one.summary[name])}</b>`),
    hoverinfo: "text",
    cliponaxis: false,
  };
}

/** How many calls took about so long. */
export function histogramTrace(one: Measured, edges: BinEdges, { trans }: FigureContext, axes: Axes): Partial<ScatterData> {
  const counts = countInBins(one.sorted.map(drawable), edges);
  const { count } = one.summary;
  const rows = counts.map((calls, bin) => ({ from: edges[bin] ?? 0, to: edges[bin + 1] ?? 0, calls }));
  return {
    type: "scatter",
    mode: "lines",
    name: trans.__("%1: histogram", literal(one.name)),
    legendgroup: one.series.label,
    showlegend: false,
    meta: meta(one, "histogram", ["fromNs", "toNs", "calls"]),
    customdata: rows.map(({ from, to, calls }) => [from, to, calls]),
    // One point more than there are bins ends the last.
    x: [...edges],
    y: [...counts.map((calls) => calls / count), 0],
    ...axes,
    line: { shape: "hv", color: one.ink, width: 1.5, dash: one.dash },
    fill: "tozeroy",
    fillcolor: `${one.ink}40`,
    hovertext: rows.map(({ from, to, calls }) =>
      [
        literal(one.name),
        trans._n("%1 call of %2 took %3 to %4", "%1 calls of %2 took %3 to %4", calls, count, formatNs(from), formatNs(to)),
      ].join("<br>"),
    ),
    hoverinfo: "text",
  };
}

/** The time of each call over the dirty pages before it. */
export function dirtyTrace(one: Measured, { trans }: FigureContext, axes: Axes): Partial<ScatterData> {
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
    ...axes,
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
