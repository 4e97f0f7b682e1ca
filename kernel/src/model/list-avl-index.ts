/**
 * The index of Linux 2.2 to 2.4.9: every VMA is in the sorted list, and once there are 32 of them an AVL tree is built over
 * the list and kept from then on (`AVL_MIN_MAP_COUNT`, `build_mmap_avl`).
 */
import { addressOf } from "./address.js";
import { avlBuild, avlInsert, avlRemove } from "./avl.js";
import { StepLog } from "./index-steps.js";
import { ListIndex, startOf } from "./list-index.js";
import type { Vma } from "./vma.js";
import type { FieldValue, IndexSnapshot } from "./vma-index.js";

/** From how many VMAs on the tree is built. */
export const AVL_MIN_MAP_COUNT = 32;

/** A sorted list of VMAs, with an AVL tree over it from {@link AVL_MIN_MAP_COUNT} on. */
export class ListAvlIndex extends ListIndex {
  private root: Vma | null = null;

  override before(page: number): Vma | null {
    if (this.root === null) return super.before(page);
    let found: Vma | null = null;
    for (let node: Vma | null = this.root; node !== null;) {
      this.visits++;
      if (node.end <= page) {
        found = node;
        node = node.vm_avl_right;
      } else {
        node = node.vm_avl_left;
      }
    }
    return found;
  }

  override insert(vma: Vma): void {
    super.insert(vma);
    if (this.root !== null) this.root = avlInsert(this.root, vma, this.steps);
    else if (this.size >= AVL_MIN_MAP_COUNT) {
      const root = avlBuild(this.list());
      this.root = root;
      this.steps.add(
        "build",
        () => addressOf(root?.start ?? 0),
        () => `There are ${String(this.size)} VMAs now, so an AVL tree is built over the list; this one is its root.`,
      );
    }
  }

  override remove(vma: Vma): void {
    super.remove(vma);
    this.root = avlRemove(this.root, vma, this.steps);
    vma.vm_avl_left = null;
    vma.vm_avl_right = null;
    vma.vm_avl_height = 0;
  }

  override clone(copyOf: (vma: Vma) => Vma): ListAvlIndex {
    const twin = new ListAvlIndex(new StepLog(this.steps.enabled));
    const copied = this.copyListTo(twin, copyOf);
    for (const vma of this.list()) {
      const copy = copied(vma);
      if (copy === null) continue;
      copy.vm_avl_left = copied(vma.vm_avl_left);
      copy.vm_avl_right = copied(vma.vm_avl_right);
      copy.vm_avl_height = vma.vm_avl_height;
    }
    twin.root = copied(this.root);
    return twin;
  }

  override fieldsOf(vma: Vma): Readonly<Record<string, FieldValue>> {
    return {
      ...super.fieldsOf(vma),
      vm_avl_height: vma.vm_avl_height,
      vm_avl_left: startOf(vma.vm_avl_left),
      vm_avl_right: startOf(vma.vm_avl_right),
    };
  }

  override snapshot(): IndexSnapshot {
    return {
      kind: this.root === null ? "list" : "list+avl",
      root: startOf(this.root),
      cache: startOf(this.cache),
      nodes: this.root === null ? this.drawnNodes(({ vm_next }) => ({ vm_next: startOf(vm_next) })) : this.drawnNodes(),
    };
  }

  protected override search(page: number, trace: Vma[] | null): Vma | null {
    if (this.root === null) return super.search(page, trace);
    let found: Vma | null = null;
    for (let node: Vma | null = this.root; node !== null;) {
      this.visits++;
      trace?.push(node);
      if (node.end > page) {
        found = node;
        if (node.start <= page) break;
        node = node.vm_avl_left;
      } else {
        node = node.vm_avl_right;
      }
    }
    return found;
  }
}
