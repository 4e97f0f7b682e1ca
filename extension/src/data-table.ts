/** The numbers of a plot as a table, for those who read rather than look: the rows that its traces name. */
import { printable } from "mmaplab/views";
import type { Data } from "plotly.js";
import type { Phrases } from "./phrases.js";

const MOST_ROWS = 500;
const LONGEST_CELL = 400;

/** The rows of one trace. */
export interface TraceRows {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many there are in all. */
  readonly count: number;
}

/** What a plot's traces say in numbers; traces without named columns are drawing only. */
export function traceRows(data: readonly Data[], most = MOST_ROWS): TraceRows[] {
  let left = most;
  return data.flatMap((trace): TraceRows[] => {
    const meta: unknown = Reflect.get(trace, "meta");
    const columns: unknown = typeof meta === "object" && meta !== null ? Reflect.get(meta, "columns") : null;
    const custom: unknown = Reflect.get(trace, "customdata");
    if (!Array.isArray(columns) || !Array.isArray(custom)) return [];
    const all: readonly unknown[] = custom;
    const rows = all.slice(0, left).map((row) => (Array.isArray(row) ? row.map(cellText) : []));
    left -= rows.length;
    return [{ name: String(trace.name ?? ""), columns: columns.map(String), rows, count: all.length }];
  });
}

function cellText(value: unknown): string {
  return value === null || value === undefined ? "" : printable(String(value), LONGEST_CELL);
}

/** Every cell is set as text. */
export function dataTables(data: readonly Data[], plain: (markup: string) => string, trans: Phrases): HTMLElement {
  const box = document.createElement("div");
  box.className = "mmaplab-data";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", trans.__("Data of the figure"));
  const all = traceRows(data);
  for (const { name, columns, rows, count } of all) {
    if (count === 0) continue;
    const table = document.createElement("table");
    const caption = table.createCaption();
    caption.textContent =
      rows.length < count ? trans.__("%1 (the first %2 of %3)", plain(name), rows.length, count) : trans.__("%1 (%2)", plain(name), count);
    const head = table.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const cell of row) line.insertCell().textContent = cell;
    }
    box.append(table);
  }
  if (box.childElementCount === 0) box.textContent = trans.__("This view has no single points: zoom in to list them.");
  return box;
}
