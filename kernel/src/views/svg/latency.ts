/** How long calls took: the share of calls that took at most so long, on a log scale. */
import { INK_NAMES } from "../palette.js";
import { latencySummary, sortedAscending, thinnedRanks, type LatencySummary } from "../quantile.js";
import { formatNs } from "../units.js";
import type { LatencyView } from "../view.js";
import { SHEET_WIDTH, at, box, fitting, label, line, type Drawing } from "./drawing.js";

const LEFT = 60;
const RIGHT = 16;
const HEIGHT = 160;
const WIDTH = SHEET_WIDTH - LEFT - RIGHT;
const MOST_STEPS = 100;

export function latencyDrawing(view: LatencyView): Drawing {
  const series = view.series.flatMap(({ label: name, ns }) => {
    const sorted = sortedAscending(ns);
    const summary = latencySummary(sorted);
    return summary ? [{ name, sorted, summary }] : [];
  });
  if (series.length === 0) return { markup: label("No calls were timed.", 12, 14, "dim"), height: 20 };
  const shortest = Math.min(...series.map(({ summary }) => Math.max(1, summary.min)));
  const longest = Math.max(...series.map(({ summary }) => Math.max(1, summary.max)));
  const from = Math.floor(Math.log10(shortest));
  const to = Math.max(from + 1, Math.ceil(Math.log10(longest)));
  const x = (ns: number): number => LEFT + ((Math.log10(Math.max(1, ns)) - from) / (to - from)) * WIDTH;
  const curves = series.map(({ sorted }, index) => curveMarkup(sorted, x, INK_NAMES[index % INK_NAMES.length] ?? "blue"));
  const keys = series.map(({ name, summary }, index) => keyMarkup(name, summary, index));
  return { markup: gridMarkup(from, to, x) + curves.join("") + keys.join(""), height: HEIGHT + 30 + series.length * 17 };
}

function yOf(share: number): number {
  return 6 + HEIGHT * (1 - share);
}

function gridMarkup(from: number, to: number, x: (ns: number) => number): string {
  const shares = [0, 0.5, 0.9, 1].map(
    (share) => line(LEFT, yOf(share), SHEET_WIDTH - RIGHT, yOf(share)) + label(`${share * 100}%`, LEFT - 6, yOf(share) + 4, "dim", "end"),
  );
  const decades = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).map(
    (ns, index, all) =>
      line(x(ns), yOf(1), x(ns), yOf(0)) +
      label(formatNs(ns), x(ns), yOf(0) + 15, "dim", index === 0 ? "start" : index === all.length - 1 ? "end" : "middle"),
  );
  return shares.join("") + decades.join("");
}

/** A step at each drawn value: the curve rises there to the share of calls that took at most that long. */
function curveMarkup(sorted: Float64Array, x: (ns: number) => number, ink: string): string {
  const steps = thinnedRanks(sorted.length, MOST_STEPS).map(
    (rank) => `H${at(x(sorted[rank] ?? 1))}V${at(yOf((rank + 1) / sorted.length))}`,
  );
  return `<path class="mmaplab-ink mmaplab-ink-${ink}" d="M${LEFT} ${at(yOf(0))}${steps.join("")}H${SHEET_WIDTH - RIGHT}"/>`;
}

function keyMarkup(name: string, { count, p50, p90, p99 }: LatencySummary, index: number): string {
  const y = HEIGHT + 40 + index * 17;
  const ink = INK_NAMES[index % INK_NAMES.length] ?? "blue";
  const text = `${fitting(name, 240)}: ${count} calls, p50 ${formatNs(p50)}, p90 ${formatNs(p90)}, p99 ${formatNs(p99)}`;
  return box(LEFT, y - 9, 14, 9, `class="mmaplab-fill-${ink}"`) + label(fitting(text, WIDTH - 24), LEFT + 22, y);
}
