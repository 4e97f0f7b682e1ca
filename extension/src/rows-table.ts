/** A table view as an HTML table. Every cell is set as text. */
import { printable, type TableCell, type TableView } from "mmaplab/views";

/** Told by a mark too, never by colour alone. */
const TONE_MARKS: Readonly<Record<NonNullable<TableCell["tone"]>, string>> = { plain: "", ok: "✓", warn: "!", bad: "✗" };

export function rowsTable(view: TableView): HTMLElement[] {
  const table = document.createElement("table");
  table.className = "mmaplab-table";
  const head = table.createTHead().insertRow();
  for (const heading of view.headings) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = printable(heading, 1000);
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of view.rows) {
    const line = body.insertRow();
    for (const { text, tone = "plain" } of row) {
      const cell = line.insertCell();
      cell.className = `mmaplab-tone-${tone}`;
      cell.dataset["mark"] = TONE_MARKS[tone];
      cell.textContent = printable(text, 4096);
    }
  }
  return [table];
}

/** What stands under the title of a table. */
export function tableSummary(view: TableView): string {
  return view.caption === undefined ? "" : printable(view.caption, 1000);
}
