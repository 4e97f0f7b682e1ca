/**
 * The simplest index: a singly linked list of VMAs in address order (`vm_next`), walked from its head, with `mmap_cache`,
 * which remembers the VMA found last: most searches are for the same one again. Every kernel before 6.1 kept this list; the
 * trees that made it faster are in list-avl-index.ts and rb-index.ts, which add to what is here.
 *
 * `mmap_cache` is that of Linux 2.2 to 3.14, one for each address space. (From 3.15 to 6.0 each thread had four of its own.)
 */
import { addressOf } from "./address.js";
import { StepLog } from "./index-steps.js";
import type { Vma } from "./vma.js";
import type { FieldValue, Gap, IndexNode, IndexSnapshot, SearchPath, VmaIndex } from "./vma-index.js";

/** A node as it is drawn: the start of its VMA. */
export function startOf(vma: Vma | null): bigint | null {
  return vma === null ? null : addressOf(vma.start);
}

/** A sorted list of VMAs. */
export class ListIndex implements VmaIndex {
  size = 0;
  visits = 0;
  protected head: Vma | null = null;
  /** `mm->mmap_cache`. */
  protected cache: Vma | null = null;

  constructor(readonly steps: StepLog = new StepLog()) {}

  find(page: number): Vma | null {
    const { cache } = this;
    if (cache !== null) {
      this.visits++;
      if (cache.start <= page && page < cache.end) return cache;
    }
    const found = this.search(page, null);
    if (found !== null) this.cache = found;
    return found;
  }

  path(page: number): SearchPath {
    const { cache, visits } = this;
    if (cache !== null && cache.start <= page && page < cache.end) return { found: cache, visited: [addressOf(cache.start)], cache: "hit" };
    const trace: Vma[] = [];
    const found = this.search(page, trace);
    this.visits = visits;
    return { found, visited: trace.map(({ start }) => addressOf(start)), cache: cache === null ? null : "miss" };
  }

  first(): Vma | null {
    return this.head;
  }

  next(vma: Vma): Vma | null {
    return vma.vm_next;
  }

  before(page: number): Vma | null {
    let found: Vma | null = null;
    for (let vma = this.head; vma !== null; vma = vma.vm_next) {
      this.visits++;
      if (vma.end > page) break;
      found = vma;
    }
    return found;
  }

  gapTopDown(pages: number, low: number, high: number): Gap | null {
    for (let top = high; top > low;) {
      const below = this.before(top);
      const above = below === null ? this.head : below.vm_next;
      const end = above === null ? top : Math.min(top, above.start);
      const start = below === null ? low : Math.max(low, below.end);
      if (end - start >= pages) return { start, end };
      if (below === null) return null;
      top = below.start;
    }
    return null;
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
    this.steps.add(
      "link",
      () => addressOf(vma.start),
      () => (previous === null ? "It becomes the head of the list." : "It goes into the list behind the VMA below it."),
    );
  }

  remove(vma: Vma): void {
    const previous = this.before(vma.start);
    if (previous === null) this.head = vma.vm_next;
    else previous.vm_next = vma.vm_next;
    vma.vm_next = null;
    this.cache = null;
    this.size--;
    this.steps.add(
      "unlink",
      () => addressOf(vma.start),
      () => "It is taken out of the list, and mmap_cache is emptied.",
    );
  }

  resize(vma: Vma, start: number, end: number): void {
    // The order of VMAs does not change, and neither the list nor a tree over it keeps a copy of the bounds.
    vma.start = start;
    vma.end = end;
  }

  clone(copyOf: (vma: Vma) => Vma): ListIndex {
    const twin = new ListIndex(new StepLog(this.steps.enabled));
    this.copyListTo(twin, copyOf);
    return twin;
  }

  fieldsOf(vma: Vma): Readonly<Record<string, FieldValue>> {
    return { vm_next: startOf(vma.vm_next) };
  }

  snapshot(): IndexSnapshot {
    return { kind: "list", root: null, cache: startOf(this.cache), nodes: this.drawnNodes() };
  }

  /** The search itself, without `mmap_cache`. `trace` takes the VMAs looked at. */
  protected search(page: number, trace: Vma[] | null): Vma | null {
    for (let vma = this.head; vma !== null; vma = vma.vm_next) {
      this.visits++;
      trace?.push(vma);
      if (vma.end > page) return vma;
    }
    return null;
  }

  protected drawnNodes(fieldsOf = (vma: Vma): IndexNode["fields"] => this.fieldsOf(vma)): IndexNode[] {
    return this.list().map((vma) => ({
      start: addressOf(vma.start),
      end: addressOf(vma.end),
      perms: vma.perms,
      fields: fieldsOf(vma),
    }));
  }

  /** Every VMA in order. */
  protected list(): Vma[] {
    const vmas: Vma[] = [];
    for (let vma = this.head; vma !== null; vma = vma.vm_next) vmas.push(vma);
    return vmas;
  }

  /** Gives an empty index copies of the VMAs. Returns which copy stands for which VMA. */
  protected copyListTo(twin: ListIndex, copyOf: (vma: Vma) => Vma): (vma: Vma | null) => Vma | null {
    const copies = new Map<Vma, Vma>();
    for (const vma of this.list()) copies.set(vma, copyOf(vma));
    const copied = (vma: Vma | null): Vma | null => (vma === null ? null : (copies.get(vma) ?? null));
    for (const [vma, copy] of copies) copy.vm_next = copied(vma.vm_next);
    twin.size = this.size;
    twin.visits = this.visits;
    twin.head = copied(this.head);
    twin.cache = copied(this.cache);
    return copied;
  }
}
