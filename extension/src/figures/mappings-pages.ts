/** The pages of a row of the mappings figure: a cell a page with its letter, and a line under each dirty one. */
import type { BarData } from "plotly.js";
import { addressOfPage, PAGE_FILLS, pageMarks, spanOf, type PageRun } from "mmaplab/views";
import { literal, type FigureContext } from "./figure.js";
import type { MappingsRow, MappingsScale } from "./mappings.js";
import { pageStateWords, sourceWords } from "./words.js";

/** Pages narrower than this are drawn as runs of equal ones. */
const LEAST_CELL_PIXELS = 4;
/** Cells narrower than this have no outline, which would be all that is seen of them. */
const OUTLINE_PIXELS = 7;
/** Cells this wide have their letter in them. */
export const LETTER_PIXELS = 10;

/** A mark and the page it begins at. */
interface PlacedMark extends PageRun {
  readonly page: number;
}

export function pageTraces(row: MappingsRow, scale: MappingsScale, context: FigureContext): Partial<BarData>[] {
  const traces: Partial<BarData>[] = [];
  const pages = placedMarks(row, scale, "pages");
  if (pages.length > 0) traces.push(stateTrace(pages, row, scale, context));
  const dirty = placedMarks(row, scale, "dirty").filter((mark) => mark.letter !== ".");
  if (dirty.length > 0) traces.push(dirtyTrace(dirty, row, scale, context));
  return traces;
}

function placedMarks(row: MappingsRow, { axis, pageSize, pixelsPerPage, window }: MappingsScale, column: "pages" | "dirty"): PlacedMark[] {
  const [low, high] = [axis.pageAt(window[0]), axis.pageAt(window[1]) + 1];
  return row.vmas.flatMap((vma) => {
    const { start } = spanOf(vma, pageSize);
    const all = vma[column] ?? "";
    const from = Math.max(0, Math.min(all.length, low - start));
    const letters = all.slice(from, Math.max(from, high - start));
    const most = Math.max(1, Math.floor((letters.length * pixelsPerPage) / LEAST_CELL_PIXELS));
    return pageMarks(letters, most).map((mark) => ({ ...mark, from: mark.from + from, page: start + from + mark.from }));
  });
}

function stateTrace(
  marks: readonly PlacedMark[],
  row: MappingsRow,
  scale: MappingsScale,
  { theme, trans }: FigureContext,
): Partial<BarData> {
  const changed = marks.map((mark) => {
    for (let page = mark.page; page < mark.page + mark.count; page += 1) if (row.changedPages.has(page)) return true;
    return false;
  });
  return {
    ...placed(marks, scale),
    name: literal(
      trans.__("%1 %2: pages", sourceWords(row.source, trans), row.state === "before" ? trans.__("before") : trans.__("after")),
    ),
    meta: {
      kind: "mappings",
      part: "pages",
      source: row.source,
      state: row.state,
      columns: ["address", "pages", "letter", "changed"],
    },
    customdata: marks.map((mark, index) => [
      addressOfPage(mark.page, scale.pageSize),
      mark.count,
      mark.letter,
      changed[index] ? "changed" : "same",
    ]),
    y: marks.map(() => row.y + 0.19),
    width: 0.26,
    marker: {
      color: marks.map((mark) => PAGE_FILLS[mark.letter] ?? theme.ground),
      line: {
        color: marks.map((_, index) => (changed[index] ? theme.text : theme.dimText)),
        width: marks.map((mark, index) => (mark.count * scale.pixelsPerPage < OUTLINE_PIXELS ? 0 : changed[index] ? 1.5 : 0.5)),
      },
    },
    text: marks.map((mark) => {
      if (mark.letter === ".") return "";
      const room = mark.count * scale.pixelsPerPage;
      const counted = `${mark.letter} ×${mark.count}`;
      if (mark.count > 1 && room >= counted.length * LETTER_PIXELS) return counted;
      return room >= LETTER_PIXELS ? mark.letter : "";
    }),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    constraintext: "none",
    insidetextfont: { family: theme.codeFontFamily, size: theme.fontSize - 2, color: "#000000" },
    hovertext: marks.map((mark, index) => {
      const lines = [
        pageRangeWords(mark, scale.pageSize, trans),
        trans.__("%1: %2", literal(mark.letter), pageStateWords(mark.letter, trans)),
      ];
      if (changed[index]) lines.push(`<i>${trans.__("changed")}</i>`);
      return lines.join("<br>");
    }),
    hoverinfo: "text",
    showlegend: false,
  };
}

function dirtyTrace(
  marks: readonly PlacedMark[],
  row: MappingsRow,
  scale: MappingsScale,
  { theme, trans }: FigureContext,
): Partial<BarData> {
  return {
    ...placed(marks, scale),
    name: literal(
      trans.__("%1 %2: dirty pages", sourceWords(row.source, trans), row.state === "before" ? trans.__("before") : trans.__("after")),
    ),
    meta: { kind: "mappings", part: "dirty", source: row.source, state: row.state, columns: ["address", "pages", "letter"] },
    customdata: marks.map((mark) => [addressOfPage(mark.page, scale.pageSize), mark.count, mark.letter]),
    y: marks.map(() => row.y + 0.385),
    width: 0.07,
    marker: { color: theme.text, line: { color: theme.ground, width: 1 } },
    hovertext: marks.map((mark) =>
      [pageRangeWords(mark, scale.pageSize, trans), mark.letter === "d" ? trans.__("dirty") : trans.__("some of them dirty")].join("<br>"),
    ),
    hoverinfo: "text",
    showlegend: false,
  };
}

function placed(marks: readonly PlacedMark[], { axis }: MappingsScale): Partial<BarData> {
  return {
    type: "bar",
    orientation: "h",
    base: marks.map((mark) => axis.position(mark.page)),
    x: marks.map((mark) => axis.position(mark.page + mark.count) - axis.position(mark.page)),
  };
}

function pageRangeWords(mark: PlacedMark, pageSize: number, trans: FigureContext["trans"]): string {
  const address = addressOfPage(mark.page, pageSize);
  return mark.count === 1 ? trans.__("page at %1", address) : trans.__("%1 pages from %2", mark.count, address);
}
