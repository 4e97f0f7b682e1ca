/** Calls that were made for real and that the model could not follow: a comparison names them instead of hiding them. */
import type { ComparisonRow } from "../views/index.js";

/** Different notes kept; a cell makes few. */
const MOST_KEPT = 100;

/** The notes of one lab. */
export class Unmodelled {
  readonly #notes = new Map<string, { why: string; times: number }>();

  /**
   * Notes a call.
   * @param what the call in a few words
   * @param why why the model did not follow
   */
  note(what: string, why: string): void {
    const known = this.#notes.get(what);
    if (known !== undefined) known.times += 1;
    else if (this.#notes.size < MOST_KEPT) this.#notes.set(what, { why, times: 1 });
  }

  /** A line for each different call. */
  get rows(): readonly ComparisonRow[] {
    return [...this.#notes].map(([what, { why, times }]) => ({
      what,
      kernel: times === 1 ? "done once" : `done ${String(times)} times`,
      model: "not followed",
      verdict: "explained",
      why,
    }));
  }

  /** Forgets them. */
  clear(): void {
    this.#notes.clear();
  }
}
