/** Every observation of a measure as a dot, one row a case, with the median and its interval. */
import type { Measurements } from "../measurements.js";
import { caseText } from "../record.js";
import { escaped } from "./escaped.js";
import { quantityText } from "./tables.js";

const WIDTH = 900;
const LABELS = 300;
const ROW = 20;
const RIGHT = 30;
/** A row shows at most so many dots, evenly taken; the extremes are always among them. */
const MOST_DOTS = 300;

function thinned(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length <= MOST_DOTS) return sorted;
  return Array.from({ length: MOST_DOTS }, (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MOST_DOTS - 1))] ?? 0);
}

/** An SVG element of its own. Zeros stand at the left edge: a logarithmic scale has no place for them. */
export function observationsSvg(measurements: Measurements, measure: string): string {
  const cases = measurements.cases().filter((one) => one.measure === measure);
  const unit = cases[0]?.unit ?? "";
  const positive = measurements.values(measure).filter((value) => value > 0);
  const [smallest, largest] = positive.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const from = positive.length === 0 ? 0 : Math.floor(Math.log10(smallest));
  const to = positive.length === 0 ? 1 : Math.max(from + 1, Math.ceil(Math.log10(largest)));
  const x = (value: number): string =>
    (LABELS + (value <= 0 ? 0 : (Math.log10(value) - from) / (to - from)) * (WIDTH - LABELS - RIGHT)).toFixed(1);
  const height = cases.length * ROW + 30;
  const grid = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).map(
    (value) =>
      `<line x1="${x(value)}" x2="${x(value)}" y1="0" y2="${height - 24}" stroke="#ddd"/>` +
      `<text x="${x(value)}" y="${height - 8}" font-size="11" text-anchor="middle" fill="#555">${escaped(quantityText(value, unit))}</text>`,
  );
  const rows = cases.map(({ case: where }, index) => {
    const y = index * ROW + ROW / 2;
    const summary = measurements.summary(measure, where);
    const dots = thinned(measurements.values(measure, where)).map((value) => `<circle cx="${x(value)}" cy="${y}" r="2.5"/>`);
    const interval =
      summary === undefined
        ? ""
        : `<line x1="${x(summary.low)}" x2="${x(summary.high)}" y1="${y}" y2="${y}" stroke="#b3400e" stroke-width="3"/>` +
          `<line x1="${x(summary.median)}" x2="${x(summary.median)}" y1="${y - 7}" y2="${y + 7}" stroke="#b3400e" stroke-width="2"/>`;
    const name = `<text x="${LABELS - 8}" y="${y + 4}" font-size="12" text-anchor="end" fill="#1a1a1a">${escaped(caseText(where))}</text>`;
    return `${name}<g fill="#1f5fa8" fill-opacity="0.35">${dots.join("")}</g>${interval}`;
  });
  const name = escaped(`${measure}, every observation`);
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${name}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif">${grid.join("")}${rows.join("")}</svg>`;
}
