/** Keeps what the comparison of each operation found, so that a long session does not keep every fault in memory. */
import type { ComparisonRow } from "../../views/index.js";
import type { PairEvent } from "../pair.js";
import { eventRows } from "./events.js";
import { row } from "./rows.js";
import type { Surroundings } from "./surroundings.js";

/** Differences kept in full; later ones are only counted. */
const MOST_KEPT = 1000;

/** The running comparison of all operations. */
export class Ledger {
  #agreed = 0;
  #dropped = 0;
  readonly #differences: ComparisonRow[] = [];

  /** Compares one operation. */
  enter(event: PairEvent, lab: Surroundings): void {
    for (const line of eventRows(event, lab)) {
      if (line.verdict === "equal") this.#agreed += 1;
      else if (this.#differences.length < MOST_KEPT) this.#differences.push(line);
      else this.#dropped += 1;
    }
  }

  /** One line for all that agreed, then one for each difference. */
  get rows(): readonly ComparisonRow[] {
    const text = `${String(this.#agreed)} agree`;
    const summary = this.#agreed === 0 ? [] : [row("outcomes and faults of calls", text, text, () => null)];
    const more = this.#dropped === 0 ? [] : [row("further differences, not kept", `${String(this.#dropped)} lines`, "", () => null)];
    return [...summary, ...this.#differences, ...more];
  }
}
