/** Results as tables: every figure, the published ones beside ours, and whether the expected shapes held. */
import type { TableView, Tone } from "../../views/index.js";
import { shortNumber, type Experiment, type Verdict } from "../experiment.js";
import type { Measurements } from "../measurements.js";
import { caseText } from "../record.js";
import type { Summary } from "../statistics/summary.js";

const TONES = { held: "ok", "not held": "bad", "cannot be judged": "warn" } as const satisfies Record<Verdict["outcome"], Tone>;

const NS_PER_US = 1000;

/** 16 before 256. */
const naturally = new Intl.Collator("en", { numeric: true });

/** A value with its unit; durations in microseconds, which all figures of this field are printed in. */
export function quantityText(value: number, unit: string): string {
  return unit === "ns" ? `${shortNumber(value / NS_PER_US)} µs` : `${shortNumber(value)} ${unit}`;
}

/** A median with its interval: "8.1 µs [7.9 to 8.4]". */
export function summaryText({ median, low, high }: Summary, unit: string): string {
  if (low === high) return quantityText(median, unit);
  const scale = unit === "ns" ? NS_PER_US : 1;
  return `${quantityText(median, unit)} [${shortNumber(low / scale)} to ${shortNumber(high / scale)}]`;
}

/** Every case of every measure. */
export function figuresTable(title: string, measurements: Measurements): TableView {
  const cases = measurements
    .cases()
    .sort((a, b) => naturally.compare(`${caseText(a.case)} ${a.measure}`, `${caseText(b.case)} ${b.measure}`));
  const rows = cases.flatMap(({ measure, unit, kind, case: where }) => {
    const summary = measurements.summary(measure, where);
    if (summary === undefined) return [];
    const { count, warmUp, outliers, min, max } = summary;
    const scale = unit === "ns" ? NS_PER_US : 1;
    return [
      [
        { text: caseText(where) },
        { text: measure },
        { text: summaryText(summary, unit) },
        { text: min === max ? "" : `${shortNumber(min / scale)} to ${shortNumber(max / scale)}` },
        { text: String(count) },
        { text: warmUp === 0 ? "" : String(warmUp) },
        { text: outliers === 0 ? "" : String(outliers) },
        { text: kind },
      ],
    ];
  });
  return {
    kind: "table",
    title,
    headings: ["case", "measure", "median [95 % interval]", "range", "observations", "warm-up", "outliers", "kind"],
    rows,
    caption:
      "Intervals are of the median, by bootstrap. Warm-up is left out (MSER-5); outliers (beyond 1.5 interquartile ranges) are kept. Timed figures say something as ratios within one run.",
  };
}

/** Each expected shape, with the figures that it was judged by. */
export function shapesTable({ title, shapes }: Experiment, measurements: Measurements): TableView {
  return {
    kind: "table",
    title: `${title}: the expected shape`,
    headings: ["criterion", "outcome", "seen"],
    rows: shapes.map(({ criterion, judge }) => {
      const { outcome, seen } = judge(measurements);
      return [{ text: criterion }, { text: outcome, tone: TONES[outcome] }, { text: seen }];
    }),
  };
}

/** What was published, with its source and hardware, and ours beside it. */
export function publishedTable({ title, published }: Experiment, measurements: Measurements): TableView {
  return {
    kind: "table",
    title: `${title}: published and here`,
    headings: ["what", "published", "source", "hardware", "here"],
    rows: published.map(({ what, value, source, hardware, ours }) => {
      const found = ours === undefined ? undefined : measurements.of(ours.measure, ours.case)[0];
      const summary = ours === undefined ? undefined : measurements.summary(ours.measure, ours.case);
      const here = found === undefined || summary === undefined ? "not measured here" : summaryText(summary, found.unit);
      return [{ text: what }, { text: value }, { text: source }, { text: hardware }, { text: here }];
    }),
  };
}
