/** Two result sets side by side: of two machines, two kernels, two days. */
import type { TableCell, TableView } from "../../views/index.js";
import { Measurements } from "../measurements.js";
import { shortNumber } from "../experiment.js";
import { caseText, recordKey, type ExperimentRecord } from "../record.js";
import { effect, effectWord } from "../statistics/effect.js";
import { settled } from "../statistics/summary.js";
import { summaryText } from "./tables.js";

/** One quantity in both sets. */
function row(experiment: string, [first, second]: readonly [Measurements, Measurements], example: ExperimentRecord): TableCell[] {
  const { measure, unit, kind, case: where } = example;
  const head = [{ text: experiment }, { text: caseText(where) }, { text: measure }];
  const [a, b] = [first.summary(measure, where), second.summary(measure, where)];
  const shown = [a, b].map((summary) => ({ text: summary === undefined ? "none" : summaryText(summary, unit) }));
  if (a === undefined || b === undefined) return [...head, ...shown, { text: "" }, { text: "only in one", tone: "warn" }];
  if (kind === "exact") {
    const same = a.min === b.min && a.max === b.max;
    return [...head, ...shown, { text: "" }, same ? { text: "equal", tone: "ok" } : { text: "differs", tone: "bad" }];
  }
  const { ratio, low, high, delta } = effect(settled(first.runs(measure, where)), settled(second.runs(measure, where)));
  const interval = low === undefined || high === undefined ? "" : ` [${shortNumber(low)} to ${shortNumber(high)}]`;
  return [
    ...head,
    ...shown,
    { text: ratio === undefined ? "" : `${shortNumber(ratio)}${interval}` },
    { text: `${effectWord(delta)} (${shortNumber(delta)})` },
  ];
}

/**
 * Every quantity of two sets: exact counts are equal or not; of all else the ratio of the medians, and how far the samples lie apart.
 * @param names of the two sets
 */
export function comparisonTable(
  names: readonly [string, string],
  sets: readonly [readonly ExperimentRecord[], readonly ExperimentRecord[]],
): TableView {
  const experiments = [...new Set(sets.flat().map(({ experiment }) => experiment))].sort();
  const rows = experiments.flatMap((experiment) => {
    const of = (set: readonly ExperimentRecord[]) => set.filter((record) => record.experiment === experiment);
    const measured = [new Measurements(of(sets[0])), new Measurements(of(sets[1]))] as const;
    const examples = new Map(sets.flatMap(of).map((record) => [recordKey({ ...record, run: 0, sample: 0 }), record]));
    return [...examples.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, example]) => row(experiment, measured, example));
  });
  return {
    kind: "table",
    title: `${names[0]} (A) and ${names[1]} (B)`,
    headings: ["experiment", "case", "measure", "A", "B", "B / A", "difference"],
    rows,
    caption:
      "Exact counts are equal or not. Of all else: the ratio of the medians with its 95 % bootstrap interval, and the size of the difference with Cliff's delta (1: all of B lie above all of A).",
  };
}
