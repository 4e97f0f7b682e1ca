/**
 * The index of Linux 2.2 to 2.4.9: every VMA is in a singly linked list sorted by address, and once there are 32 of them
 * an AVL tree is built over the list and kept from then on (`AVL_MIN_MAP_COUNT`, `build_mmap_avl`).
 */
import { addressOf } from "./address.js";
import { avlBuild, avlInsert, avlRemove } from "./avl.js";
import type { Vma } from "./vma.js";
import type { IndexNode, IndexSnapshot, SearchPath, VmaIndex } from "./vma-index.js";

/** From how many VMAs on the tree is built. */
export const AVL_MIN_MAP_COUNT = 32;

/** A sorted list of VMAs, with an AVL tree over it from {@link AVL_MIN_MAP_COUNT} on. */
export class ListAvlIndex implements VmaIndex {
  size = 0;
  visits = 0;
  private head: Vma | null = null;
  private root: Vma | null = null;

  find(page: number): Vma | null {
    let found: Vma | null = null;
    if (this.root === null) {
      for (let vma = this.head; vma !== null; vma = vma.vm_next) {
        this.visits++;
        if (vma.end > page) return vma;
      }
      return null;
    }
    for (let node: Vma | null = this.root; node !== null;) {
      this.visits++;
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

  path(page: number): SearchPath {
    const visited: Vma[] = [];
    let found: Vma | null = null;
    if (this.root === null) {
      for (let vma = this.head; vma !== null && found === null; vma = vma.vm_next) {
        visited.push(vma);
        if (vma.end > page) found = vma;
      }
      return { found, visited };
    }
    for (let node: Vma | null = this.root; node !== null;) {
      visited.push(node);
      if (node.end > page) {
        found = node;
        if (node.start <= page) break;
        node = node.vm_avl_left;
      } else {
        node = node.vm_avl_right;
      }
    }
    return { found, visited };
  }

  first(): Vma | null {
    return this.head;
  }

  next(vma: Vma): Vma | null {
    return vma.vm_next;
  }

  before(page: number): Vma | null {
    let found: Vma | null = null;
    if (this.root === null) {
      for (let vma = this.head; vma !== null && vma.end <= page; vma = vma.vm_next) {
        this.visits++;
        found = vma;
      }
      return found;
    }
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

  insert(vma: Vma): void {
    const previous = this.before(vma.start);
    if (previous === null) {
      vma.vm_next = this.head;
      this.head = vma;
    } else {
      vma.vm_next = previous.vm_next;
      previous.vm_next = vma;
    }
    this.size++;
    if (this.root !== null) this.root = avlInsert(this.root, vma);
    else if (this.size >= AVL_MIN_MAP_COUNT) this.root = avlBuild(this.list());
  }

  remove(vma: Vma): void {
    const previous = this.before(vma.start);
    if (previous === null) this.head = vma.vm_next;
    else previous.vm_next = vma.vm_next;
    this.root = avlRemove(this.root, vma);
    vma.vm_next = null;
    vma.vm_avl_left = null;
    vma.vm_avl_right = null;
    vma.vm_avl_height = 0;
    this.size--;
  }

  resize(vma: Vma, start: number, end: number): void {
    // The order of VMAs does not change, and neither list nor tree keeps a copy of the bounds.
    vma.start = start;
    vma.end = end;
  }

  clone(copyOf: (vma: Vma) => Vma): ListAvlIndex {
    const copies = new Map<Vma, Vma>();
    for (const vma of this.list()) copies.set(vma, copyOf(vma));
    const linked = (vma: Vma | null): Vma | null => (vma === null ? null : (copies.get(vma) ?? null));
    for (const [vma, copy] of copies) {
      copy.vm_next = linked(vma.vm_next);
      copy.vm_avl_left = linked(vma.vm_avl_left);
      copy.vm_avl_right = linked(vma.vm_avl_right);
      copy.vm_avl_height = vma.vm_avl_height;
    }
    const index = new ListAvlIndex();
    index.size = this.size;
    index.visits = this.visits;
    index.head = linked(this.head);
    index.root = linked(this.root);
    return index;
  }

  snapshot(): IndexSnapshot {
    const startOf = (vma: Vma | null): bigint | null => (vma === null ? null : addressOf(vma.start));
    const nodes = this.list().map((vma): IndexNode => {
      const list = { vm_next: startOf(vma.vm_next) };
      const tree = { vm_avl_height: vma.vm_avl_height, vm_avl_left: startOf(vma.vm_avl_left), vm_avl_right: startOf(vma.vm_avl_right) };
      return {
        start: addressOf(vma.start),
        end: addressOf(vma.end),
        perms: vma.perms,
        fields: this.root === null ? list : { ...list, ...tree },
      };
    });
    return { kind: this.root === null ? "list" : "list+avl", root: startOf(this.root), nodes };
  }

  private list(): Vma[] {
    const vmas: Vma[] = [];
    for (let vma = this.head; vma !== null; vma = vma.vm_next) vmas.push(vma);
    return vmas;
  }
}
