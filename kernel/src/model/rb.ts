/**
 * The red-black tree of lib/rbtree.c over VMAs: a search tree balanced by colours. Four rules hold at all times:
 *
 *     1  every node is red or black, and the root is black
 *     2  a red node has no red child
 *     3  every way from the root to an empty place passes the same number of black nodes
 *     4  nodes are in address order
 *
 * By 2 and 3 no way down is more than twice as long as another, so a search looks at no more than 2 log2(n + 1) nodes.
 * Compared with the AVL tree it is a little higher, and a change needs fewer rotations: at most two to insert, three to remove.
 */
import { addressOf } from "./address.js";
import type { StepLog } from "./index-steps.js";
import type { Vma } from "./vma.js";

/** `struct rb_node`, which the kernel keeps inside the VMA as `vm_rb`. */
export interface RbNode {
  readonly vma: Vma;
  parent: RbNode | null;
  left: RbNode | null;
  right: RbNode | null;
  red: boolean;
}

/** A red-black tree (`struct rb_root`). */
export class RbTree {
  root: RbNode | null = null;

  constructor(private readonly steps: StepLog) {}

  /** The node of a VMA that is in the tree. */
  nodeOf(vma: Vma): RbNode | null {
    let node = this.root;
    while (node !== null && node.vma !== vma) node = vma.start < node.vma.start ? node.left : node.right;
    return node;
  }

  /** `rb_link_node` and `rb_insert_color`: a new node is red and at the bottom, which can only break rule 2. */
  insert(vma: Vma): void {
    let parent: RbNode | null = null;
    for (let node = this.root; node !== null; node = vma.start < node.vma.start ? node.left : node.right) parent = node;
    const node: RbNode = { vma, parent, left: null, right: null, red: true };
    if (parent === null) this.root = node;
    else if (vma.start < parent.vma.start) parent.left = node;
    else parent.right = node;
    this.afterInsert(node);
  }

  /** `rb_erase`: a node with two children gives its place to the next one in order. */
  remove(vma: Vma): void {
    const node = this.nodeOf(vma);
    if (node === null) return;
    const { left, right } = node;
    if (left === null || right === null) {
      const child = left ?? right;
      this.putInPlace(node, child);
      if (!node.red) this.afterRemove(child, node.parent);
      return;
    }
    let successor = right;
    while (successor.left !== null) successor = successor.left;
    const { red: lostRed, right: child } = successor;
    let { parent } = successor;
    if (parent === node) {
      parent = successor;
    } else {
      this.putInPlace(successor, child);
      successor.right = right;
      right.parent = successor;
    }
    this.putInPlace(node, successor);
    successor.left = left;
    left.parent = successor;
    successor.red = node.red;
    if (!lostRed) this.afterRemove(child, parent);
  }

  /** `__rb_insert`: a red node below a red one. Either the colours can be shifted up, or rotations end it. */
  private afterInsert(from: RbNode): void {
    let node = from;
    for (;;) {
      const { parent } = node;
      if (parent === null) {
        this.paint(node, false, "the root is always black");
        return;
      }
      const grand = parent.parent;
      if (!parent.red || grand === null) return;
      const parentIsLeft = grand.left === parent;
      const uncle = parentIsLeft ? grand.right : grand.left;
      if (uncle?.red === true) {
        this.paint(parent, false, "it and its sibling take over the black of the node above");
        this.paint(uncle, false, "it and its sibling take over the black of the node above");
        this.paint(grand, true, "its children are black now");
        node = grand;
        continue;
      }
      let top = parent;
      if ((parentIsLeft ? parent.right : parent.left) === node) {
        this.rotate(parent, parentIsLeft ? "left" : "right", "a red node lies on the inner side of its red parent");
        top = node;
      }
      this.rotate(grand, parentIsLeft ? "right" : "left", "two red nodes lie in line below it");
      this.paint(top, false, "it is the top of the three now");
      this.paint(grand, true, "it went below");
      return;
    }
  }

  /** `____rb_erase_color`: the ways through `child` (it may be empty), below `above`, have one black node too few. */
  private afterRemove(child: RbNode | null, above: RbNode | null): void {
    let node = child;
    let parent = above;
    while (parent !== null && node?.red !== true) {
      const nodeIsLeft = parent.left === node;
      let sibling: RbNode | null = nodeIsLeft ? parent.right : parent.left;
      if (sibling?.red === true) {
        this.rotate(parent, nodeIsLeft ? "left" : "right", "the other side is red, so that black can be borrowed from below it");
        this.paint(sibling, false, "it is the top now");
        this.paint(parent, true, "it went below");
        sibling = nodeIsLeft ? parent.right : parent.left;
      }
      // Rule 3 has it that the sibling of a place that lacks black is never empty.
      if (sibling === null) return;
      let outer = nodeIsLeft ? sibling.right : sibling.left;
      const inner = nodeIsLeft ? sibling.left : sibling.right;
      if (outer?.red !== true && inner?.red !== true) {
        this.paint(sibling, true, "both sides lack a black node now, and the lack moves up");
        node = parent;
        parent = node.parent;
        continue;
      }
      if (outer?.red !== true && inner !== null) {
        this.rotate(sibling, nodeIsLeft ? "right" : "left", "its red child lies on the inner side");
        this.paint(inner, false, "it is above its former parent now");
        this.paint(sibling, true, "it went below");
        outer = sibling;
        sibling = inner;
      }
      this.rotate(parent, nodeIsLeft ? "left" : "right", "the other side gives a black node");
      this.paint(sibling, parent.red, "it takes the place and the colour of the node it replaced");
      this.paint(parent, false, "it fills the lack");
      if (outer !== null) this.paint(outer, false, "its parent moved up");
      return;
    }
    if (node !== null) this.paint(node, false, "a red node in the place that lacks black makes it up");
  }

  private paint(node: RbNode, red: boolean, why: string): void {
    if (node.red === red) return;
    node.red = red;
    this.steps.add(
      "recolour",
      () => addressOf(node.vma.start),
      () => `It becomes ${red ? "red" : "black"}: ${why}.`,
    );
  }

  /** The node goes down to one side; the child of the other side takes its place. */
  private rotate(node: RbNode, side: "left" | "right", why: string): void {
    const top = side === "left" ? node.right : node.left;
    if (top === null) return;
    const between = side === "left" ? top.left : top.right;
    this.putInPlace(node, top);
    if (side === "left") {
      node.right = between;
      top.left = node;
    } else {
      node.left = between;
      top.right = node;
    }
    node.parent = top;
    if (between !== null) between.parent = node;
    this.steps.add(
      side === "left" ? "rotate-left" : "rotate-right",
      () => addressOf(node.vma.start),
      () => `It goes down to the ${side}: ${why}.`,
    );
  }

  /** Hangs `other` where `node` hangs. */
  private putInPlace(node: RbNode, other: RbNode | null): void {
    const { parent } = node;
    if (parent === null) this.root = other;
    else if (parent.left === node) parent.left = other;
    else parent.right = other;
    if (other !== null) other.parent = parent;
  }
}
