/**
 * The structure that orders the VMAs: a bar a node, or a cell a slot in a maple tree; lines to the nodes below. The way of a
 * lookup is drawn strong and its nodes are numbered; what the index changed in a step is outlined.
 */
import type { BarData, Data, ScatterData } from "plotly.js";
import { indexLayout, printable, VMA_FILLS, type IndexFrame, type IndexLayout, type IndexView, type PlacedNode } from "mmaplab/views";
import { baseAxis, baseLayout, legendHeight, literal, type Figure, type FigureContext } from "./figure.js";
import { indexSummary } from "./index-summary.js";

const ROW_PIXELS = 66;
const LEAST_ROWS = 2;
const MARGIN = 12;
const TOP_MARGIN = 16;
/** Width of the bar of a VMA, in columns. */
const NODE_WIDTH = 0.88;
const NODE_HEIGHT = 0.42;
const CHARACTER_PIXELS = 8;
const RED = "#f2937c";
const BLACK = "#a9a9a9";
const NODE = "#c8c8c8";

export function indexFigure(view: IndexView, context: FigureContext): Figure {
  const step = Math.min(context.step ?? Infinity, view.frames.length - 1);
  const frame = view.frames[step];
  if (frame === undefined) throw new Error("an index without a moment");
  const layout = indexLayout(frame);
  const visits = new Map(frame.lookup?.visited.map((id, index) => [id, index + 1]));
  const changed = new Map(frame.changes.map(({ node, change, text }) => [node, `${change}: ${text}`]));
  const state: State = { frame, layout, visits, changed, pixelsPerColumn: (context.width - 2 * MARGIN) / layout.columns };
  const data: Data[] = [
    ...edgeTraces(state, context),
    nodeTrace(state, context),
    ...slotTraces(state, context),
    ...visitTraces(state, context),
    ...foldTraces(state, context),
  ];
  const legend = legendHeight(data, 2 * MARGIN, context);
  const rows = Math.max(LEAST_ROWS, layout.rows);
  return {
    data,
    layout: {
      ...baseLayout(context),
      height: rows * ROW_PIXELS + TOP_MARGIN + legend,
      margin: { l: MARGIN, r: MARGIN, t: TOP_MARGIN, b: legend },
      barmode: "overlay",
      hovermode: "closest",
      xaxis: { ...baseAxis(context), visible: false, range: [-0.3, Math.max(6, layout.columns) + 0.3] },
      yaxis: { ...baseAxis(context), visible: false, range: [rows - 0.4, -0.6], fixedrange: true },
    },
    summary: indexSummary(view, frame, context.trans),
    ...(view.frames.length > 1 && { steps: view.frames.map(({ label }) => printable(label, 120)) }),
  };
}

interface State {
  readonly frame: IndexFrame;
  readonly layout: IndexLayout;
  /** When each node was visited by the lookup, from 1. */
  readonly visits: ReadonlyMap<string, number>;
  /** What happened to each node in this step. */
  readonly changed: ReadonlyMap<string, string>;
  readonly pixelsPerColumn: number;
}

function edgeTraces({ layout, visits }: State, { theme, trans }: FigureContext): Partial<ScatterData>[] {
  const way = { x: new Array<number | null>(), y: new Array<number | null>() };
  const other = { x: new Array<number | null>(), y: new Array<number | null>() };
  for (const { from, to } of layout.edges) {
    const [a, b] = [layout.places[from], layout.places[to]];
    if (!a || !b) continue;
    const line = visits.has(a.node.id) && visits.has(b.node.id) ? way : other;
    const [fromX, fromY, toX, toY] =
      a.y === b.y
        ? [a.x + a.width / 2 - 0.06, a.y, b.x - b.width / 2 + 0.06, b.y]
        : [slotX(a, b.node.slot), a.y + NODE_HEIGHT / 2, b.x, b.y - NODE_HEIGHT / 2];
    line.x.push(fromX, toX, null);
    line.y.push(fromY, toY, null);
  }
  const trace = (part: string, name: string, { x, y }: typeof way, colour: string, width: number): Partial<ScatterData>[] =>
    x.length === 0
      ? []
      : [
          {
            type: "scatter",
            mode: "lines",
            name,
            meta: { kind: "index", part },
            x,
            y,
            line: { color: colour, width },
            hoverinfo: "skip",
            showlegend: part === "way",
          },
        ];
  return [
    ...trace("edges", trans.__("links"), other, theme.dimText, 1),
    ...trace("way", trans.__("way of the lookup"), way, theme.inks.vermillion, 3),
  ];
}

/** The middle of the slot of a maple node that leads to a child; the middle of any other node. */
function slotX({ node, x, width }: PlacedNode, slot: number): number {
  return node.slots === undefined ? x : x - width / 2 + slot + 0.5;
}

