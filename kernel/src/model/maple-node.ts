/**
 * Nodes of the maple tree (lib/maple_tree.c): each divides a range of pages among its slots. A slot of a leaf holds a VMA or
 * NULL for free pages; a slot of an internal node holds a node below, and the length of the longest run of free pages in it.
 *
 *             ends[0]     ends[1]          ends[2]
 *     | slots[0] | slots[1]   | slots[2]      |
 *     ^ start of the node                     ^ end of the node
 *
 * `ends` are the kernel's pivots, as pages and one past the last instead of last bytes. The kernel leaves out the last one,
 * which the node above implies; here it is kept, so that a node can be read alone.
 */
import { addressOf } from "./address.js";
import type { Vma } from "./vma.js";

/** Slots of a leaf (`MAPLE_RANGE64_SLOTS`) and of an internal node that keeps gaps (`MAPLE_ARANGE64_SLOTS`). */
export const LEAF_SLOTS = 16;
export const INTERNAL_SLOTS = 10;
/** Fewer slots than these in use, and a node that is not the root is given some by its neighbour (`mt_min_slots`). */
export const LEAF_MIN_SLOTS = 6;
export const INTERNAL_MIN_SLOTS = 4;
/** One past the last page there is: the tree stands for all 2^64 bytes. */
export const END_OF_ADDRESSES = 2 ** 52;

/** A leaf. */
export interface MapleLeaf {
  readonly kind: "leaf";
  readonly id: number;
  parent: MapleInternal | null;
  ends: number[];
  slots: (Vma | null)[];
}

/** A node above others. */
export interface MapleInternal {
  readonly kind: "internal";
  readonly id: number;
  parent: MapleInternal | null;
  ends: number[];
  slots: MapleNode[];
  gaps: number[];
}

/** A node of the tree. */
export type MapleNode = MapleLeaf | MapleInternal;

/** One past the last page of a node. */
export function endOf(node: MapleNode): number {
  return node.ends[node.ends.length - 1] ?? END_OF_ADDRESSES;
}

/** The first page of a node. */
export function startOfNode(node: MapleNode): number {
  for (let child = node; child.parent !== null; child = child.parent) {
    const place = child.parent.slots.indexOf(child);
    if (place > 0) return child.parent.ends[place - 1] ?? 0;
  }
  return 0;
}

/** Which slot of a node a page falls into. */
export function slotFor(node: MapleNode, page: number): number {
  const { ends } = node;
  let slot = 0;
  while (slot < ends.length - 1 && (ends[slot] ?? 0) <= page) slot++;
  return slot;
}

/** The longest run of free pages in a node (`ma_max_gap`). */
export function longestGap(node: MapleNode): number {
  if (node.kind === "internal") return node.gaps.reduce((longest, gap) => Math.max(longest, gap), 0);
  let longest = 0;
  let start = startOfNode(node);
  for (let slot = 0; slot < node.slots.length; slot++) {
    const end = node.ends[slot] ?? start;
    if (node.slots[slot] === null) longest = Math.max(longest, end - start);
    start = end;
  }
  return longest;
}

/** The leaf to the right or left of a leaf; null at the ends of the tree. */
export function neighbourLeaf(leaf: MapleLeaf, side: "left" | "right"): MapleLeaf | null {
  for (let child: MapleNode = leaf; child.parent !== null; child = child.parent) {
    let beside = child.parent.slots[child.parent.slots.indexOf(child) + (side === "left" ? -1 : 1)];
    if (beside === undefined) continue;
    while (beside.kind === "internal") {
      const below: MapleNode | undefined = beside.slots[side === "left" ? beside.slots.length - 1 : 0];
      if (below === undefined) return null;
      beside = below;
    }
    return beside;
  }
  return null;
}

/** Slots of a node that may be in use. */
export function capacityOf(node: MapleNode): number {
  return node.kind === "leaf" ? LEAF_SLOTS : INTERNAL_SLOTS;
}

/** Slots of a node that must be in use unless it is the root. */
export function minimumOf(node: MapleNode): number {
  return node.kind === "leaf" ? LEAF_MIN_SLOTS : INTERNAL_MIN_SLOTS;
}

/** The last address of a slot, as the kernel's pivot has it. */
export function pivotOf(end: number): bigint {
  return addressOf(end) - 1n;
}
