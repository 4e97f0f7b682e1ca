/** Percentiles of each series. */
import { printable } from "../printable.js";
import { latencySummary, sortedAscending } from "../quantile.js";
import { formatNs } from "../units.js";
import type { LatencyView } from "../view.js";
import { alignedColumns } from "./columns.js";

export function latencyText(view: LatencyView): string[] {
  const rows = view.series.map((series) => {
    const summary = latencySummary(sortedAscending(series.ns));
    const label = printable(series.label, 60);
    if (!summary) return [label, "0"];
    return [label, String(summary.count), ...[summary.min, summary.p50, summary.p90, summary.p99, summary.max].map(formatNs)];
  });
  return alignedColumns([["call", "calls", "min", "p50", "p90", "p99", "max"], ...rows], [1, 2, 3, 4, 5, 6]);
}