function nodeTrace({ frame, layout, visits, changed, pixelsPerColumn }: State, { theme, trans }: FigureContext): Partial<BarData> {
  const { places } = layout;
  const room = Math.floor((NODE_WIDTH * pixelsPerColumn) / CHARACTER_PIXELS);
  return {
    type: "bar",
    orientation: "h",
    name: frame.structure === "maple" ? trans.__("nodes") : trans.__("mappings"),
    meta: { kind: "index", part: "nodes", columns: ["id", "first", "last", "perms", "colour", "height", "folded", "visit", "change"] },
    customdata: places.map(({ node }) => [
      node.id,
      node.first,
      node.last,
      node.perms ?? null,
      node.colour ?? null,
      node.height ?? null,
      node.folded,
      visits.get(node.id) ?? null,
      changed.get(node.id) ?? null,
    ]),
    base: places.map(({ x, width, node }) => x - (node.slots ? width / 2 : NODE_WIDTH / 2)),
    x: places.map(({ width, node }) => (node.slots ? width : NODE_WIDTH)),
    y: places.map(({ y }) => y),
    width: NODE_HEIGHT,
    marker: {
      color: places.map(({ node }) =>
        node.slots ? theme.ground : node.colour === "red" ? RED : node.colour === "black" ? BLACK : VMA_FILLS["private-anonymous"],
      ),
      line: {
        color: places.map(({ node }) => (visits.has(node.id) ? theme.inks.vermillion : changed.has(node.id) ? theme.text : theme.dimText)),
        width: places.map(({ node }) => (visits.has(node.id) || changed.has(node.id) ? 3 : 1)),
      },
    },
    text: places.map(({ node }) => {
      if (node.slots) return "";
      const mark = node.colour === "red" ? "R " : node.colour === "black" ? "B " : node.height === undefined ? "" : `${node.height} `;
      const whole = mark + node.id;
      if (whole.length <= room) return whole;
      return room >= 5 ? `${mark}…${node.id.slice(2).slice(-Math.max(2, room - mark.length - 1))}` : "";
    }),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    constraintext: "none",
    insidetextfont: { family: theme.codeFontFamily, size: theme.fontSize - 3, color: "#000000" },
    hovertext: places.map(({ node }) => {
      const lines = [`<b>${node.slots ? trans.__("node %1", node.id) : trans.__("VMA at %1", node.id)}</b>`, `${node.first}–${node.last}`];
      if (node.perms !== undefined) lines.push(node.perms);
      if (node.colour !== undefined) lines.push(node.colour === "red" ? trans.__("red") : trans.__("black"));
      if (node.height !== undefined) lines.push(trans.__("height %1", node.height));
      if (node.slots) lines.push(trans.__("%1 of %2 slots used", node.slots.length, node.capacity ?? node.slots.length));
      const visit = visits.get(node.id);
      if (visit !== undefined) lines.push(trans.__("number %1 on the way of the lookup", visit));
      if (node.folded > 0) lines.push(trans._n("%1 node more below it is not drawn", "%1 nodes more below it are not drawn", node.folded));
      const change = changed.get(node.id);
      if (change !== undefined) lines.push(literal(printable(change, 160)));
      return lines.join("<br>");
    }),
    hoverinfo: "text",
    showlegend: false,
  };
}

/** The slots of maple nodes: filled where they hold a VMA, hollow where addresses are free. */
function slotTraces({ layout }: State, { theme, trans }: FigureContext): Partial<BarData>[] {
  const slots = layout.places.flatMap(({ node, x, y, width }) =>
    (node.slots ?? []).map((slot, index) => ({ ...slot, id: node.id, index, left: x - width / 2 + index + 0.06, y })),
  );
  if (slots.length === 0) return [];
  const words = (holds: string): string =>
    holds === "free" ? trans.__("free addresses") : holds === "node" ? trans.__("leads to a node below") : trans.__("VMA %1", holds);
  return [
    {
      type: "bar",
      orientation: "h",
      name: trans.__("slots of maple nodes"),
      meta: { kind: "index", part: "slots", columns: ["id", "slot", "first", "last", "holds"] },
      customdata: slots.map(({ id, index, first, last, holds }) => [id, index, first, last, holds]),
      base: slots.map(({ left }) => left),
      x: slots.map(() => NODE_WIDTH),
      y: slots.map(({ y }) => y),
      width: NODE_HEIGHT - 0.1,
      marker: {
        color: slots.map(({ holds }) => (holds === "free" ? theme.ground : holds === "node" ? NODE : VMA_FILLS["private-anonymous"])),
        line: { color: theme.dimText, width: 0.5 },
      },
      hovertext: slots.map(({ id, index, first, last, holds }) =>
        [`<b>${trans.__("slot %1 of node %2", index, id)}</b>`, `${first}–${last}`, words(holds)].join("<br>"),
      ),
      hoverinfo: "text",
      showlegend: false,
    },
  ];
}

/** The numbers of the visited nodes, so that the way is told by more than a colour. */
function visitTraces({ layout, visits }: State, { theme, trans }: FigureContext): Partial<ScatterData>[] {
  const places = layout.places.filter(({ node }) => visits.has(node.id));
  if (places.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "text",
      name: trans.__("order of the lookup"),
      meta: { kind: "index", part: "visits" },
      x: places.map(({ x, width, node }) => x - (node.slots ? width : NODE_WIDTH) / 2),
      y: places.map(({ y }) => y - NODE_HEIGHT / 2 - 0.13),
      text: places.map(({ node }) => String(visits.get(node.id) ?? "")),
      textfont: { size: theme.fontSize, color: theme.inks.vermillion, weight: "bold" },
      hoverinfo: "skip",
      showlegend: false,
      cliponaxis: false,
    },
  ];
}

function foldTraces({ layout }: State, { theme, trans }: FigureContext): Partial<ScatterData>[] {
  const places = layout.places.filter(({ node }) => node.folded > 0);
  if (places.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "text",
      name: trans.__("folded nodes"),
      meta: { kind: "index", part: "folded" },
      x: places.map(({ x }) => x),
      y: places.map(({ y }) => y + NODE_HEIGHT / 2 + 0.14),
      text: places.map(({ node }) => `+${node.folded}`),
      textfont: { size: theme.fontSize - 3, color: theme.dimText },
      hoverinfo: "skip",
      showlegend: false,
      cliponaxis: false,
    },
  ];
}
