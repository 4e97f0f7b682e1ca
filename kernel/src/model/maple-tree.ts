/**
 * The maple tree of Linux 6.1 on (lib/maple_tree.c, by Howlett and Wilcox): a B-tree of ranges. There is one kind of change: a
 * range is written, with a VMA or with NULL (`mas_store`). What a write leaves behind is then put right, node by node upwards:
 *
 *     more slots than a node has      split in two (`mas_split`); a new root where the root was split
 *     fewer than a node must have     merged with its neighbour, or given some of its slots (`mas_rebalance`)
 *
 * As in the kernel, neighbouring free ranges are one slot, and no leaf ends with one except the last leaf of the tree: so a
 * gap lies in one slot of one leaf, and the VMA after it is the slot after it.
 *
 * Simpler than the kernel: nodes are changed in place, where the kernel copies them so that readers need no lock (RCU) and
 * puts a whole new subtree in at once; a split is always in the middle; a full node does not push slots to its neighbours
 * first (`mas_push_data`); internal nodes always keep gaps; a tree of one range is a leaf, not a bare pointer.
 */
import { hexRange } from "./address.js";
import type { StepLog } from "./index-steps.js";
import {
  capacityOf,
  END_OF_ADDRESSES,
  endOf,
  longestGap,
  minimumOf,
  neighbourLeaf,
  slotFor,
  startOfNode,
  type MapleInternal,
  type MapleLeaf,
  type MapleNode,
} from "./maple-node.js";
import type { Vma } from "./vma.js";

/** Slots of leaves, laid out in a row. */
interface Row {
  readonly ends: number[];
  readonly slots: (Vma | null)[];
}

/** A maple tree that maps every page to a VMA or to nothing. */
export class MapleTree {
  /** Nodes looked at on ways down. */
  visits = 0;
  root: MapleNode;
  private nodesMade = 0;

  constructor(private readonly steps: StepLog) {
    this.root = this.newLeaf([END_OF_ADDRESSES], [null]);
  }

  /** The leaf that stands for a page (`mtree_range_walk`). `trace` takes the nodes looked at. */
  descend(page: number, trace: MapleNode[] | null = null): MapleLeaf {
    let node = this.root;
    for (;;) {
      this.visits++;
      trace?.push(node);
      if (node.kind === "leaf") return node;
      const below: MapleNode | undefined = node.slots[slotFor(node, page)];
      if (below === undefined)
        throw new Error(`Node ${String(node.id)} of the maple tree is empty: a defect of the model, please report it.`);
      node = below;
    }
  }

  /** Writes [start, end): it is `vma` from now on, or free. It may cover at most one VMA and the free pages beside it. */
  write(start: number, end: number, vma: Vma | null): void {
    const left = this.descend(start);
    const leftEnd = endOf(left);
    // Free pages at the end of a leaf belong to the next one, so such a write spans both (`mas_is_span_wr`).
    const spans = end > leftEnd || (vma === null && end === leftEnd);
    const right = spans ? neighbourLeaf(left, "right") : null;
    this.steps.add(
      "write",
      () => left.id,
      () =>
        `${hexRange(start, end)} becomes ${vma === null ? "free" : "a VMA"}${right === null ? "" : `, which reaches into node ${String(right.id)}`}.`,
    );
    const row = overwrite(left, right, start, end, vma);
    if (right === null) {
      fill(left, row);
    } else {
      const last = row.ends.findIndex((rowEnd) => rowEnd >= end);
      const cut = row.slots[last] === null ? last : last + 1;
      fill(left, { ends: row.ends.slice(0, cut), slots: row.slots.slice(0, cut) });
      fill(right, { ends: row.ends.slice(cut), slots: row.slots.slice(cut) });
      this.moveEnd(left);
      this.updateGaps(right);
      this.updateGaps(left);
      this.repair(right);
      this.repair(left);
      return;
    }
    this.updateGaps(left);
    this.repair(left);
  }

  /** A copy of the tree over copies of its VMAs. */
  cloneInto(copy: MapleTree, copyOf: (vma: Vma) => Vma): void {
    const copyNode = (node: MapleNode, parent: MapleInternal | null): MapleNode => {
      const { id } = node;
      const ends = [...node.ends];
      if (node.kind === "leaf")
        return { kind: "leaf", id, parent, ends, slots: node.slots.map((vma) => (vma === null ? null : copyOf(vma))) };
      const twin: MapleInternal = { kind: "internal", id, parent, ends, slots: [], gaps: [...node.gaps] };
      twin.slots = node.slots.map((below) => copyNode(below, twin));
      return twin;
    };
    copy.root = copyNode(this.root, null);
    copy.nodesMade = this.nodesMade;
    copy.visits = this.visits;
  }

  private newLeaf(ends: number[], slots: (Vma | null)[]): MapleLeaf {
    return { kind: "leaf", id: this.nodesMade++, parent: null, ends, slots };
  }

  private newInternal(slots: MapleNode[], ends: number[]): MapleInternal {
    const node: MapleInternal = { kind: "internal", id: this.nodesMade++, parent: null, ends, slots, gaps: [] };
    for (const below of slots) below.parent = node;
    node.gaps = slots.map(longestGap);
    return node;
  }

  /** Puts a node right that may have too many slots in use or too few, and then those above it. */
  private repair(node: MapleNode): void {
    const inUse = node.ends.length;
    if (inUse > capacityOf(node)) this.split(node);
    else if (node.parent !== null && inUse < minimumOf(node)) this.takeFromNeighbour(node, node.parent);
    else if (node.parent === null && node.kind === "internal" && inUse === 1) this.lowerRoot(node);
  }

