/**
 * A walk through the page table: a table a level with the entry that the address selects, lines from entry to table, and
 * the 64 bits of the last entry. Above each table stand the bits of the address that select its entry.
 */
import type { Annotation, BarData, Data, ScatterData } from "plotly.js";
import {
  addressBits,
  ENTRY_BITS,
  entryMeaning,
  formatBytes,
  printable,
  TABLE_ENTRIES,
  type EntryBit,
  type PageTableView,
} from "mmaplab/views";
import { baseAxis, baseLayout, literal, type Figure, type FigureContext } from "./figure.js";

const HEIGHT = 340;
const MARGIN = 16;
const TOP_MARGIN = 52;
const TABLE_WIDTH = 0.62;
/** How far below the top of the tables the page frame stands, in entries. */
const FRAME_Y = 110;
const NAMED_BITS = Object.entries(ENTRY_BITS);

export function pageTableFigure(view: PageTableView, context: FigureContext): Figure {
  const columns = view.levels.length + 1;
  const withBits = view.entry !== null && view.entry.value !== null;
  const data: Data[] = [tablesTrace(view, context), entriesTrace(view, context), wayTrace(view, context), ...bitsTraces(view, context)];
  return {
    data,
    layout: {
      ...baseLayout(context),
      showlegend: false,
      height: HEIGHT,
      margin: { l: MARGIN, r: MARGIN, t: TOP_MARGIN, b: withBits ? 40 : 12 },
      barmode: "overlay",
      hovermode: "closest",
      xaxis: { ...baseAxis(context), visible: false, range: [-0.5, columns - 0.4], fixedrange: true },
      yaxis: {
        ...baseAxis(context),
        visible: false,
        range: [TABLE_ENTRIES + 90, -10],
        domain: withBits ? [0.2, 1] : [0, 1],
        fixedrange: true,
      },
      ...(withBits && {
        xaxis2: {
          ...baseAxis(context),
          range: [-0.5, 63.5],
          anchor: "y2",
          showgrid: false,
          tickvals: [0, ...[11, 20, 30, 40, 51, 63]].map((bit) => 63 - bit),
          ticktext: ["0", "11", "20", "30", "40", "51", "63"],
        },
        yaxis2: { ...baseAxis(context), visible: false, range: [0, 1], domain: [0, 0.09], anchor: "x2", fixedrange: true },
      }),
      annotations: [...headAnnotations(view, context), ...footAnnotations(view, context)],
    },
    summary: summary(view, context),
  };
}

/** The tables that are there, each as high as its 512 entries. */
function tablesTrace(view: PageTableView, { theme, trans }: FigureContext): Partial<BarData> {
  return {
    type: "bar",
    name: trans.__("tables"),
    meta: { kind: "pageTable", part: "tables", columns: ["level", "table"] },
    customdata: view.levels.map(({ level, table }) => [level, table]),
    x: view.levels.map((_, index) => index),
    y: view.levels.map(() => TABLE_ENTRIES),
    base: 0,
    width: TABLE_WIDTH,
    marker: {
      color: view.levels.map(({ table }) => (table === null ? theme.ground : theme.rule)),
      line: { color: theme.dimText, width: 1 },
    },
    text: view.levels.map(({ table }) => (table === null ? trans.__("no table") : "")),
    textposition: "inside",
    textangle: 0,
    insidetextanchor: "middle",
    insidetextfont: { color: theme.dimText },
    hovertext: view.levels.map(({ level, table, entryBytes }) =>
      [
        `<b>${table === null ? trans.__("%1: no table", level) : trans.__("%1: table %2", level, table)}</b>`,
        trans.__("%1 entries of %2 each", TABLE_ENTRIES, formatBytes(entryBytes)),
      ].join("<br>"),
    ),
    hoverinfo: "text",
  };
}

interface Selected {
  readonly column: number;
  readonly index: number;
  readonly title: string;
  readonly flags: readonly EntryBit[];
  readonly level: string;
}

/** The entries the walk went through. */
function selectedEntries(view: PageTableView, { trans }: FigureContext): Selected[] {
  return view.levels.flatMap(({ level, index, table, flags }, column): Selected[] => {
    if (table === null) return [];
    const last = view.entry?.level === level;
    const bits = last ? (view.entry?.flags ?? []) : flags;
    return [{ column, index, level, flags: bits, title: trans.__("%1 entry %2", level, index) }];
  });
}

function entriesTrace(view: PageTableView, context: FigureContext): Partial<BarData> {
  const { theme, trans } = context;
  const entries = selectedEntries(view, context);
  return {
    type: "bar",
    name: trans.__("entries on the way"),
    meta: { kind: "pageTable", part: "entries", columns: ["level", "index", "flags"] },
    customdata: entries.map(({ level, index, flags }) => [level, index, flags.join(" ")]),
    x: entries.map(({ column }) => column),
    base: entries.map(({ index }) => Math.min(TABLE_ENTRIES - 10, index)),
    y: entries.map(() => 10),
    width: TABLE_WIDTH,
    marker: { color: theme.inks.vermillion, line: { width: 0 } },
    hovertext: entries.map(({ title, flags }) => [`<b>${title}</b>`, flags.join(" ") || trans.__("empty")].join("<br>")),
    hoverinfo: "text",
  };
}

