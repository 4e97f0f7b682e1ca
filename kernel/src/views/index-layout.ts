/** Where the nodes of an index are drawn: a list in rows, a binary tree in the order of addresses, a maple tree above its leaves. */
import type { IndexFrame, IndexNodeView } from "./index-view.js";

/** A node in its place. Lengths are in columns, of which a VMA takes one; rows count from the top. */
export interface PlacedNode {
  readonly node: IndexNodeView;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A line between two nodes, by position in the list of nodes. */
export interface IndexEdge {
  readonly from: number;
  readonly to: number;
  /** False where nodes between the two are folded. */
  readonly direct: boolean;
}

export interface IndexLayout {
  /** In the order of the frame's nodes. */
  readonly places: readonly PlacedNode[];
  readonly edges: readonly IndexEdge[];
  readonly columns: number;
  readonly rows: number;
}

/** Nodes of a list that stand in one row. */
const LIST_ROW = 12;
/** Free columns between nodes of a maple tree. */
const MAPLE_GAP = 1.5;

export function indexLayout(frame: IndexFrame): IndexLayout {
  if (frame.structure === "list") return listLayout(frame.nodes);
  const places = frame.structure === "maple" ? maplePlaces(frame.nodes) : binaryPlaces(frame.nodes);
  const edges = frame.nodes.flatMap(({ parent }, to): IndexEdge[] => (parent < 0 ? [] : [{ from: parent, to, direct: true }]));
  return { places, edges, ...extent(places) };
}

function listLayout(nodes: readonly IndexNodeView[]): IndexLayout {
  const places = nodes.map((node, index) => ({ node, x: (index % LIST_ROW) + 0.5, y: Math.floor(index / LIST_ROW), width: 1 }));
  const edges = nodes.slice(1).map((_, index) => ({ from: index, to: index + 1, direct: nodes[index]?.folded === 0 }));
  return { places, edges, ...extent(places) };
}

function depths(nodes: readonly IndexNodeView[]): number[] {
  const result: number[] = [];
  for (const { parent } of nodes) result.push(parent < 0 ? 0 : (result[parent] ?? 0) + 1);
  return result;
}

/** Each node one column to the right of those with lower addresses. */
function binaryPlaces(nodes: readonly IndexNodeView[]): PlacedNode[] {
  const depth = depths(nodes);
  const order = nodes.map((_, index) => index).sort((a, b) => compare(nodes[a], nodes[b]));
  const column = new Map(order.map((index, rank) => [index, rank]));
  return nodes.map((node, index) => ({ node, x: (column.get(index) ?? 0) + 0.5, y: depth[index] ?? 0, width: 1 }));
}

function compare(a: IndexNodeView | undefined, b: IndexNodeView | undefined): number {
  const difference = BigInt(a?.first ?? 0) - BigInt(b?.first ?? 0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Nodes without listed children side by side; the others above the middle of theirs. */
function maplePlaces(nodes: readonly IndexNodeView[]): PlacedNode[] {
  const depth = depths(nodes);
  const width = nodes.map(({ slots }) => Math.max(2, slots?.length ?? 1));
  const children = new Map<number, number[]>();
  nodes.forEach(({ parent }, index) => children.set(parent, [...(children.get(parent) ?? []), index]));
  const x = nodes.map(() => 0);
  // Where the next node of each level may begin: parents may be wider than their children.
  const free: number[] = [];
  const place = (index: number): void => {
    const below = children.get(index) ?? [];
    below.sort((a, b) => (nodes[a]?.slot ?? 0) - (nodes[b]?.slot ?? 0));
    const level = depth[index] ?? 0;
    const half = (width[index] ?? 0) / 2;
    for (const child of below) place(child);
    const first = below[0];
    const last = below.at(-1);
    const middle = first === undefined || last === undefined ? 0 : ((x[first] ?? 0) + (x[last] ?? 0)) / 2;
    const centre = Math.max(middle, (free[level] ?? 0) + half);
    x[index] = centre;
    free[level] = centre + half + MAPLE_GAP;
  };
  for (const root of children.get(-1) ?? []) place(root);
  return nodes.map((node, index) => ({ node, x: x[index] ?? 0, y: depth[index] ?? 0, width: width[index] ?? 1 }));
}

function extent(places: readonly PlacedNode[]): { readonly columns: number; readonly rows: number } {
  const columns = places.reduce((most, { x, width }) => Math.max(most, x + width / 2), 1);
  return { columns, rows: places.reduce((most, { y }) => Math.max(most, y + 1), 1) };
}
