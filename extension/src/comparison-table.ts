/** A comparison as an HTML table. Every cell is set as text, so that nothing in it is ever taken for markup. */
import { printable, type ComparisonRow, type ComparisonView } from "mmaplab/views";
import type { Phrases } from "./phrases.js";

/** Told by mark and by word, never by colour alone. */
export const VERDICT_MARKS: Readonly<Record<ComparisonRow["verdict"], string>> = { equal: "=", explained: "≈", unexplained: "≠" };

export function verdictWords(row: ComparisonRow, trans: Phrases): string {
  switch (row.verdict) {
    case "equal":
      return trans.__("equal");
    case "explained":
      return row.why === undefined ? trans.__("explained") : trans.__("explained: %1", printable(row.why, 1000));
    case "unexplained":
      return row.why === undefined ? trans.__("unexplained") : trans.__("unexplained: %1", printable(row.why, 1000));
  }
}

/** How many rows have each verdict, in a sentence. */
export function comparisonSummary(view: ComparisonView, trans: Phrases): string {
  if (view.rows.length === 0) return trans.__("Nothing was compared.");
  const count = (verdict: ComparisonRow["verdict"]): number => view.rows.filter((row) => row.verdict === verdict).length;
  return trans.__("%1 equal, %2 explained, %3 unexplained.", count("equal"), count("explained"), count("unexplained"));
}

export function comparisonTable(view: ComparisonView, trans: Phrases): HTMLTableElement {
  const table = document.createElement("table");
  table.className = "mmaplab-comparison";
  const head = table.createTHead().insertRow();
  for (const heading of [trans.__("what"), trans.__("kernel"), trans.__("model"), trans.__("verdict")]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = heading;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of view.rows) body.append(tableRow(row, trans));
  return table;
}

function tableRow(row: ComparisonRow, trans: Phrases): HTMLTableRowElement {
  const line = document.createElement("tr");
  line.dataset["verdict"] = row.verdict;
  const what = document.createElement("th");
  what.scope = "row";
  what.textContent = printable(row.what, 1000);
  const verdict = document.createElement("td");
  verdict.className = `mmaplab-verdict mmaplab-verdict-${row.verdict}`;
  verdict.dataset["mark"] = VERDICT_MARKS[row.verdict];
  verdict.textContent = verdictWords(row, trans);
  line.append(what, valueCell(row.kernel), valueCell(row.model), verdict);
  return line;
}

function valueCell(value: string): HTMLTableCellElement {
  const cell = document.createElement("td");
  cell.className = "mmaplab-value";
  cell.textContent = printable(value, 1000);
  return cell;
}
