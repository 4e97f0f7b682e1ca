/** `lab.compare()`: where model and kernel agree, everything looked at. */
import type { ComparisonRow, ComparisonView } from "../../views/index.js";
import type { Lab } from "../lab.js";
import { joined } from "../observation/mappings.js";
import { DISPLAY, mimeBundle } from "../publish.js";
import { within } from "../world.js";
import { comparisonView } from "./rows.js";
import { stateRows } from "./state.js";

/** What a comparison found. Printed in a cell it is a table. */
export class Comparison {
  /** Made by `lab.compare()`. */
  constructor(readonly rows: readonly ComparisonRow[]) {}

  /** Lines that agree. */
  get equal(): readonly ComparisonRow[] {
    return this.rows.filter(({ verdict }) => verdict === "equal");
  }

  /** Lines that differ for a known reason. */
  get explained(): readonly ComparisonRow[] {
    return this.rows.filter(({ verdict }) => verdict === "explained");
  }

  /** Lines that differ, and nobody knows why. */
  get unexplained(): readonly ComparisonRow[] {
    return this.rows.filter(({ verdict }) => verdict === "unexplained");
  }

  /** The table as data. */
  get view(): ComparisonView {
    const { equal, explained, unexplained } = this;
    const title = `Model and kernel: ${String(equal.length)} equal, ${String(explained.length)} explained, ${String(unexplained.length)} unexplained`;
    return comparisonView(title, this.rows);
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    return mimeBundle(this.view);
  }
}

/**
 * Compares everything: how each call so far ended, its faults, and the VMAs, residency and contents there are now, in every process.
 * @param lab the lab, with the ledger of its calls
 */
export function compareAll(lab: Lab): Comparison {
  lab.descriptors.learn();
  const { model, pair } = lab.live;
  const states = lab.livingProcesses().flatMap((process) => {
    const around = lab.around(process);
    return stateRows(within(pair.kernel, process), within(model, process), joined(around.ownRanges()), around);
  });
  return new Comparison([...lab.ledger.rows, ...states]);
}
