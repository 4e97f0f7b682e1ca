/**
 * The index of Linux 6.1 on: the maple tree alone. The list, `mmap_cache` and its successors are gone: a VMA's neighbour is
 * the next slot of its leaf, and free addresses are found by the gaps that internal nodes keep.
 */
import { addressOf } from "./address.js";
import { StepLog } from "./index-steps.js";
import { capacityOf, endOf, neighbourLeaf, pivotOf, slotFor, startOfNode, type MapleLeaf, type MapleNode } from "./maple-node.js";
import { MapleTree } from "./maple-tree.js";
import type { Vma } from "./vma.js";
import type { FieldValue, Gap, IndexSnapshot, MapleNodeView, MapleSlotView, SearchPath, VmaIndex } from "./vma-index.js";

/** VMAs in a maple tree. */
export class MapleIndex implements VmaIndex {
  size = 0;
  private readonly tree: MapleTree;
  /** Where the last VMA was that `next` gave (the kernel's `ma_state`); checked before it is used. */
  private cursor: { readonly leaf: MapleLeaf; readonly slot: number } | null = null;

  constructor(readonly steps: StepLog = new StepLog()) {
    this.tree = new MapleTree(steps);
  }

  get visits(): number {
    return this.tree.visits;
  }

  find(page: number): Vma | null {
    return firstIn(this.tree.descend(page), page);
  }

  path(page: number): SearchPath {
    const { visits } = this.tree;
    const trace: MapleNode[] = [];
    const found = firstIn(this.tree.descend(page, trace), page);
    this.tree.visits = visits;
    return { found, visited: trace.map(({ id }) => id), cache: null };
  }

  first(): Vma | null {
    return this.size === 0 ? null : firstIn(this.tree.descend(0), 0);
  }

  next(vma: Vma): Vma | null {
    let { leaf, slot } = this.cursor ?? { leaf: null, slot: 0 };
    if (leaf?.slots[slot] !== vma) {
      leaf = this.tree.descend(vma.start);
      slot = slotFor(leaf, vma.start);
    }
    slot += leaf.slots[slot + 1] === null ? 2 : 1;
    if (slot >= leaf.slots.length) {
      leaf = neighbourLeaf(leaf, "right");
      if (leaf === null) return null;
      slot = leaf.slots[0] === null ? 1 : 0;
    }
    this.cursor = { leaf, slot };
    return leaf.slots[slot] ?? null;
  }

  before(page: number): Vma | null {
    if (page <= 0) return null;
    const leaf = this.tree.descend(page - 1);
    let slot = slotFor(leaf, page - 1);
    const there = leaf.slots[slot] ?? null;
    if (there !== null && there.end <= page) return there;
    while (--slot >= 0) {
      const vma = leaf.slots[slot] ?? null;
      if (vma !== null) return vma;
    }
    return neighbourLeaf(leaf, "left")?.slots.at(-1) ?? null;
  }

  /** `mas_empty_area_rev`: goes down only where the gap that is kept for a node is long enough. */
  gapTopDown(pages: number, low: number, high: number): Gap | null {
    return this.gapBelow(this.tree.root, 0, pages, low, high);
  }

  insert(vma: Vma): void {
    this.tree.write(vma.start, vma.end, vma);
    this.size++;
  }

  remove(vma: Vma): void {
    this.tree.write(vma.start, vma.end, null);
    this.size--;
  }

  resize(vma: Vma, start: number, end: number): void {
    const { start: oldStart, end: oldEnd } = vma;
    vma.start = start;
    vma.end = end;
    if (oldStart < start) this.tree.write(oldStart, Math.min(start, oldEnd), null);
    if (oldEnd > end) this.tree.write(Math.max(end, oldStart), oldEnd, null);
    if (start < oldStart || end > oldEnd) this.tree.write(start, end, vma);
  }

  clone(copyOf: (vma: Vma) => Vma): MapleIndex {
    const twin = new MapleIndex(new StepLog(this.steps.enabled));
    twin.size = this.size;
    this.tree.cloneInto(twin.tree, copyOf);
    return twin;
  }

  fieldsOf(): Readonly<Record<string, FieldValue>> {
    // The tree points to VMAs, and nothing in a VMA points to the tree.
    return {};
  }

  snapshot(): IndexSnapshot {
    const nodes: MapleNode[] = [];
    let height = 0;
    for (let level: readonly MapleNode[] = [this.tree.root]; level.length > 0; height++) {
      nodes.push(...level);
      level = level.flatMap((node) => (node.kind === "internal" ? node.slots : []));
    }
    return { kind: "maple", root: this.tree.root.id, height, nodes: nodes.map(drawn) };
  }

  private gapBelow(node: MapleNode, nodeStart: number, pages: number, low: number, high: number): Gap | null {
    this.tree.visits++;
    for (let slot = node.ends.length - 1; slot >= 0; slot--) {
      const slotStart = slot === 0 ? nodeStart : (node.ends[slot - 1] ?? 0);
      const slotEnd = node.ends[slot] ?? slotStart;
      if (slotStart >= high) continue;
      if (slotEnd <= low) return null;
      if (node.kind === "leaf") {
        const gap = { start: Math.max(slotStart, low), end: Math.min(slotEnd, high) };
        if (node.slots[slot] === null && gap.end - gap.start >= pages) return gap;
        continue;
      }
      const below = node.slots[slot];
      if (below === undefined || (node.gaps[slot] ?? 0) < pages) continue;
      const gap = this.gapBelow(below, slotStart, pages, low, high);
      if (gap !== null) return gap;
    }
    return null;
  }
}

/** The first VMA of a leaf that ends above a page of the leaf. The one after a gap is in the same leaf. */
function firstIn(leaf: MapleLeaf, page: number): Vma | null {
  const slot = slotFor(leaf, page);
  return leaf.slots[slot] ?? leaf.slots[slot + 1] ?? null;
}

function drawn(node: MapleNode): MapleNodeView {
  const min = startOfNode(node);
  const slots = node.ends.map((end, slot): MapleSlotView => {
    const last = slot === node.ends.length - 1;
    const pivot = last ? null : pivotOf(end);
    if (node.kind === "internal") {
      return { pivot, gap: addressOf(node.gaps[slot] ?? 0), content: { kind: "node", node: node.slots[slot]?.id ?? 0 } };
    }
    const vma = node.slots[slot] ?? null;
    const start = slot === 0 ? min : (node.ends[slot - 1] ?? 0);
    if (vma === null) return { pivot, gap: addressOf(end - start), content: { kind: "free" } };
    return { pivot, gap: 0n, content: { kind: "vma", start: addressOf(vma.start), end: addressOf(vma.end), perms: vma.perms } };
  });
  return {
    id: node.id,
    type: node.kind === "leaf" ? "maple_leaf_64" : "maple_arange_64",
    min: addressOf(min),
    max: pivotOf(endOf(node)),
    capacity: capacityOf(node),
    slots,
  };
}
