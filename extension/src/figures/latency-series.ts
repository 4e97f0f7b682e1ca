/** The series of a latency figure, with what is computed from them and how each is drawn. */
import {
  INK_NAMES,
  latencySummary,
  printable,
  sortedAscending,
  type LatencySeries,
  type LatencySummary,
  type LatencyView,
} from "mmaplab/views";
import type { FigureContext } from "./figure.js";

const DASHES = ["solid", "dash", "dot", "dashdot"] as const;

/** A series with what was computed from it. */
export interface Measured {
  readonly series: LatencySeries;
  readonly name: string;
  readonly sorted: Float64Array;
  readonly summary: LatencySummary;
  readonly ink: string;
  readonly dash: (typeof DASHES)[number];
}

/** The series that have a call. */
export function measuredSeries(view: LatencyView, { theme }: FigureContext): Measured[] {
  return view.series.flatMap((series, index): Measured[] => {
    const sorted = sortedAscending(series.ns);
    const summary = latencySummary(sorted);
    const ink = theme.inks[INK_NAMES[index % INK_NAMES.length] ?? "blue"];
    const dash = DASHES[Math.floor(index / INK_NAMES.length) % DASHES.length] ?? "solid";
    return summary ? [{ series, name: printable(series.label, 60), sorted, summary, ink, dash }] : [];
  });
}

/** A log axis cannot show 0 ns, which a coarse clock may report: it is drawn at 1 ns. */
export function drawable(ns: number): number {
  return Math.max(1, ns);
}

/** The shortest and the longest time that is drawn; 1 ns for both where there is none. */
export function timesDrawn(measured: readonly Measured[]): readonly [number, number] {
  const shortest = measured.reduce((least, { summary }) => Math.min(least, drawable(summary.min)), Infinity);
  const longest = measured.reduce((most, { summary }) => Math.max(most, drawable(summary.max)), 1);
  return [Number.isFinite(shortest) ? shortest : 1, longest];
}