  private split(node: MapleNode): void {
    const middle = middleOf(node);
    const upper = node.kind === "leaf" ? this.newLeaf([], []) : this.newInternal([], []);
    moveSlots(node, upper, middle);
    let { parent } = node;
    this.steps.add(
      "split",
      () => node.id,
      () => `It has more slots than fit, so the upper half becomes node ${String(upper.id)}.`,
    );
    if (parent === null) {
      parent = this.newInternal([node, upper], [endOf(node), endOf(upper)]);
      this.root = parent;
      this.steps.add(
        "grow",
        () => parent?.id ?? 0,
        () => "The root was split, so this node becomes the new root above both halves.",
      );
      return;
    }
    const place = parent.slots.indexOf(node);
    parent.ends.splice(place, 0, endOf(node));
    parent.slots.splice(place + 1, 0, upper);
    upper.parent = parent;
    parent.gaps[place] = longestGap(node);
    parent.gaps.splice(place + 1, 0, longestGap(upper));
    this.updateGaps(parent);
    this.repair(parent);
  }

  /** The neighbour below the same node, the right one if there is one, merges with a node, or gives it some of its slots. */
  private takeFromNeighbour(node: MapleNode, parent: MapleInternal): void {
    const place = Math.min(parent.slots.indexOf(node), parent.slots.length - 2);
    const [left, right] = [parent.slots[place], parent.slots[place + 1]];
    if (left === undefined || right === undefined) return;
    moveSlots(right, left, 0);
    if (left.ends.length <= capacityOf(left)) {
      this.steps.add(
        "merge",
        () => node.id,
        () => `It has too few slots in use, and those of nodes ${String(left.id)} and ${String(right.id)} fit into one.`,
      );
      parent.ends.splice(place, 1);
      parent.slots.splice(place + 1, 1);
      parent.gaps.splice(place + 1, 1);
    } else {
      this.steps.add(
        "rebalance",
        () => node.id,
        () => `It has too few slots in use, so nodes ${String(left.id)} and ${String(right.id)} share theirs evenly.`,
      );
      moveSlots(left, right, middleOf(left));
      parent.ends[place] = endOf(left);
      parent.gaps[place + 1] = longestGap(right);
    }
    parent.gaps[place] = longestGap(left);
    this.updateGaps(parent);
    this.repair(parent);
  }

  /** A root with one node below it is not needed. */
  private lowerRoot(root: MapleInternal): void {
    const [below] = root.slots;
    if (below === undefined) return;
    below.parent = null;
    this.root = below;
    this.steps.add(
      "shrink",
      () => below.id,
      () => `The root, node ${String(root.id)}, has only this node left below it, which becomes the root.`,
    );
    this.repair(below);
  }

  /** Tells the nodes above that the end of a node has moved. */
  private moveEnd(node: MapleNode): void {
    const end = endOf(node);
    for (let child = node; child.parent !== null; child = child.parent) {
      const { parent } = child;
      const place = parent.slots.indexOf(child);
      parent.ends[place] = end;
      if (place < parent.slots.length - 1) return;
    }
  }

  /** Tells the nodes above how long the longest gap of a node is now (`mas_update_gap`). */
  private updateGaps(node: MapleNode): void {
    for (let child = node; child.parent !== null; child = child.parent) {
      const { parent } = child;
      const place = parent.slots.indexOf(child);
      const gap = longestGap(child);
      if (parent.gaps[place] === gap) return;
      parent.gaps[place] = gap;
    }
  }
}

/** Where a node is cut in two. A leaf does not end with free pages, unless it is the last (`mab_no_null_split`). */
function middleOf(node: MapleNode): number {
  const middle = Math.ceil(node.ends.length / 2);
  return node.slots[middle - 1] === null ? middle - 1 : middle;
}

/** Moves the slots of a node from one on to the end of another. Both are leaves, or neither is. */
function moveSlots(from: MapleNode, to: MapleNode, first: number): void {
  to.ends.push(...from.ends.splice(first));
  if (from.kind === "leaf" && to.kind === "leaf") {
    to.slots.push(...from.slots.splice(first));
  } else if (from.kind === "internal" && to.kind === "internal") {
    for (const node of from.slots.slice(first)) node.parent = to;
    to.slots.push(...from.slots.splice(first));
    to.gaps.push(...from.gaps.splice(first));
  }
}

function fill(leaf: MapleLeaf, { ends, slots }: Row): void {
  leaf.ends = ends;
  leaf.slots = slots;
}

/** The slots of one or two neighbouring leaves after a write; slots that hold the same become one. */
function overwrite(left: MapleLeaf, right: MapleLeaf | null, start: number, end: number, vma: Vma | null): Row {
  const row: Row = { ends: [], slots: [] };
  const put = (slotEnd: number, holds: Vma | null): void => {
    const last = row.ends.length - 1;
    if (last >= 0 && row.slots[last] === holds) {
      row.ends[last] = slotEnd;
    } else {
      row.ends.push(slotEnd);
      row.slots.push(holds);
    }
  };
  let written = false;
  let slotStart = startOfNode(left);
  for (const leaf of right === null ? [left] : [left, right]) {
    for (let slot = 0; slot < leaf.slots.length; slot++) {
      const slotEnd = leaf.ends[slot] ?? slotStart;
      const holds = leaf.slots[slot] ?? null;
      if (slotStart < start) put(Math.min(slotEnd, start), holds);
      if (!written && slotEnd >= end) {
        put(end, vma);
        written = true;
      }
      if (slotEnd > end) put(slotEnd, holds);
      slotStart = slotEnd;
    }
  }
  return row;
}
