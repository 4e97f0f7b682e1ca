/** The points of the faults figure: a trace a way to end and an access, so that the legend tells both. */
import type { Data } from "plotly.js";
import {
  ACCESS_BY_LETTER,
  addressOfPage,
  FAULT_INKS,
  FAULT_KIND_BY_LETTER,
  formatNs,
  printable,
  thinnedRanks,
  VmaIndex,
  vmaName,
  type AccessName,
  type AddressAxis,
  type FaultKindName,
  type FaultsView,
} from "mmaplab/views";
import type { FaultPanel } from "./faults.js";
import { literal, type FigureContext } from "./figure.js";
import { accessWords, faultKindWords, sourceWords } from "./words.js";

/** Above this, points are drawn by WebGL where there is any. */
const MOST_SVG_POINTS = 4000;
/** Above this, not even WebGL is asked to draw every point; the totals in the title still count all. */
const MOST_GL_POINTS = 50_000;

const KINDS: readonly FaultKindName[] = ["minor", "major", "signal"];
const ACCESSES: readonly AccessName[] = ["read", "write", "execute"];
const SYMBOLS = { read: "circle-open", write: "circle", execute: "diamond-open" } as const satisfies Record<AccessName, string>;
const SIGNAL_SYMBOLS = { read: "x-thin-open", write: "x", execute: "diamond-x-open" } as const satisfies Record<AccessName, string>;

export function faultTraces(view: FaultsView, panel: FaultPanel, axis: AddressAxis, basePage: number, context: FigureContext): Data[] {
  const drawn = thinnedRanks(panel.source.page.length, context.webgl ? MOST_GL_POINTS : MOST_SVG_POINTS);
  const type = context.webgl && drawn.length > MOST_SVG_POINTS ? "scattergl" : "scatter";
  const vmas = new VmaIndex(view.vmas, view.pageSize);
  return KINDS.flatMap((kind) =>
    ACCESSES.flatMap((access): Data[] => {
      const { source } = panel;
      const indexes = drawn.filter(
        (index) => FAULT_KIND_BY_LETTER[source.faultKind[index] ?? ""] === kind && ACCESS_BY_LETTER[source.access[index] ?? ""] === access,
      );
      if (indexes.length === 0) return [];
      const trace = pointTrace(view, panel, { kind, access, indexes }, { axis, basePage, vmas }, context);
      return [type === "scattergl" ? { ...trace, type } : { ...trace, type }];
    }),
  );
}

function pointTrace(
  view: FaultsView,
  panel: FaultPanel,
  group: { readonly kind: FaultKindName; readonly access: AccessName; readonly indexes: readonly number[] },
  place: { readonly axis: AddressAxis; readonly basePage: number; readonly vmas: VmaIndex },
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
      size: kind === "minor" ? 7 : 9,
      color: ink,
      line: { color: ink, width: 1.5 },
    },
    hovertext: rows.map((row) =>
      [
        `<b>${trans.__("%1 fault, %2", faultKindWords(kind, trans), accessWords(access, trans))}</b>`,
        trans.__("%1 in %2", row.address, row.vma === null ? trans.__("no mapping") : literal(row.vma)),
        row.at === null ? trans.__("number %1", row.index + 1) : trans.__("number %1, at %2", row.index + 1, formatNs(row.at)),
        ...(row.took === null ? [] : [trans.__("took %1", formatNs(row.took))]),
        ...(row.reason === null ? [] : [folded(row.reason)]),
      ].join("<br>"),
    ),
    hoverinfo: "text" as const,
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
