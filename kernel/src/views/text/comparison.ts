/** The comparison of kernel and model as a table. */
import { printable } from "../printable.js";
import type { ComparisonRow, ComparisonView } from "../view.js";
import { alignedColumns } from "./columns.js";

const MARKS: Readonly<Record<ComparisonRow["verdict"], string>> = { equal: "=", explained: "~", unexplained: "!" };

export function comparisonText(view: ComparisonView): string[] {
  if (view.rows.length === 0) return ["nothing was compared"];
  const rows = view.rows.map((row) => [
    MARKS[row.verdict],
    printable(row.what, 60),
    printable(row.kernel, 60),
    printable(row.model, 60),
    row.verdict + (row.why === undefined ? "" : `: ${printable(row.why)}`),
  ]);
  return alignedColumns([["", "", "kernel", "model", ""], ...rows]);
}
