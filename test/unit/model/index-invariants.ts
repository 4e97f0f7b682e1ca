/** What must hold of each structure at all times, read from what it shows of itself. */
import type { IndexNode, IndexSnapshot, LinkedSnapshot, MapleNodeView, MapleSnapshot } from "../../../kernel/src/model/index.js";

/** The last address there is. */
const LAST_ADDRESS = 2n ** 64n - 1n;

/** A quick check: these run for every node, again and again. */
function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`The index breaks a rule: ${rule}.`);
}

function sameOrder(listed: readonly IndexNode[], nodes: readonly IndexNode[]): void {
  must(listed.length === nodes.length && listed.every((node, i) => node === nodes[i]), "the tree has the VMAs of the list in its order");
}

/** Checks the rules of the structure in use. */
export function checkRules(snapshot: IndexSnapshot): void {
  if (snapshot.kind === "maple") checkMaple(snapshot);
  else {
    checkList(snapshot);
    if (snapshot.kind === "list+avl") sameOrder(inOrder(snapshot, "vm_avl_left", "vm_avl_right", checkAvlNode), snapshot.nodes);
    if (snapshot.kind === "rb") {
      must(colourOf(nodeAt(snapshot, snapshot.root)) === "black", "the root is black");
      sameOrder(inOrder(snapshot, "vm_rb.rb_left", "vm_rb.rb_right", checkRbNode), snapshot.nodes);
    }
  }
}

function checkList({ nodes }: LinkedSnapshot): void {
  nodes.forEach((node, i) => {
    const next = nodes[i + 1];
    must(node.fields["vm_next"] === (next?.start ?? null), "vm_next is the VMA after");
    if (next !== undefined) must(next.start >= node.end, "VMAs do not overlap");
  });
}

/** What a subtree is measured by: its height, or its black nodes. */
type Measure = (node: IndexNode, left: Below, right: Below) => number;

interface Below {
  readonly node: IndexNode | null;
  readonly measure: number;
}

function nodeAt({ nodes }: LinkedSnapshot, start: unknown): IndexNode | null {
  return nodes.find((node) => node.start === start) ?? null;
}

/** The nodes of a tree in its own order, after `measure` has checked each. */
function inOrder(snapshot: LinkedSnapshot, left: string, right: string, measure: Measure): IndexNode[] {
  const byStart = new Map(snapshot.nodes.map((node) => [node.start, node]));
  const listed: IndexNode[] = [];
  const visit = (start: unknown): Below => {
    const node = typeof start === "bigint" ? (byStart.get(start) ?? null) : null;
    if (node === null) return { node, measure: 0 };
    const below = visit(node.fields[left]);
    listed.push(node);
    const above = visit(node.fields[right]);
    return { node, measure: measure(node, below, above) };
  };
  visit(snapshot.root);
  return listed;
}

function checkAvlNode(node: IndexNode, left: Below, right: Below): number {
  must(Math.abs(left.measure - right.measure) <= 1, "subtrees differ in height by at most one");
  const height = 1 + Math.max(left.measure, right.measure);
  must(node.fields["vm_avl_height"] === height, "vm_avl_height is the height");
  return height;
}

function colourOf(node: IndexNode | null): unknown {
  return node === null ? "black" : node.fields["vm_rb.rb_color"];
}

function checkRbNode(node: IndexNode, left: Below, right: Below): number {
  for (const child of [left, right]) {
    must(colourOf(node) === "black" || colourOf(child.node) === "black", "a red node has no red child");
    must(child.node === null || child.node.fields["vm_rb.rb_parent"] === node.start, "rb_parent is the node above");
  }
  must(left.measure === right.measure, "as many black nodes on every way down");
  return left.measure + (colourOf(node) === "red" ? 0 : 1);
}

function checkMaple({ root, height, nodes }: MapleSnapshot): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const top = byId.get(root)!;
  must(top.min === 0n && top.max === LAST_ADDRESS, "the root stands for all addresses");
  const visit = (node: MapleNodeView, level: number): bigint => {
    const leaf = node.type === "maple_leaf_64";
    const inUse = node.slots.length;
    must(leaf === (level === height), "all leaves are on the same level");
    must(node.capacity === (leaf ? 16 : 10) && inUse <= node.capacity, "no more slots in use than there are");
    if (node.id !== root) must(inUse >= (leaf ? 6 : 4), "no fewer slots in use than a node must have");
    else must(leaf || inUse >= 2, "a root above others has two below it");
    let first = node.min;
    let longest = 0n;
    node.slots.forEach(({ pivot, gap, content }, i) => {
      must((pivot === null) === (i === inUse - 1), "only the last pivot is implied");
      const last = pivot ?? node.max;
      must(last >= first, "pivots ascend");
      if (content.kind === "vma")
        must(content.start === first && content.end === last + 1n && gap === 0n, "a slot has the bounds of its VMA");
      if (content.kind === "free") {
        must(gap === last + 1n - first, "the gap of a free range is its length");
        must(node.slots[i + 1]?.content.kind !== "free", "free ranges side by side are one");
        must(i < inUse - 1 || node.max === LAST_ADDRESS, "no leaf but the last ends with a free range");
      }
      if (content.kind === "node") {
        const below = byId.get(content.node)!;
        must(below.min === first && below.max === last, "a node has the bounds of its slot above");
        must(visit(below, level + 1) === gap, "the gap kept for a node is its longest");
      }
      if (gap > longest) longest = gap;
      first = last + 1n;
    });
    return longest;
  };
  visit(top, 1);
}
