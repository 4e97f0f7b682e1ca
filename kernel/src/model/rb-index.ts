/**
 * The index of Linux 2.4.10 to 6.0: every VMA is in the sorted list and in a red-black tree (`mm_rb`, `vm_rb`), from the first
 * one on.
 *
 * Simpler than the kernel: the list has no `vm_prev` (2.6.36 added it), and the tree no `rb_subtree_gap` (3.8 added it, to find
 * free addresses in one way down); free addresses are looked for along the VMAs, as before.
 */
import { StepLog } from "./index-steps.js";
import { ListIndex, startOf } from "./list-index.js";
import { RbTree, type RbNode } from "./rb.js";
import type { Vma } from "./vma.js";
import type { FieldValue, IndexSnapshot } from "./vma-index.js";

/** A sorted list of VMAs, with a red-black tree over it. */
export class RbIndex extends ListIndex {
  private readonly tree = new RbTree(this.steps);

  override before(page: number): Vma | null {
    let found: Vma | null = null;
    for (let node = this.tree.root; node !== null;) {
      this.visits++;
      if (node.vma.end <= page) {
        found = node.vma;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return found;
  }

  override insert(vma: Vma): void {
    super.insert(vma);
    this.tree.insert(vma);
  }

  override remove(vma: Vma): void {
    super.remove(vma);
    this.tree.remove(vma);
  }

  override clone(copyOf: (vma: Vma) => Vma): RbIndex {
    const twin = new RbIndex(new StepLog(this.steps.enabled));
    const copied = this.copyListTo(twin, copyOf);
    twin.tree.root = copyOfTree(this.tree.root, null, copied);
    return twin;
  }

  override fieldsOf(vma: Vma): Readonly<Record<string, FieldValue>> {
    const node = this.tree.nodeOf(vma);
    return {
      ...super.fieldsOf(vma),
      "vm_rb.rb_parent": startOf(node?.parent?.vma ?? null),
      "vm_rb.rb_color": node?.red === true ? "red" : "black",
      "vm_rb.rb_left": startOf(node?.left?.vma ?? null),
      "vm_rb.rb_right": startOf(node?.right?.vma ?? null),
    };
  }

  override snapshot(): IndexSnapshot {
    return { kind: "rb", root: startOf(this.tree.root?.vma ?? null), cache: startOf(this.cache), nodes: this.drawnNodes() };
  }

  protected override search(page: number, trace: Vma[] | null): Vma | null {
    let found: Vma | null = null;
    for (let node = this.tree.root; node !== null;) {
      const { vma } = node;
      this.visits++;
      trace?.push(vma);
      if (vma.end > page) {
        found = vma;
        if (vma.start <= page) break;
        node = node.left;
      } else {
        node = node.right;
      }
    }
    return found;
  }
}

function copyOfTree(node: RbNode | null, parent: RbNode | null, copied: (vma: Vma) => Vma | null): RbNode | null {
  const vma = node === null ? null : copied(node.vma);
  if (node === null || vma === null) return null;
  const copy: RbNode = { vma, parent, left: null, right: null, red: node.red };
  copy.left = copyOfTree(node.left, copy, copied);
  copy.right = copyOfTree(node.right, copy, copied);
  return copy;
}
