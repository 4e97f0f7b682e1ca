/** Reading what a figure would draw, the way a program reads `gd.data` in a page. */
import type { Figure } from "../../../extension/src/figures/figure.js";

export interface ReadTrace {
  readonly type: string;
  readonly name: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly x: readonly unknown[];
  readonly y: readonly unknown[];
  readonly hovertext: readonly string[];
  /** The rows of customdata, by the names in `meta.columns`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The traces of a figure whose meta has all the given entries. */
export function traces(figure: Figure, wanted: Readonly<Record<string, unknown>>): ReadTrace[] {
  return figure.data.map(read).filter(({ meta }) => Object.entries(wanted).every(([key, value]) => meta[key] === value));
}

/** The one trace with the given meta. */
export function trace(figure: Figure, wanted: Readonly<Record<string, unknown>>): ReadTrace {
  const [found, ...others] = traces(figure, wanted);
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} traces with ${JSON.stringify(wanted)}, not one`);
  return found;
}

function read(data: object): ReadTrace {
  const raw = Object.fromEntries(Object.entries(data));
  const meta = Object.fromEntries(Object.entries(Object(raw["meta"])));
  const columns = list(meta["columns"]).map(String);
  return {
    type: String(raw["type"]),
    name: String(raw["name"]),
    meta,
    x: list(raw["x"]),
    y: list(raw["y"]),
    hovertext: list(raw["hovertext"]).map(String),
    rows: list(raw["customdata"]).map((row) => Object.fromEntries(columns.map((column, index) => [column, list(row)[index]]))),
    raw,
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
