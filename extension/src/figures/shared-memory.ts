/**
 * Which pages lie on the same page frames: a row a mapping, a row of page frames beneath, and a line from each page to its
 * frame. Lines to frames that more than one page lies on are strong.
 */
import type { BarData, Data, ScatterData } from "plotly.js";
import { frameUses, PAGE_FILLS, printable, type FrameUse, type SharedMapping, type SharedMemoryView } from "mmaplab/views";
import { baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext } from "./figure.js";

const ROW_PIXELS = 34;
const FRAMES_GAP = 1.4;
const LEFT_MARGIN = 150;
const RIGHT_MARGIN = 14;
const TOP_MARGIN = 8;
const MOST_ROWS = 24;
/** Pages that get a line. */
const MOST_LINES = 3000;

interface Row {
  readonly process: string;
  readonly mapping: SharedMapping;
  readonly pages: number;
  readonly y: number;
}

export function sharedMemoryFigure(view: SharedMemoryView, context: FigureContext): Figure {
  const all = view.processes.flatMap(({ name, mappings }) => mappings.map((mapping) => ({ process: name, mapping })));
  const rows = all.slice(0, MOST_ROWS).map(({ process, mapping }, y): Row => {
    return { process, mapping, y, pages: Math.max(1, Number((BigInt(mapping.end) - BigInt(mapping.start)) / BigInt(view.pageSize))) };
  });
  const uses = frameUses(view);
  const frames = [...uses.keys()];
  const frameX = new Map(frames.map((frame, index) => [frame, (index + 0.5) / frames.length]));
  const frameY = rows.length - 1 + FRAMES_GAP;
  const data: Data[] = [
    ...lineTraces(rows, uses, frameX, frameY, context),
    mappingTrace(rows, context),
    pagesTrace(rows, uses, context),
    framesTrace(uses, frameX, frameY, context),
  ];
  const legend = legendHeight(data, LEFT_MARGIN + RIGHT_MARGIN, context);
  const height = Math.round((frameY + 1) * ROW_PIXELS) + TOP_MARGIN + legend + 10;
  return {
    data,
    layout: {
      ...baseLayout(context),
      height: Math.max(140, height),
      margin: { l: LEFT_MARGIN, r: RIGHT_MARGIN, t: TOP_MARGIN, b: legend },
      barmode: "overlay",
      hovermode: "closest",
      xaxis: { ...baseAxis(context), visible: false, range: [-0.005, 1.005] },
      yaxis: {
        ...baseAxis(context),
        range: [frameY + 0.6, -0.6],
        fixedrange: true,
        showgrid: false,
        tickvals: [...rows.map(({ y }) => y), frameY],
        ticktext: [...rows.map((row) => literal(rowName(row))), context.trans.__("page frames")],
        tickfont: { color: context.theme.text, size: context.theme.fontSize - 2 },
      },
    },
    summary: summary(view, all.length - rows.length, context),
  };
}

function rowName({ process, mapping }: Row): string {
  return printable(`${process}: ${mapping.perms} ${mapping.label ?? mapping.object ?? ""}`.trimEnd(), 28);
}

function mappingTrace(rows: readonly Row[], { theme, trans }: FigureContext): Partial<BarData> {
  return {
    type: "bar",
    orientation: "h",
    name: trans.__("mappings"),
    meta: { kind: "sharedMemory", part: "mappings", columns: ["process", "start", "end", "perms", "object"] },
    customdata: rows.map(({ process, mapping }) => [process, mapping.start, mapping.end, mapping.perms, mapping.object]),
    base: 0,
    x: rows.map(() => 1),
    y: rows.map(({ y }) => y),
    width: 0.56,
    marker: { color: theme.ground, line: { color: theme.dimText, width: 1 } },
    hovertext: rows.map(({ process, mapping, pages }) =>
      [
        `<b>${literal(printable(process, 60))}</b>`,
        `${mapping.start}–${mapping.end} ${mapping.perms}`,
        literal(printable(mapping.object ?? "", 120)),
        trans._n("%1 page", "%1 pages", pages),
      ]
        .filter(Boolean)
        .join("<br>"),
    ),
    hoverinfo: "text",
    showlegend: false,
  };
}

