/** A table as aligned columns. Long cells are wrapped at words, so that a line fits a terminal of 100 columns. */
import { printable } from "../printable.js";
import type { TableCell, TableView } from "../view.js";
import { alignedColumns } from "./columns.js";

/** Characters of a line, with the indentation of a figure's text. */
const LINE = 98;
const GAP = 2;
/** No column is made narrower than this for the sake of the others. */
const LEAST = 10;
/** Words up to this length stay whole while there is room. */
const LONGEST_WHOLE_WORD = 24;
const LONGEST_CELL = 1000;
const MOST_ROWS = 500;

/** Cells that say with their tone alone what a reader of plain text must see too. */
const TONE_MARKS = { plain: "", ok: "", warn: "", bad: "! " } as const;

/** The lines of a table: headings, a rule, rows, and the caption beneath. */
export function tableText(view: TableView): string[] {
  const shown = view.rows.slice(0, MOST_ROWS).map((row) => row.map(cellText));
  const headings = view.headings.map((heading) => printable(heading, LONGEST_CELL));
  const widths = columnWidths([headings, ...shown]);
  const lines = (row: readonly string[]): string[][] => wrappedRow(row, widths);
  const rule = widths.map((width) => "-".repeat(width));
  const body = shown.length === 0 ? [["no rows"]] : shown.flatMap(lines);
  const rest = view.rows.length > MOST_ROWS ? [[`... and ${view.rows.length - MOST_ROWS} more`]] : [];
  const caption = view.caption === undefined ? [] : ["", ...wrapped(printable(view.caption, LONGEST_CELL), LINE)];
  return [...alignedColumns([...lines(headings), rule, ...body]), ...rest.flat(), ...caption];
}

function cellText({ text, tone = "plain" }: TableCell): string {
  return TONE_MARKS[tone] + printable(text, LONGEST_CELL);
}

/** Columns give way until a line fits: down to their longest word first; where that is not enough, words are broken too. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const lengths = rows.map((row) => row.map((cell) => [...cell].length));
  const widths: number[] = [];
  const words: number[] = [];
  rows.forEach((row, index) => {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, lengths[index]?.[column] ?? 0);
      words[column] = Math.max(words[column] ?? LEAST, ...cell.split(" ").map((word) => Math.min([...word].length, LONGEST_WHOLE_WORD)));
    });
  });
  narrow(widths, words, lengths);
  narrow(
    widths,
    widths.map(() => LEAST),
    lengths,
  );
  return widths;
}

/** Takes characters from columns above their floors until a line fits, each where the table grows least by it. */
function narrow(widths: number[], floors: readonly number[], lengths: readonly (readonly number[])[]): void {
  for (let excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - LINE; excess > 0; excess--) {
    let best: { readonly column: number; readonly height: number; readonly width: number } | undefined;
    widths.forEach((width, column) => {
      if (width <= (floors[column] ?? LEAST)) return;
      widths[column] = width - 1;
      const height = tableHeight(widths, lengths);
      widths[column] = width;
      if (best === undefined || height < best.height || (height === best.height && width > best.width)) best = { column, height, width };
    });
    if (best === undefined) return;
    widths[best.column] = best.width - 1;
  }
}

/** About how many lines the table takes, as if words could be broken anywhere. */
function tableHeight(widths: readonly number[], lengths: readonly (readonly number[])[]): number {
  return lengths.reduce((sum, row) => sum + Math.max(1, ...row.map((length, column) => Math.ceil(length / (widths[column] ?? LEAST)))), 0);
}

function wrappedRow(row: readonly string[], widths: readonly number[]): string[][] {
  const cells = row.map((cell, column) => wrapped(cell, widths[column] ?? LINE));
  const height = Math.max(1, ...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ""));
}

/** Breaks text at spaces; a word longer than a line is broken where it must be. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  for (const word of text.split(" ")) {
    let characters = [...word];
    if (line.length > 0 && line.length + 1 + characters.length <= width) {
      line.push(" ", ...characters);
      continue;
    }
    if (line.length > 0) lines.push(line.join(""));
    for (; characters.length > width; characters = characters.slice(width)) lines.push(characters.slice(0, width).join(""));
    line = characters;
  }
  return line.length > 0 || lines.length === 0 ? [...lines, line.join("")] : lines;
}
