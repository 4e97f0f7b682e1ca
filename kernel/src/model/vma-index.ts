/**
 * What an address space asks of the structure that orders its VMAs, so that lists and trees can stand in for each other.
 * All of them give the same VMAs; they differ in how many nodes they visit.
 *
 *     list-index.ts       a sorted list
 *     list-avl-index.ts   the list, and an AVL tree over it from 32 VMAs on     Linux 2.2 to 2.4.9
 *     rb-index.ts         the list, and a red-black tree over it                Linux 2.4.10 to 6.0
 *     maple-index.ts      a B-tree of ranges                                    Linux 6.1 on
 */
import type { NodeId, StepLog } from "./index-steps.js";
import type { Vma } from "./vma.js";

/** Which structure orders the VMAs. */
export type IndexKind = "list" | "list+avl" | "rb" | "maple";

/** A field of a node: another node by its start address, a number, a colour, or null for no node. */
export type FieldValue = bigint | number | string | null;

/** A VMA in a list or tree as it is drawn. */
export interface IndexNode {
  readonly start: bigint;
  readonly end: bigint;
  readonly perms: string;
  /** The fields that link it, by the names of the kernel source; another node is given by its start, null for none. */
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** A list, or a tree whose nodes are the VMAs themselves, as it is drawn. */
export interface LinkedSnapshot {
  /** Which structure is in use now: an index of kind "list+avl" is a "list" below 32 VMAs. */
  readonly kind: "list" | "list+avl" | "rb";
  /** Start of the root, where there is a tree. */
  readonly root: bigint | null;
  /** `mmap_cache`: start of the VMA that was found last. */
  readonly cache: bigint | null;
  /** In address order. */
  readonly nodes: readonly IndexNode[];
}

/** What a slot of a node of the maple tree holds. */
export type MapleContent =
  | { readonly kind: "vma"; readonly start: bigint; readonly end: bigint; readonly perms: string }
  /** Free addresses (a NULL entry). */
  | { readonly kind: "free" }
  /** A node below. */
  | { readonly kind: "node"; readonly node: number };

/** A slot of a node of the maple tree. */
export interface MapleSlotView {
  /** The last address the slot stands for; null in the last slot of a node, where the node above implies it. */
  readonly pivot: bigint | null;
  /** Bytes of the longest run of free addresses in it. The kernel stores it in internal nodes only. */
  readonly gap: bigint;
  readonly content: MapleContent;
}

/** A node of the maple tree as it is drawn. */
export interface MapleNodeView {
  readonly id: number;
  /** The types of the kernel source: maple_leaf_64 has 16 slots, maple_arange_64 has 10. */
  readonly type: "maple_leaf_64" | "maple_arange_64";
  /** First and last address it stands for. */
  readonly min: bigint;
  readonly max: bigint;
  readonly capacity: number;
  readonly slots: readonly MapleSlotView[];
}

/** The maple tree as it is drawn. */
export interface MapleSnapshot {
  readonly kind: "maple";
  readonly root: number;
  /** Levels of nodes: 1 while the root is a leaf. */
  readonly height: number;
  /** Level by level from the root, each from left to right. */
  readonly nodes: readonly MapleNodeView[];
}

/** An index as it is drawn. */
export type IndexSnapshot = LinkedSnapshot | MapleSnapshot;

/** What a search found, and the nodes it looked at, first to last. */
export interface SearchPath {
  readonly found: Vma | null;
  readonly visited: readonly NodeId[];
  /** What a look at `mmap_cache` gave before the search; null where there is nothing in it, or no such field. */
  readonly cache: "hit" | "miss" | null;
}

/** A run of free pages. */
export interface Gap {
  readonly start: number;
  /** One past the last page. */
  readonly end: number;
}

/** VMAs ordered by address. */
export interface VmaIndex {
  /** How many VMAs there are (`map_count`). */
  readonly size: number;
  /** Nodes looked at by searches since the index was made; a look at `mmap_cache` is one. */
  readonly visits: number;
  /** What it did to itself, where that is kept. */
  readonly steps: StepLog;
  /** `find_vma`: the first VMA that ends above `page`, or null. It need not contain it. */
  find(page: number): Vma | null;
  /** As `find`, with the nodes looked at. Changes nothing and counts no visits. */
  path(page: number): SearchPath;
  first(): Vma | null;
  /** The VMA after this one. */
  next(vma: Vma): Vma | null;
  /** The last VMA that ends at or below `page`, or null. */
  before(page: number): Vma | null;
  /** The highest run of at least `pages` free pages in [low, high), clipped to it; null where there is none. */
  gapTopDown(pages: number, low: number, high: number): Gap | null;
  /** Adds a VMA that overlaps none. */
  insert(vma: Vma): void;
  remove(vma: Vma): void;
  /** Changes the bounds of a VMA without moving it past a neighbour or onto one. */
  resize(vma: Vma, start: number, end: number): void;
  /** The same index over copies of its VMAs. */
  clone(copyOf: (vma: Vma) => Vma): VmaIndex;
  /** The fields that link a VMA of this index, by the names of the kernel source. */
  fieldsOf(vma: Vma): Readonly<Record<string, FieldValue>>;
  snapshot(): IndexSnapshot;
}