/** From each entry to the table it leads to, and from the last one to the page frame. */
function wayTrace(view: PageTableView, context: FigureContext): Partial<ScatterData> {
  const { theme, trans } = context;
  const entries = selectedEntries(view, context);
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  for (const { column, index } of entries) {
    const next = view.levels[column + 1];
    const leads = next?.table !== null && next !== undefined;
    const toFrame = view.entry !== null && view.entry.frame !== null && view.levels[column]?.level === view.entry.level;
    if (!leads && !toFrame) continue;
    const to = toFrame ? view.levels.length : column + 1;
    x.push(column + TABLE_WIDTH / 2, to - TABLE_WIDTH / 2, null);
    y.push(Math.min(TABLE_ENTRIES - 10, index) + 5, toFrame ? FRAME_Y : 0, null);
  }
  return {
    type: "scatter",
    mode: "lines",
    name: trans.__("way of the walk"),
    meta: { kind: "pageTable", part: "way" },
    x,
    y,
    line: { color: theme.inks.vermillion, width: 2 },
    hoverinfo: "skip",
  };
}

/** The 64 bits of the last entry, highest at the left: named bits by their name, the page frame number, the rest. */
function bitsTraces({ entry }: PageTableView, { theme, trans }: FigureContext): Partial<BarData>[] {
  if (entry === null || entry.value === null) return [];
  const value = BigInt(entry.value);
  const bits = Array.from({ length: 64 }, (_, index) => {
    const bit = 63 - index;
    const name =
      NAMED_BITS.find(([, at]) => at === bit)?.[0] ?? (bit >= 12 && bit <= 51 ? trans.__("page frame number") : trans.__("other"));
    return { bit, name, set: ((value >> BigInt(bit)) & 1n) === 1n };
  });
  return [
    {
      type: "bar",
      name: trans.__("bits of the entry"),
      meta: { kind: "pageTable", part: "bits", columns: ["bit", "name", "set"] },
      customdata: bits.map(({ bit, name, set }) => [bit, name, set ? 1 : 0]),
      x: bits.map((_, index) => index),
      y: bits.map(() => 1),
      xaxis: "x2",
      yaxis: "y2",
      width: 0.9,
      marker: {
        color: bits.map(({ set, bit }) => (!set ? theme.ground : bit >= 12 && bit <= 51 ? theme.inks.blue : theme.inks.vermillion)),
        line: { color: theme.dimText, width: 0.5 },
      },
      text: bits.map(({ set }) => (set ? "1" : "0")),
      textposition: "inside",
      textangle: 0,
      insidetextanchor: "middle",
      constraintext: "none",
      insidetextfont: { family: theme.codeFontFamily, size: 8, color: bits.map(({ set }) => (set ? theme.ground : theme.dimText)) },
      hovertext: bits.map(({ bit, name, set }) => trans.__("bit %1, %2: %3", bit, name, set ? "1" : "0")),
      hoverinfo: "text",
    },
  ];
}

function headAnnotations(view: PageTableView, { theme }: FigureContext): Partial<Annotation>[] {
  return addressBits(view).map(({ name, from, to, bits, value }, column) => ({
    x: column,
    xref: "x",
    y: 1,
    yref: "paper",
    yanchor: "bottom",
    showarrow: false,
    text: `<b>${name}</b> ${from}–${to}<br><span style="font-family:monospace">${bits}</span><br>= ${value}`,
    font: { size: theme.fontSize - 2, color: theme.text },
  }));
}

/** Under each table its number and the bits of the entry; at the right the page frame. */
function footAnnotations(view: PageTableView, context: FigureContext): Partial<Annotation>[] {
  const { theme, trans } = context;
  const flags = selectedEntries(view, context).map(({ column, flags: bits, index }): Partial<Annotation> => ({
    x: column,
    y: TABLE_ENTRIES + 6,
    yanchor: "top",
    showarrow: false,
    text: `${trans.__("table %1, entry %2", view.levels[column]?.table ?? "", index)}<br>${folded(bits) || trans.__("empty")}`,
    font: { size: theme.fontSize - 3, color: theme.dimText },
  }));
  const frame = view.entry?.frame ?? null;
  const end = frame === null ? trans.__("no page frame") : trans.__("page frame %1", frame);
  return [
    ...flags,
    {
      x: view.levels.length,
      y: FRAME_Y,
      showarrow: false,
      text: `<b>${end}</b><br>${literal(printable(view.entry?.holds ?? "", 60))}`,
      font: { size: theme.fontSize - 1, color: theme.text },
      bordercolor: frame === null ? theme.rule : theme.inks.vermillion,
      borderpad: 6,
      borderwidth: 1,
    },
  ];
}

/** Two lines at most, three names each. */
function folded(flags: readonly EntryBit[]): string {
  return flags.length <= 3 ? flags.join(" ") : `${flags.slice(0, 3).join(" ")}<br>${flags.slice(3).join(" ")}`;
}

function summary(view: PageTableView, { trans }: FigureContext): string {
  const missing = view.levels.filter(({ table }) => table === null).length;
  return [
    trans.__("%1 (%2) through %3 levels.", printable(view.place, 120), view.address, view.levels.length),
    missing > 0 && view.entry === null ? trans.__("The walk ends at a missing table.") : "",
    printable(entryMeaning(view), 200),
  ]
    .filter(Boolean)
    .join(" ");
}
