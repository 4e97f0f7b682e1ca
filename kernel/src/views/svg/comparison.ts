/** The comparison of kernel and model as a table. */
import type { ComparisonRow, ComparisonView } from "../view.js";
import { SHEET_WIDTH, fitting, label, line, type Drawing } from "./drawing.js";

const ROW_HEIGHT = 20;
const MOST_ROWS = 60;
const COLUMNS = { mark: 14, what: 34, kernel: 200, model: 320, verdict: 440 } as const;
const MARKS: Readonly<Record<ComparisonRow["verdict"], string>> = { equal: "=", explained: "≈", unexplained: "≠" };

export function comparisonDrawing(view: ComparisonView): Drawing {
  if (view.rows.length === 0) return { markup: label("Nothing was compared.", 12, 14, "dim"), height: 20 };
  const shown = view.rows.slice(0, MOST_ROWS);
  const head = label("kernel", COLUMNS.kernel, 12, "dim") + label("model", COLUMNS.model, 12, "dim");
  const rows = shown.map((row, index) => rowMarkup(row, (index + 1) * ROW_HEIGHT));
  const rest =
    view.rows.length > MOST_ROWS
      ? label(`and ${view.rows.length - MOST_ROWS} more`, COLUMNS.what, (shown.length + 1) * ROW_HEIGHT + 12, "dim")
      : "";
  return { markup: head + rows.join("") + rest, height: (shown.length + (rest ? 2 : 1)) * ROW_HEIGHT };
}

function rowMarkup(row: ComparisonRow, y: number): string {
  const verdict = row.verdict + (row.why === undefined ? "" : `: ${row.why}`);
  const emphasis = row.verdict === "unexplained" ? "strong" : "text";
  return (
    line(12, y, SHEET_WIDTH - 12, y) +
    label(MARKS[row.verdict], COLUMNS.mark, y + 14, emphasis) +
    label(fitting(row.what, COLUMNS.kernel - COLUMNS.what - 8), COLUMNS.what, y + 14) +
    label(fitting(row.kernel, COLUMNS.model - COLUMNS.kernel - 8), COLUMNS.kernel, y + 14) +
    label(fitting(row.model, COLUMNS.verdict - COLUMNS.model - 8), COLUMNS.model, y + 14) +
    label(fitting(verdict, SHEET_WIDTH - 12 - COLUMNS.verdict), COLUMNS.verdict, y + 14, emphasis)
  );
}
