/**
 * Faults by the ten thousand: how many lie in each small cell, as a picture that darkens with their number. Points would
 * hide each other, and drawing them would take seconds. Major faults and signals stay points.
 */
import type { HeatmapData } from "plotly.js";
import { addressOfPage, FAULT_INKS, formatNs, type FaultsView } from "mmaplab/views";
import { mixed } from "../theme.js";
import type { Density, PointWindow } from "./fault-points.js";
import type { FaultPanel, FaultPlace } from "./faults.js";
import { describeLazily, type FigureContext } from "./figure.js";
import { sourceWords } from "./words.js";

/** Pixels of a cell's side. */
export const CELL_PIXELS = 2;

export function densityTrace(
  view: FaultsView,
  { source, xref, yref }: FaultPanel,
  { axis }: FaultPlace,
  density: Density,
  window: PointWindow,
  { theme, trans }: FigureContext,
): Partial<HeatmapData> {
  const { columns, rows, cells, most, inside } = density;
  const [dx, dy] = [(window.x[1] - window.x[0]) / columns, (window.y[1] - window.y[0]) / rows];
  const ink = theme.inks[FAULT_INKS.minor];
  const trace: Partial<HeatmapData> = {
    type: "heatmap",
    name: trans.__("%1: density of %2 faults", sourceWords(source.source, trans), inside),
    meta: {
      kind: "faults",
      part: "density",
      source: source.source,
      instrument: source.instrument,
      minor: source.minor,
      major: source.major,
      lost: source.lost,
      listed: source.page.length,
      inside,
      from: addressOfPage(axis.pageAt(window.y[0]), view.pageSize),
    },
    // Counts differ by powers of ten: a cell with one fault must still be seen.
    z: Array.from({ length: rows }, (_, row) =>
      Array.from(cells.subarray(row * columns, (row + 1) * columns), (count) => (count === 0 ? null : Math.log10(count))),
    ),
    x0: window.x[0] + dx / 2,
    dx,
    y0: window.y[0] + dy / 2,
    dy,
    zmin: 0,
    zmax: Math.max(1, Math.log10(Math.max(1, most))),
    colorscale: [
      [0, mixed(theme.ground, ink, 0.45) ?? ink],
      [0.5, ink],
      [1, mixed(ink, theme.text, 0.7) ?? theme.text],
    ],
    showscale: false,
    hoverongaps: false,
    hoverinfo: "none",
    zsmooth: "fast",
    xaxis: xref,
    yaxis: yref,
  };
  return describeLazily(trace, (point) => {
    const [row = 0, column = 0] = typeof point === "number" ? [] : point;
    const wide = source.atNs ? formatNs(Math.max(0, dx)) : trans.__("%1 in order", Math.ceil(dx));
    return [
      `<b>${trans._n("%1 fault here", "%1 faults here", cells[row * columns + column] ?? 0)}</b>`,
      trans._n("%1 page, %2", "%1 pages, %2", Math.max(1, Math.round(dy)), wide),
      trans.__("Zoom in to see each."),
    ].join("<br>");
  });
}
