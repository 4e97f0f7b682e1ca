/**
 * What an address space asks of the structure that orders its VMAs, so that lists and trees can stand in for each other.
 * All of them give the same VMAs; they differ in how many nodes they visit.
 */
import type { Vma } from "./vma.js";

/** A node of an index as it is drawn. */
export interface IndexNode {
  readonly start: bigint;
  readonly end: bigint;
  readonly perms: string;
  /** The fields of the node by the names of the kernel source; another node is given by its start, null for none. */
  readonly fields: Readonly<Record<string, bigint | number | null>>;
}

/** An index as it is drawn. */
export interface IndexSnapshot {
  /** Which structure is in use now. */
  readonly kind: "list" | "list+avl";
  /** Start of the root, where there is a tree. */
  readonly root: bigint | null;
  /** In address order. */
  readonly nodes: readonly IndexNode[];
}

/** What a search found, and the nodes it looked at, first to last. */
export interface SearchPath {
  readonly found: Vma | null;
  readonly visited: readonly Vma[];
}

/** VMAs ordered by address. */
export interface VmaIndex {
  /** How many VMAs there are (`map_count`). */
  readonly size: number;
  /** Nodes looked at by searches since the index was made. */
  readonly visits: number;
  /** `find_vma`: the first VMA that ends above `page`, or null. It need not contain it. */
  find(page: number): Vma | null;
  /** As `find`, with the nodes looked at. Counts no visits. */
  path(page: number): SearchPath;
  first(): Vma | null;
  /** The VMA after this one. */
  next(vma: Vma): Vma | null;
  /** The last VMA that ends at or below `page`, or null. */
  before(page: number): Vma | null;
  /** Adds a VMA that overlaps none. */
  insert(vma: Vma): void;
  remove(vma: Vma): void;
  /** Changes the bounds of a VMA without moving it past a neighbour. */
  resize(vma: Vma, start: number, end: number): void;
  /** The same index over copies of its VMAs. */
  clone(copyOf: (vma: Vma) => Vma): VmaIndex;
  snapshot(): IndexSnapshot;
}
