/** A table as rows of text between rules. Cells that do not fit are cut: the text beside the picture has them whole. */
import { printable } from "../printable.js";
import type { TableCell, TableView } from "../view.js";
import { CHARACTER_WIDTH, SHEET_WIDTH, fitting, label, line, type Drawing } from "./drawing.js";

const ROW_HEIGHT = 20;
const MOST_ROWS = 60;
const MARGIN = 12;
const GAP = 10;
/** No column is made narrower than this many characters for the sake of the others. */
const LEAST_CHARACTERS = 6;
const LONGEST_CELL = 200;

const TONE_MARKS: Readonly<Record<NonNullable<TableCell["tone"]>, string>> = { plain: "", ok: "", warn: "", bad: "! " };

/** Draws headings and the first rows; the caption comes last. */
export function tableDrawing(view: TableView): Drawing {
  const rows = view.rows.slice(0, MOST_ROWS);
  const lefts = columnLefts(view);
  const cells = (texts: readonly string[], y: number, emphasis: (column: number) => "text" | "dim" | "strong"): string =>
    texts
      .map((text, column) => {
        const left = lefts[column] ?? MARGIN;
        const right = (lefts[column + 1] ?? SHEET_WIDTH - MARGIN + GAP) - GAP;
        return label(fitting(text, right - left), left, y, emphasis(column));
      })
      .join("");
  const markup = [cells(view.headings, 14, () => "dim")];
  rows.forEach((row, index) => {
    const y = (index + 1) * ROW_HEIGHT;
    markup.push(line(MARGIN, y, SHEET_WIDTH - MARGIN, y));
    markup.push(cells(row.map(cellText), y + 14, (column) => (row[column]?.tone === "bad" ? "strong" : "text")));
  });
  let lines = rows.length + 1;
  const below = (text: string): void => void markup.push(label(text, MARGIN, lines++ * ROW_HEIGHT + 14, "dim"));
  if (rows.length === 0) below("no rows");
  if (view.rows.length > MOST_ROWS) below(`and ${view.rows.length - MOST_ROWS} more`);
  if (view.caption !== undefined) below(fitting(printable(view.caption, 300), SHEET_WIDTH - 2 * MARGIN));
  return { markup: markup.join(""), height: lines * ROW_HEIGHT + 4 };
}

function cellText({ text, tone = "plain" }: TableCell): string {
  return TONE_MARKS[tone] + printable(text, LONGEST_CELL);
}

/** Where each column starts: as wide as its text, the widest giving way until all fit. */
function columnLefts(view: TableView): number[] {
  const widths = view.headings.map((heading, column) =>
    Math.max(heading.length, ...view.rows.slice(0, MOST_ROWS).map((row) => Math.min(LONGEST_CELL, row[column]?.text.length ?? 0) + 2)),
  );
  const room = Math.floor((SHEET_WIDTH - 2 * MARGIN - GAP * (widths.length - 1)) / CHARACTER_WIDTH);
  let excess = widths.reduce((sum, width) => sum + width, -room);
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_CHARACTERS) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess--;
  }
  let left = MARGIN;
  return widths.map((width) => {
    const at = left;
    left += width * CHARACTER_WIDTH + GAP;
    return at;
  });
}
