/** The points of a plot as things to walk through: where each is, what it says, and which addresses it stands for. */
import type { Data } from "plotly.js";
import { lazyWords } from "./figures/figure.js";
import type { AddressSpan } from "./output-link.js";

/** One point, bar or cell of a plot. */
export interface PlotPoint {
  readonly curve: number;
  readonly point: number;
  readonly x: number;
  readonly y: number;
  /** The names of its axes: "x2", "y". */
  readonly xaxis: string;
  readonly yaxis: string;
  /** What it says. */
  readonly words: () => string;
}

/** Every point that says something, by plot and then from left to right. */
export function plotPoints(data: readonly Data[]): PlotPoint[] {
  const points = data.flatMap((trace, curve) => {
    const [xs, ys] = [listOf(trace, "x"), listOf(trace, "y")];
    const lazy = lazyWords(trace);
    const texts = lazy ? xs.map(() => lazy) : listOf(trace, "hovertext");
    const bases = listOf(trace, "base");
    const orientation: unknown = Reflect.get(trace, "orientation");
    const base = (point: number): number => number(bases[point] ?? Reflect.get(trace, "base")) || 0;
    return texts.flatMap((text, point): PlotPoint[] => {
      if (text !== lazy && (typeof text !== "string" || text === "")) return [];
      let [x, y] = [number(xs[point]), number(ys[point])];
      // A bar is pointed at in its middle.
      if (Reflect.get(trace, "type") === "bar") [x, y] = orientation === "h" ? [base(point) + x / 2, y] : [x, base(point) + y / 2];
      if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
      return [
        {
          curve,
          point,
          x,
          y,
          xaxis: axisOf(trace, "xaxis", "x"),
          yaxis: axisOf(trace, "yaxis", "y"),
          words: () => plainText(typeof text === "string" ? text : (lazy?.(point) ?? "")),
        },
      ];
    });
  });
  return points.sort((a, b) => compareNames(a.xaxis, b.xaxis) || a.x - b.x || a.y - b.y);
}

/** The addresses a point stands for, from the columns that its trace names; null where it stands for none. */
export function spanOfPoint(trace: unknown, point: number, pageSize: number): AddressSpan | null {
  if (typeof trace !== "object" || trace === null) return null;
  const meta: unknown = Reflect.get(trace, "meta");
  const columns = typeof meta === "object" && meta !== null ? listOf(meta, "columns") : [];
  const row: unknown = listOf(trace, "customdata")[point];
  const value = (name: string): unknown => (Array.isArray(row) && columns.includes(name) ? row[columns.indexOf(name)] : undefined);
  const from = address(value("start") ?? value("address"));
  if (from === null) return null;
  const end = address(value("end"));
  if (end !== null) return { from, to: end };
  const pages = number(value("pages") ?? 1);
  return { from, to: from + BigInt(Math.max(1, Math.round(pages))) * BigInt(pageSize) };
}

/** Plotly's markup as text: tags out, line breaks and the three entities read. */
export function plainText(markup: string): string {
  return markup
    .replaceAll("<br>", "\n")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function address(value: unknown): bigint | null {
  return typeof value === "string" && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : null;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : NaN;
}

function axisOf(trace: object, name: string, otherwise: string): string {
  const axis: unknown = Reflect.get(trace, name);
  return typeof axis === "string" ? axis : otherwise;
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function listOf(holder: object, name: string): readonly unknown[] {
  const value: unknown = Reflect.get(holder, name);
  return Array.isArray(value) ? value : [];
}
