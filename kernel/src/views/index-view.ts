/** The view of the structure that orders the VMAs of an address space: a list, an AVL tree, a red-black tree or a maple tree. */
import type { Hex } from "./view.js";

/** The structures, by the names the model has for them. */
export const INDEX_STRUCTURES = ["list", "list+avl", "rb", "maple"] as const;

export type IndexStructure = (typeof INDEX_STRUCTURES)[number];

/** What a slot of a node of the maple tree holds. */
export interface IndexSlot {
  /** First and last byte it stands for. */
  readonly first: Hex;
  readonly last: Hex;
  /** As in /proc/pid/maps where it holds a VMA; "free" for free addresses; "node" where it leads to a node below. */
  readonly holds: string;
}

/** A node as it is drawn. In lists and binary trees a node is a VMA; in the maple tree it holds several. */
export interface IndexNodeView {
  /** Names the node: the start address of its VMA, or "#" and the number of a node of the maple tree. */
  readonly id: string;
  /** Position of the node above in the list of nodes; -1 for the root, and for every node of a list. Always less than its own. */
  readonly parent: number;
  /** Among the children of its parent: 0 is the left one of a binary tree; the number of the slot in a maple tree. */
  readonly slot: number;
  /** The range it stands for; `last` is the last byte. */
  readonly first: Hex;
  readonly last: Hex;
  /** For a VMA, its rights as in /proc/pid/maps. */
  readonly perms?: string;
  /** For a red-black tree. */
  readonly colour?: "red" | "black";
  /** For an AVL tree, `vm_avl_height`. */
  readonly height?: number;
  /** For a maple tree. */
  readonly slots?: readonly IndexSlot[];
  /** How many slots the node has, used or not; for a maple tree. */
  readonly capacity?: number;
  /** Nodes below it, or behind it in a list, that are not listed. */
  readonly folded: number;
}

/** One thing that the index did to itself. */
export interface IndexChange {
  /** `rotate-left`, `split` and so on, as the model names it. */
  readonly change: string;
  /** The `id` of the node; it may be folded, or gone by now. */
  readonly node: string;
  readonly text: string;
}

/** The search for an address. */
export interface IndexLookup {
  readonly address: Hex;
  /** The listed nodes that were looked at, first to last, by `id`. */
  readonly visited: readonly string[];
  /** How many nodes were looked at in all. */
  readonly visits: number;
  /** Start of the VMA that was found (the first that ends above the address); null for none. */
  readonly found: Hex | null;
  /** Whether that VMA contains the address. */
  readonly contains: boolean;
  /** What `mmap_cache` gave; null where there is none. */
  readonly cache: "hit" | "miss" | null;
}

/** The index at one moment. */
export interface IndexFrame {
  /** What had just been done: "after the mapping at 0x7f..."; empty for the present state. */
  readonly label: string;
  /** The structure in use: "list+avl" is a "list" below 32 VMAs. */
  readonly structure: IndexStructure;
  readonly vmas: number;
  /** Levels of nodes; 0 for an empty index. */
  readonly levels: number;
  readonly nodes: readonly IndexNodeView[];
  /** Nodes that are not listed. */
  readonly folded: number;
  readonly lookup: IndexLookup | null;
  /** What the index did to itself in this step. */
  readonly changes: readonly IndexChange[];
}

/** The index, step by step. The last frame is the one shown first. */
export interface IndexView {
  readonly kind: "index";
  readonly title: string;
  /** What must be said beside it, e.g. that the tree was built anew from the VMAs there are. */
  readonly note?: string;
  /** At least one. */
  readonly frames: readonly IndexFrame[];
}
