/**
 * An index as it is drawn: all of it where it is small, otherwise its top, the way of the lookup, and how many nodes are
 * folded below each node. 65 000 VMAs so become a few hundred nodes.
 */
import type {
  FieldValue,
  IndexNode,
  IndexSnapshot,
  LinkedSnapshot,
  MapleNodeView,
  MapleSnapshot,
  SearchResult,
} from "../../model/index.js";
import { hex } from "../address.js";
import type { IndexFrame, IndexLookup, IndexNodeView, IndexSlot } from "../index-view.js";

/** Nodes of a list or binary tree that are listed, besides those the lookup visited. */
const MOST_NODES = 127;
/** Slots of maple nodes that are listed, besides those of nodes the lookup visited. */
const MOST_SLOTS = 240;
/** Neighbours kept at both ends of a list and around what was found. */
const LIST_NEIGHBOURS = 12;
const MOST_VISITED = 400;

/** The state of an index as a frame without changes. */
export function foldedIndex(label: string, snapshot: IndexSnapshot, address: bigint | null, search: SearchResult | null): IndexFrame {
  const visited = new Set(search?.visited.map(idOf));
  const { nodes, levels, inAll, vmas } =
    snapshot.kind === "maple"
      ? foldedMaple(snapshot, visited)
      : snapshot.root === null
        ? foldedList(snapshot, search?.found?.start ?? null)
        : foldedTree(snapshot, visited);
  return {
    label,
    structure: snapshot.kind,
    vmas,
    levels,
    nodes,
    folded: inAll - nodes.length,
    lookup: address === null || search === null ? null : lookupOf(address, search, new Set(nodes.map(({ id }) => id))),
    changes: [],
  };
}

/** The name of a node in a view. */
export function idOf(node: bigint | number): string {
  return typeof node === "bigint" ? hex(node) : `#${String(node)}`;
}

interface Folded {
  readonly nodes: IndexNodeView[];
  readonly levels: number;
  readonly inAll: number;
  readonly vmas: number;
}

function lookupOf(address: bigint, { found, visited, cache }: SearchResult, listed: ReadonlySet<string>): IndexLookup {
  return {
    address: hex(address),
    visited: visited
      .map(idOf)
      .filter((id) => listed.has(id))
      .slice(0, MOST_VISITED),
    visits: visited.length,
    found: found === null ? null : hex(found.start),
    contains: found !== null && found.start <= address,
    cache,
  };
}

function vmaNode(node: IndexNode, parent: number, slot: number, folded: number): IndexNodeView {
  const colour = node.fields["vm_rb.rb_color"];
  const height = node.fields["vm_avl_height"];
  return {
    id: hex(node.start),
    parent,
    slot,
    first: hex(node.start),
    last: hex(node.end - 1n),
    perms: node.perms,
    ...((colour === "red" || colour === "black") && { colour }),
    ...(typeof height === "number" && { height }),
    folded,
  };
}

function foldedList({ nodes }: LinkedSnapshot, found: bigint | null): Folded {
  const last = nodes.length - 1;
  const at = found === null ? -1 : nodes.findIndex(({ start }) => start === found);
  const kept =
    nodes.length <= MOST_NODES
      ? nodes.map((_, index) => index)
      : nodes.flatMap((_, index) => {
          const near = at >= 0 && Math.abs(index - at) <= LIST_NEIGHBOURS;
          return index < LIST_NEIGHBOURS || index > last - LIST_NEIGHBOURS || near ? [index] : [];
        });
  const views = kept.flatMap((index, position): IndexNodeView[] => {
    const node = nodes[index];
    return node ? [vmaNode(node, -1, 0, (kept[position + 1] ?? index + 1) - index - 1)] : [];
  });
  return { nodes: views, levels: nodes.length === 0 ? 0 : 1, inAll: nodes.length, vmas: nodes.length };
}

/** A node with those below it, whatever the tree. */
interface Branch<Node> {
  readonly node: Node;
  readonly id: string;
  readonly slot: number;
  readonly children: readonly Branch<Node>[];
  readonly size: number;
  readonly depth: number;
}

