/**
 * The tree of VMAs of Linux 1.x to 2.4.9 (mm/mmap_avl.c of its time): balanced by height, keyed by address, threaded
 * through the VMAs themselves. A node's subtrees differ in height by at most one, so a search looks at no more than
 * 1.44 log2(n) nodes.
 */
import { addressOf } from "./address.js";
import type { StepLog } from "./index-steps.js";
import type { Vma } from "./vma.js";

/** Height of the empty tree. */
const EMPTY_HEIGHT = 0;

/** Height of a subtree: 0 when empty, 1 for a leaf. */
export function heightOf(tree: Vma | null): number {
  return tree === null ? EMPTY_HEIGHT : tree.vm_avl_height;
}

function updateHeight(node: Vma): void {
  node.vm_avl_height = 1 + Math.max(heightOf(node.vm_avl_left), heightOf(node.vm_avl_right));
}

/** Lifts the left child over `node`. Returns the new top. */
function rotateRight(node: Vma, steps?: StepLog): Vma {
  const top = node.vm_avl_left;
  if (top === null) return node;
  steps?.add(
    "rotate-right",
    () => addressOf(node.start),
    () => "Its subtrees differ in height by two: its left child takes its place.",
  );
  node.vm_avl_left = top.vm_avl_right;
  top.vm_avl_right = node;
  updateHeight(node);
  updateHeight(top);
  return top;
}

/** Lifts the right child over `node`. Returns the new top. */
function rotateLeft(node: Vma, steps?: StepLog): Vma {
  const top = node.vm_avl_right;
  if (top === null) return node;
  steps?.add(
    "rotate-left",
    () => addressOf(node.start),
    () => "Its subtrees differ in height by two: its right child takes its place.",
  );
  node.vm_avl_right = top.vm_avl_left;
  top.vm_avl_left = node;
  updateHeight(node);
  updateHeight(top);
  return top;
}

/** Restores the balance of a node whose subtrees are balanced and differ in height by at most two. Returns the new top. */
function rebalance(node: Vma, steps?: StepLog): Vma {
  const lean = heightOf(node.vm_avl_left) - heightOf(node.vm_avl_right);
  if (lean > 1 && node.vm_avl_left !== null) {
    const left = node.vm_avl_left;
    if (heightOf(left.vm_avl_left) < heightOf(left.vm_avl_right)) node.vm_avl_left = rotateLeft(left, steps);
    return rotateRight(node, steps);
  }
  if (lean < -1 && node.vm_avl_right !== null) {
    const right = node.vm_avl_right;
    if (heightOf(right.vm_avl_right) < heightOf(right.vm_avl_left)) node.vm_avl_right = rotateRight(right, steps);
    return rotateLeft(node, steps);
  }
  updateHeight(node);
  return node;
}

/** `avl_insert`: adds a VMA. Returns the new root. */
export function avlInsert(root: Vma | null, vma: Vma, steps?: StepLog): Vma {
  if (root === null) {
    vma.vm_avl_left = null;
    vma.vm_avl_right = null;
    vma.vm_avl_height = 1;
    return vma;
  }
  if (vma.start < root.start) root.vm_avl_left = avlInsert(root.vm_avl_left, vma, steps);
  else root.vm_avl_right = avlInsert(root.vm_avl_right, vma, steps);
  return rebalance(root, steps);
}

/** Takes the rightmost node out of a tree. */
function detachRightmost(root: Vma, steps?: StepLog): { rest: Vma | null; rightmost: Vma } {
  if (root.vm_avl_right === null) return { rest: root.vm_avl_left, rightmost: root };
  const { rest, rightmost } = detachRightmost(root.vm_avl_right, steps);
  root.vm_avl_right = rest;
  return { rest: rebalance(root, steps), rightmost };
}

/** `avl_remove`: takes a VMA out. Its place is taken by its predecessor in the left subtree. Returns the new root. */
export function avlRemove(root: Vma | null, vma: Vma, steps?: StepLog): Vma | null {
  if (root === null) return null;
  if (root !== vma) {
    if (vma.start < root.start) root.vm_avl_left = avlRemove(root.vm_avl_left, vma, steps);
    else root.vm_avl_right = avlRemove(root.vm_avl_right, vma, steps);
    return rebalance(root, steps);
  }
  if (vma.vm_avl_left === null) return vma.vm_avl_right;
  const { rest, rightmost } = detachRightmost(vma.vm_avl_left, steps);
  rightmost.vm_avl_left = rest;
  rightmost.vm_avl_right = vma.vm_avl_right;
  return rebalance(rightmost, steps);
}

/** Builds a balanced tree over VMAs in address order. */
export function avlBuild(vmas: readonly Vma[], from = 0, to = vmas.length): Vma | null {
  if (from >= to) return null;
  const middle = (from + to) >> 1;
  const top = vmas[middle];
  if (top === undefined) return null;
  top.vm_avl_left = avlBuild(vmas, from, middle);
  top.vm_avl_right = avlBuild(vmas, middle + 1, to);
  updateHeight(top);
  return top;
}
