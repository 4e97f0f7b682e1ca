/** The points of the faults figure: a trace a way to end and an access, so that the legend tells both. */
import type { Data } from "plotly.js";
import {
  ACCESS_BY_LETTER,
  addressOfPage,
  FAULT_INKS,
  FAULT_KIND_BY_LETTER,
  formatNs,
  printable,
  vmaName,
  type AccessName,
  type FaultKindName,
  type FaultsView,
} from "mmaplab/views";
import type { FaultPanel, FaultPlace } from "./faults.js";
import { describeLazily, literal, type FigureContext } from "./figure.js";
import { accessWords, faultKindWords, sourceWords } from "./words.js";

/** Above this, points are drawn by WebGL where there is any. */
export const MOST_SVG_POINTS = 4000;
/** Above this, not even WebGL is asked to draw every point. */
export const MOST_GL_POINTS = 50_000;

/** Traces of more points put their words together when one is pointed at. */
const MOST_WORDED = 1000;
/** More points than this are drawn smaller. */
const CROWD = 1000;

const KIND_LETTERS = Object.entries(FAULT_KIND_BY_LETTER);
const ACCESS_LETTERS = Object.entries(ACCESS_BY_LETTER);
const SYMBOLS = { read: "circle-open", write: "circle", execute: "diamond-open" } as const satisfies Record<AccessName, string>;
const SIGNAL_SYMBOLS = { read: "x-thin-open", write: "x", execute: "diamond-x-open" } as const satisfies Record<AccessName, string>;

/** @param drawn the faults to draw, by their position in the source */
export function faultTraces(
  view: FaultsView,
  panel: FaultPanel,
  place: FaultPlace,
  drawn: readonly number[],
  context: FigureContext,
): Data[] {
  const type = context.webgl && drawn.length > MOST_SVG_POINTS ? "scattergl" : "scatter";
  const { source } = panel;
  const groups = new Map<string, number[]>();
  for (const index of drawn) {
    const letters = source.faultKind.charAt(index) + source.access.charAt(index);
    const group = groups.get(letters);
    if (group) group.push(index);
    else groups.set(letters, [index]);
  }
  return KIND_LETTERS.flatMap(([kindLetter, kind]) =>
    ACCESS_LETTERS.flatMap(([accessLetter, access]): Data[] => {
      const indexes = groups.get(kindLetter + accessLetter);
      if (indexes === undefined) return [];
      const { words, ...trace } = pointTrace(view, panel, { kind, access, indexes }, place, context);
      const wordsOf = (point: number | readonly number[]): string => (typeof point === "number" ? words(point) : "");
      if (indexes.length <= MOST_WORDED) return [{ ...trace, type, hovertext: indexes.map((_, point) => words(point)), hoverinfo: "text" }];
      return [describeLazily({ ...trace, type, hoverinfo: "none", marker: { ...trace.marker, line: { width: 0 } } }, wordsOf)];
    }),
  );
}

function pointTrace(
  view: FaultsView,
  panel: FaultPanel,
  group: { readonly kind: FaultKindName; readonly access: AccessName; readonly indexes: readonly number[] },
  place: FaultPlace,
  { theme, trans }: FigureContext,
) {
  const { source } = panel;
  const { kind, access, indexes } = group;
  const rows = indexes.map((index) => {
    const page = source.page[index] ?? 0;
    const vma = place.vmas.at(place.basePage + page);
    return {
      index,
      page,
      address: addressOfPage(place.basePage + page, view.pageSize),
      at: source.atNs?.[index] ?? null,
      took: source.tookNs?.[index] ?? null,
      vma: vma ? vmaName(vma) : null,
      reason: source.reasons[source.reason?.[index] ?? -1] ?? null,
    };
  });
  const ink = theme.inks[FAULT_INKS[kind]];
  return {
    mode: "markers" as const,
    name: trans.__(
      "%1: %2 %3 (%4)",
      sourceWords(source.source, trans),
      faultKindWords(kind, trans),
      accessWords(access, trans),
      indexes.length,
    ),
    meta: {
      kind: "faults",
      source: source.source,
      instrument: source.instrument,
      faultKind: kind,
      access,
      minor: source.minor,
      major: source.major,
      lost: source.lost,
      listed: source.page.length,
      columns: ["index", "page", "address", "atNs", "tookNs", "vma", "reason"],
    },
    customdata: rows.map((row) => [row.index, row.page, row.address, row.at, row.took, row.vma, row.reason]),
    x: rows.map((row) => row.at ?? row.index + 1),
    y: rows.map((row) => place.axis.position(place.basePage + row.page) + 0.5),
    xaxis: panel.xref,
    yaxis: panel.yref,
    marker: {
      symbol: kind === "signal" ? SIGNAL_SYMBOLS[access] : SYMBOLS[access],
      // Many points would run into each other.
      size: (kind === "minor" ? 7 : 9) - (indexes.length > CROWD ? 3 : 0),
      color: ink,
      line: { color: ink, width: 1.5 },
    },
    words: (point: number): string => {
      const row = rows[point];
      if (row === undefined) return "";
      return [
        `<b>${trans.__("%1 fault, %2", faultKindWords(kind, trans), accessWords(access, trans))}</b>`,
        trans.__("%1 in %2", row.address, row.vma === null ? trans.__("no mapping") : literal(row.vma)),
        row.at === null ? trans.__("number %1", row.index + 1) : trans.__("number %1, at %2", row.index + 1, formatNs(row.at)),
        ...(row.took === null ? [] : [trans.__("took %1", formatNs(row.took))]),
        ...(row.reason === null ? [] : [folded(row.reason)]),
      ].join("<br>");
    },
    cliponaxis: false,
  };
}

/** A reason over several lines, so that its label stays narrow. */
function folded(reason: string): string {
  const words = printable(reason, 400).split(" ");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 60) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map(literal).join("<br>");
}
