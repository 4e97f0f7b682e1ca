/**
 * What an index did to itself during an operation, for display: each rotation, recolouring, split and merge in order.
 * Off unless asked for, because putting steps into words costs more than taking them.
 */

/** How a node is named: a VMA in a list or tree by its start address, a node of the maple tree by its number. */
export type NodeId = bigint | number;

/** What happened to a node. */
export type IndexStepKind =
  /** A VMA came in, or went out. */
  | "link"
  | "unlink"
  /** The AVL tree was built over the list. */
  | "build"
  /** A node went down to the left or to the right, and its child took its place. */
  | "rotate-left"
  | "rotate-right"
  /** A node of the red-black tree changed its colour. */
  | "recolour"
  /** Slots of a leaf of the maple tree were written. */
  | "write"
  /** A node of the maple tree became two, took in a neighbour, or shared slots with it. */
  | "split"
  | "merge"
  | "rebalance"
  /** The maple tree became one level higher or lower. */
  | "grow"
  | "shrink";

/** One change of an index. */
export interface IndexStep {
  readonly kind: IndexStepKind;
  /** The node it happened to. */
  readonly node: NodeId;
  /** In words. */
  readonly text: string;
}

/** The steps of one index since they were last cleared. */
export class StepLog {
  private steps: IndexStep[] = [];

  /** @param enabled whether steps are kept at all */
  constructor(readonly enabled = false) {}

  /** Adds a step; `text` is asked only where steps are kept. */
  add(kind: IndexStepKind, node: () => NodeId, text: () => string): void {
    if (this.enabled) this.steps.push({ kind, node: node(), text: text() });
  }

  clear(): void {
    if (this.steps.length > 0) this.steps = [];
  }

  get list(): readonly IndexStep[] {
    return this.steps;
  }
}
