/** What the figures of one output tell each other, so that pointing at memory in one points at it in all. */

/** A range of addresses; `to` is one past the last byte. */
export interface AddressSpan {
  readonly from: bigint;
  readonly to: bigint;
}

/** `hover` and `select` mark a range (null for none); `window` is what a figure was zoomed to (null for everything). */
export interface LinkEvent {
  readonly kind: "hover" | "select" | "window";
  readonly span: AddressSpan | null;
}

export type LinkListener = (event: LinkEvent) => void;

/** Passes what one figure says on to the others. */
export class OutputLink {
  readonly #listeners = new Set<LinkListener>();

  /** @returns ends it */
  join(listener: LinkListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everyone but the one who says it. */
  tell(event: LinkEvent, from: LinkListener): void {
    for (const listener of this.#listeners) if (listener !== from) listener(event);
  }
}
