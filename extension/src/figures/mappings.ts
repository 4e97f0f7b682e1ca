/**
 * Mappings before and after, kernel and model beneath each other: a bar a VMA, its pages under it, dirty ones underlined.
 * Addresses run to the right; long holes are left out and say how long they were.
 */
import type { Annotation, BarData, Data, LayoutAxis, Shape } from "plotly.js";
import {
  addressAxis,
  changedPages,
  compareStates,
  formatBytes,
  objectName,
  pageCount,
  printable,
  spanOf,
  VMA_FILLS,
  vmaClass,
  vmaName,
  type AddressAxis,
  type MappingsView,
  type Source,
  type VmaChange,
  type VmaView,
} from "mmaplab/views";
import { addressTicks } from "./address-ticks.js";
import { baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext } from "./figure.js";
import { differenceTrace } from "./mappings-difference.js";
import { legendTraces } from "./mappings-legend.js";
import { LETTER_PIXELS, pageTraces } from "./mappings-pages.js";
import { mappingsSummary } from "./mappings-summary.js";
import { sourceWords } from "./words.js";

/** One line of the figure: what one source had mapped at one moment. */
export interface MappingsRow {
  readonly source: Source;
  readonly state: "before" | "after";
  /** Centre of the row on the y axis; rows are one unit high. */
  readonly y: number;
  readonly vmas: readonly VmaView[];
  readonly changes: readonly VmaChange[];
  /** Pages that are not what they were before. */
  readonly changedPages: ReadonlySet<number>;
}

/** Lengths that traces need for deciding what fits. */
export interface MappingsScale {
  readonly axis: AddressAxis;
  readonly pageSize: number;
  readonly pixelsPerPage: number;
  /** The part of the axis that is looked at: pages outside are left out, except at the whole. */
  readonly window: readonly [number, number];
}

const LEFT_MARGIN = 104;
const RIGHT_MARGIN = 14;
const TOP_MARGIN = 8;
const TICKS_PIXELS = 34;
const ROW_PIXELS = 62;
const MOMENT_GAP = 0.3;
const ADDRESS_PIXELS = 130;
/** Beyond so many VMAs a row, their labels are left to hovering. */
const MOST_LABELS = 400;

export function mappingsFigure(view: MappingsView, context: FigureContext): Figure {
  const rows = rowsOf(view);
  const all = rows.flatMap((row) => row.vmas);
  const axis = addressAxis(all.map((vma) => spanOf(vma, view.pageSize)));
  const plotWidth = Math.max(80, context.width - LEFT_MARGIN - RIGHT_MARGIN);
  const whole: readonly [number, number] = [-axis.length * 0.004, axis.length * 1.004];
  const scaleAt = (window: readonly [number, number]): MappingsScale => {
    const [from, to] = [Math.min(...window), Math.max(...window)];
    const pixelsPerPage = window === whole ? plotWidth / axis.length : plotWidth / Math.max(1e-9, to - from);
    return { axis, pageSize: view.pageSize, pixelsPerPage, window: [from, to] };
  };
  const scale = scaleAt(whole);
  const dataAt = (at: MappingsScale): Data[] => [
    ...rows.flatMap((row) => [vmaTrace(row, at, context), ...pageTraces(row, at, context)]),
    ...differenceTrace(rows, at, context),
    ...legendTraces(rows, context),
  ];
  const data = dataAt(scale);
  const labels = (at: MappingsScale): Partial<LayoutAxis> => {
    const ticks = addressTicks(axis, view.pageSize, ADDRESS_PIXELS / at.pixelsPerPage, at.window);
    return { tickvals: ticks.map((tick) => tick.at), ticktext: ticks.map((tick) => tick.text) };
  };
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const bottom = (rows.at(-1)?.y ?? 0) + 0.5;
  const layout: Figure["layout"] = {
    ...baseLayout(context),
    height: Math.round((bottom + 0.5) * ROW_PIXELS) + TOP_MARGIN + TICKS_PIXELS + legend,
    margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: TICKS_PIXELS + legend },
    barmode: "overlay",
    hovermode: "closest",
    xaxis: {
      ...baseAxis(context),
      ...labels(scale),
      range: [...whole],
      showgrid: false,
      ticks: "outside",
      tickfont: { family: context.theme.codeFontFamily, size: context.theme.fontSize - 2, color: context.theme.dimText },
      tickangle: 0,
    },
    yaxis: {
      ...baseAxis(context),
      range: [bottom, -0.5],
      fixedrange: true,
      showgrid: false,
      tickvals: rows.map((row) => row.y),
      ticktext: rows.map((row) => rowName(row, context)),
      tickfont: { color: context.theme.text, size: context.theme.fontSize - 1 },
    },
    shapes: [...holeShapes(axis, bottom, context), ...rowRules(rows, context)],
    annotations: holeLabels(axis, view.pageSize, scale, context),
  };
  // Where pages are too narrow for a cell each, zooming gives them theirs.
  const narrow = scale.pixelsPerPage < LETTER_PIXELS && all.some((vma) => vma.pages !== undefined);
  return {
    data,
    layout,
    summary: mappingsSummary(view, context.trans),
    addresses: {
      direction: "x",
      axes: ["xaxis"],
      pageSize: view.pageSize,
      position: (page) => axis.position(page),
      pageAt: (position) => axis.pageAt(position),
    },
    follow: (window) => {
      const at = scaleAt(window["xaxis"] ?? whole);
      return { axes: { xaxis: labels(at) }, ...(narrow && { data: dataAt(at) }) };
    },
  };
}