function foldedTree({ root, nodes }: LinkedSnapshot, visited: ReadonlySet<string>): Folded {
  const byStart = new Map(nodes.map((node) => [node.start, node]));
  const child = (value: FieldValue | undefined): IndexNode | undefined => (typeof value === "bigint" ? byStart.get(value) : undefined);
  const branch = (node: IndexNode, slot: number): Branch<IndexNode> => {
    const { fields } = node;
    const left = child(fields["vm_rb.rb_left"] ?? fields["vm_avl_left"]);
    const right = child(fields["vm_rb.rb_right"] ?? fields["vm_avl_right"]);
    return joined(node, hex(node.start), slot, [...(left ? [branch(left, 0)] : []), ...(right ? [branch(right, 1)] : [])]);
  };
  const top = byStart.get(root ?? -1n);
  if (top === undefined) return { nodes: [], levels: 0, inAll: 0, vmas: 0 };
  const whole = branch(top, 0);
  const kept = topOf(whole, visited, MOST_NODES, () => 1);
  return {
    nodes: listed(whole, kept, ({ node, slot }, parent, folded) => vmaNode(node, parent, slot, folded)),
    levels: whole.depth,
    inAll: nodes.length,
    vmas: nodes.length,
  };
}

function foldedMaple({ root, nodes, height }: MapleSnapshot, visited: ReadonlySet<string>): Folded {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const branch = (node: MapleNodeView, slot: number): Branch<MapleNodeView> => {
    const children = node.slots.flatMap(({ content }, index) => {
      const below = content.kind === "node" ? byId.get(content.node) : undefined;
      return below ? [branch(below, index)] : [];
    });
    return joined(node, idOf(node.id), slot, children);
  };
  const vmas = nodes.reduce((sum, { slots }) => sum + slots.filter(({ content }) => content.kind === "vma").length, 0);
  const top = byId.get(root);
  if (top === undefined) return { nodes: [], levels: 0, inAll: 0, vmas };
  const whole = branch(top, 0);
  const kept = topOf(whole, visited, MOST_SLOTS, ({ slots }) => slots.length);
  return {
    nodes: listed(whole, kept, ({ node, slot }, parent, folded) => mapleNode(node, parent, slot, folded)),
    levels: height,
    inAll: nodes.length,
    vmas,
  };
}

function mapleNode(node: MapleNodeView, parent: number, slot: number, folded: number): IndexNodeView {
  let first = node.min;
  const slots = node.slots.map(({ pivot, content }): IndexSlot => {
    const last = pivot ?? node.max;
    const view = {
      first: hex(first),
      last: hex(last < first ? first : last),
      holds: content.kind === "vma" ? content.perms : content.kind,
    };
    first = last + 1n;
    return view;
  });
  return { id: idOf(node.id), parent, slot, first: hex(node.min), last: hex(node.max), slots, capacity: node.capacity, folded };
}

function joined<Node>(node: Node, id: string, slot: number, children: readonly Branch<Node>[]): Branch<Node> {
  return {
    node,
    id,
    slot,
    children,
    size: children.reduce((sum, { size }) => sum + size, 1),
    depth: children.reduce((most, { depth }) => Math.max(most, depth), 0) + 1,
  };
}

/** Nodes level by level until `most` is spent, and every visited one. */
function topOf<Node>(root: Branch<Node>, visited: ReadonlySet<string>, most: number, costOf: (node: Node) => number): Set<string> {
  const kept = new Set<string>(visited);
  let spent = 0;
  for (let level: readonly Branch<Node>[] = [root]; level.length > 0; level = level.flatMap(({ children }) => children)) {
    const cost = level.reduce((sum, { node }) => sum + costOf(node), 0);
    if (spent + cost > most && level.length > 1) break;
    spent += cost;
    for (const { id } of level) kept.add(id);
  }
  return kept;
}

/** The kept nodes, each before those below it. */
function listed<Node>(
  root: Branch<Node>,
  kept: ReadonlySet<string>,
  view: (branch: Branch<Node>, parent: number, folded: number) => IndexNodeView,
): IndexNodeView[] {
  const views: IndexNodeView[] = [];
  const visit = (branch: Branch<Node>, parent: number): void => {
    const hidden = branch.children.filter(({ id }) => !kept.has(id));
    views.push(
      view(
        branch,
        parent,
        hidden.reduce((sum, { size }) => sum + size, 0),
      ),
    );
    const position = views.length - 1;
    for (const child of branch.children) if (kept.has(child.id)) visit(child, position);
  };
  visit(root, -1);
  return views;
}