function pagesTrace(
  rows: readonly Row[],
  uses: ReadonlyMap<number, readonly FrameUse[]>,
  { theme, trans }: FigureContext,
): Partial<BarData> {
  const runs = rows.flatMap(({ process, mapping, pages, y }) => mapping.runs.map((run) => ({ process, mapping, pages, y, run })));
  const shared = (frame: number): boolean => (uses.get(frame)?.length ?? 0) > 1;
  return {
    type: "bar",
    orientation: "h",
    name: trans.__("pages in memory"),
    meta: { kind: "sharedMemory", part: "pages", columns: ["process", "start", "page", "pages", "frame", "writable"] },
    customdata: runs.map(({ process, mapping, run }) => [process, mapping.start, run.page, run.pages, run.frame, run.writable ? 1 : 0]),
    base: runs.map(({ run, pages }) => run.page / pages),
    x: runs.map(({ run, pages }) => run.pages / pages),
    y: runs.map(({ y }) => y),
    width: 0.44,
    marker: {
      color: runs.map(({ run }) => PAGE_FILLS[shared(run.frame) ? "s" : "a"] ?? theme.ground),
      line: { color: theme.dimText, width: 0.5 },
    },
    text: runs.map(({ run }) => (run.writable ? "rw" : "r")),
    textposition: "inside",
    textangle: 0,
    insidetextanchor: "middle",
    insidetextfont: { family: theme.codeFontFamily, size: theme.fontSize - 3, color: "#000000" },
    hovertext: runs.map(({ run, process }) =>
      [
        `<b>${trans._n("%1 page from page %2", "%1 pages from page %2", run.pages, run.page)}</b>`,
        literal(printable(process, 60)),
        trans.__("on page frame %1", run.frame),
        run.writable ? trans.__("writable") : trans.__("a write faults"),
      ].join("<br>"),
    ),
    hoverinfo: "text",
    showlegend: false,
  };
}

function framesTrace(
  uses: ReadonlyMap<number, readonly FrameUse[]>,
  frameX: ReadonlyMap<number, number>,
  y: number,
  { theme, trans }: FigureContext,
): Partial<BarData> {
  const frames = [...uses].slice(0, MOST_LINES);
  const width = 0.9 / Math.max(12, uses.size);
  return {
    type: "bar",
    orientation: "h",
    name: trans.__("page frames"),
    meta: { kind: "sharedMemory", part: "frames", columns: ["frame", "pages"] },
    customdata: frames.map(([frame, list]) => [frame, list.length]),
    base: frames.map(([frame]) => (frameX.get(frame) ?? 0) - width / 2),
    x: frames.map(() => width),
    y: frames.map(() => y),
    width: 0.5,
    marker: {
      color: frames.map(([, list]) => PAGE_FILLS[list.length > 1 ? "s" : "a"] ?? theme.ground),
      line: { color: theme.dimText, width: 0.5 },
    },
    text: frames.map(([, list]) => (list.length > 1 ? `×${list.length}` : "")),
    textposition: "inside",
    textangle: 0,
    insidetextanchor: "middle",
    insidetextfont: { family: theme.codeFontFamily, size: theme.fontSize - 3, color: "#000000" },
    hovertext: frames.map(([frame, list]) =>
      [`<b>${trans.__("page frame %1", frame)}</b>`, trans._n("%1 page lies on it", "%1 pages lie on it", list.length)].join("<br>"),
    ),
    hoverinfo: "text",
    showlegend: false,
  };
}

function lineTraces(
  rows: readonly Row[],
  uses: ReadonlyMap<number, readonly FrameUse[]>,
  frameX: ReadonlyMap<number, number>,
  frameY: number,
  { theme, trans }: FigureContext,
): Partial<ScatterData>[] {
  const shared = { x: new Array<number | null>(), y: new Array<number | null>() };
  const alone = { x: new Array<number | null>(), y: new Array<number | null>() };
  let left = MOST_LINES;
  for (const { mapping, pages, y } of rows)
    for (const run of mapping.runs)
      for (let offset = 0; offset < run.pages && left > 0; offset += 1, left -= 1) {
        const target = frameX.get(run.frame + offset);
        if (target === undefined) continue;
        const line = (uses.get(run.frame + offset)?.length ?? 0) > 1 ? shared : alone;
        line.x.push((run.page + offset + 0.5) / pages, target, null);
        line.y.push(y + 0.22, frameY - 0.25, null);
      }
  const trace = (part: string, name: string, { x, y }: typeof shared, colour: string, width: number): Partial<ScatterData>[] =>
    x.length === 0
      ? []
      : [
          {
            type: "scatter",
            mode: "lines",
            name,
            meta: { kind: "sharedMemory", part },
            x,
            y,
            line: { color: colour, width },
            hoverinfo: "skip",
          },
        ];
  return [
    ...trace("alone", trans.__("one page on the frame"), alone, theme.dimText, 0.7),
    ...trace("shared", trans.__("several pages on the frame"), shared, theme.inks.purple, 2),
  ];
}

function summary(view: SharedMemoryView, undrawn: number, { trans }: FigureContext): string {
  const sentences = [
    trans._n("%1 page frame in use,", "%1 page frames in use,", view.frames),
    trans._n("%1 of them under more than one page.", "%1 of them under more than one page.", view.sharedFrames),
  ];
  const hidden = undrawn + view.folded;
  if (hidden > 0) sentences.push(trans._n("%1 mapping or run is not drawn.", "%1 mappings or runs are not drawn.", hidden));
  return sentences.join(" ");
}