function rowsOf(view: MappingsView): MappingsRow[] {
  const changes = view.states.map((state) => compareStates(state.before, state.after, view.pageSize));
  const changed = view.states.map((state) => changedPages(state.before, state.after, view.pageSize));
  return (["before", "after"] as const).flatMap((moment, late) =>
    view.states.map((state, index) => ({
      source: state.source,
      state: moment,
      y: late * (view.states.length + MOMENT_GAP) + index,
      vmas: state[moment],
      changes: changes[index]?.[moment] ?? [],
      changedPages: (moment === "after" ? changed[index] : undefined) ?? new Set<number>(),
    })),
  );
}

function rowName(row: MappingsRow, { trans }: FigureContext): string {
  const moment = row.state === "before" ? trans.__("before") : trans.__("after");
  return trans.__("%1, %2", moment, sourceWords(row.source, trans));
}

const CHANGE_SIGNS: Readonly<Record<VmaChange, string>> = { same: "", pages: "", changed: "≠ ", new: "+ ", gone: "− " };

/** The VMAs of a row. A strong outline and a sign mark those that came, went or became another. */
function vmaTrace(row: MappingsRow, { axis, pageSize, pixelsPerPage }: MappingsScale, { theme, trans }: FigureContext): Partial<BarData> {
  const spans = row.vmas.map((vma) => spanOf(vma, pageSize));
  const outlined = row.changes.map((change) => change !== "same" && change !== "pages");
  const characterPixels = (theme.fontSize - 1) * 0.62;
  return {
    type: "bar",
    orientation: "h",
    name: literal(
      trans.__("%1 %2: mappings", sourceWords(row.source, trans), row.state === "before" ? trans.__("before") : trans.__("after")),
    ),
    meta: {
      kind: "mappings",
      part: "vmas",
      source: row.source,
      state: row.state,
      columns: ["start", "end", "perms", "offset", "object", "label", "change"],
    },
    customdata: row.vmas.map((vma, index) => [
      vma.start,
      vma.end,
      vma.perms,
      vma.offset,
      vma.object,
      vma.label ?? null,
      row.changes[index] ?? "same",
    ]),
    base: spans.map((span) => axis.position(span.start)),
    x: spans.map((span) => axis.position(span.end) - axis.position(span.start)),
    y: row.vmas.map(() => row.y - 0.19),
    width: 0.42,
    marker: {
      color: row.vmas.map((vma) => VMA_FILLS[vmaClass(vma)]),
      line: {
        color: outlined.map((strong) => (strong ? theme.text : theme.ground)),
        width: outlined.map((strong) => (strong ? 2 : 1)),
      },
    },
    text: row.vmas.map((vma, index) => {
      if (row.vmas.length > MOST_LABELS) return "";
      const span = spans[index];
      const room = span ? (span.end - span.start) * pixelsPerPage - 10 : 0;
      return literal(cut(`${CHANGE_SIGNS[row.changes[index] ?? "same"]}${vma.perms} ${vmaName(vma)}`, Math.floor(room / characterPixels)));
    }),
    textposition: "inside",
    insidetextanchor: "start",
    textangle: 0,
    constraintext: "none",
    insidetextfont: { family: theme.codeFontFamily, size: theme.fontSize - 1, color: "#000000" },
    hovertext: row.vmas.map((vma, index) => vmaHover(vma, row.changes[index] ?? "same", pageSize, trans)),
    hoverinfo: "text",
    showlegend: false,
  };
}

/** Text that fits into so many characters, or none where what would be left says nothing. */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return characters < 4 ? "" : `${text.slice(0, characters - 1)}…`;
}

function vmaHover(vma: VmaView, change: VmaChange, pageSize: number, trans: FigureContext["trans"]): string {
  const pages = pageCount(vma, pageSize);
  const lines = [
    `<b>${literal(vmaName(vma))}</b>`,
    `${vma.start}–${vma.end}`,
    trans._n("%2, %1 page (%3)", "%2, %1 pages (%3)", pages, vma.perms, formatBytes(pages * pageSize)),
  ];
  if (vma.object === null || vma.object === "/dev/zero") lines.push(literal(objectName(vma)));
  else lines.push(trans.__("%1 from offset %2", literal(printable(vma.object, 120)), vma.offset));
  const changeWords: Readonly<Record<VmaChange, string>> = {
    same: "",
    pages: trans.__("its pages changed"),
    changed: trans.__("its range, rights or file changed"),
    new: trans.__("new"),
    gone: trans.__("gone afterwards"),
  };
  if (changeWords[change]) lines.push(`<i>${changeWords[change]}</i>`);
  return lines.join("<br>");
}

function rowRules(rows: readonly MappingsRow[], { theme }: FigureContext): Partial<Shape>[] {
  const first = rows.find((row) => row.state === "after");
  if (!first) return [];
  const y = first.y - 0.5 - MOMENT_GAP / 2;
  return [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, layer: "below", line: { color: theme.rule, width: 1 } }];
}

function holeShapes(axis: AddressAxis, bottom: number, { theme }: FigureContext): Partial<Shape>[] {
  return axis.breaks.map((hole) => ({
    type: "rect",
    x0: hole.at + hole.width * 0.12,
    x1: hole.at + hole.width * 0.88,
    y0: -0.5,
    y1: bottom,
    layer: "below",
    fillcolor: theme.rule,
    opacity: 0.35,
    line: { width: 0 },
  }));
}

function holeLabels(axis: AddressAxis, pageSize: number, scale: MappingsScale, context: FigureContext): Partial<Annotation>[] {
  return axis.breaks
    .filter((hole) => hole.width * scale.pixelsPerPage >= 14)
    .map((hole) => ({
      x: hole.at + hole.width / 2,
      yref: "paper",
      y: 0.5,
      text: context.trans.__("%1 apart", formatBytes(hole.pages * pageSize)),
      textangle: -90,
      showarrow: false,
      font: { size: context.theme.fontSize - 2, color: context.theme.dimText },
    }));
}
