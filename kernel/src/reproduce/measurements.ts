/** Records, asked by measure and case. */
import { matches, recordKey, type Case, type ExperimentRecord } from "./record.js";
import { summarize, type Summary } from "./statistics/summary.js";

/** The records of one experiment, of all its runs. */
export class Measurements {
  constructor(readonly records: readonly ExperimentRecord[]) {}

  /** Those with a measure and the values of a case, which may leave some open, in the order of runs and samples. */
  of(measure: string, where: Case = {}): ExperimentRecord[] {
    return this.records
      .filter((record) => record.measure === measure && matches(record.case, where))
      .sort((a, b) => a.run - b.run || a.sample - b.sample || (recordKey(a) < recordKey(b) ? -1 : 1));
  }

  /** Their values. */
  values(measure: string, where: Case = {}): number[] {
    return this.of(measure, where).map(({ value }) => value);
  }

  /** Their values, those of each run by themselves. */
  runs(measure: string, where: Case = {}): number[][] {
    const byRun = new Map<number, number[]>();
    for (const { run, value } of this.of(measure, where)) {
      const values = byRun.get(run);
      if (values === undefined) byRun.set(run, [value]);
      else values.push(value);
    }
    return [...byRun.values()];
  }

  /** Their summary; undefined where there are none. */
  summary(measure: string, where: Case = {}): Summary | undefined {
    const runs = this.runs(measure, where);
    return runs.length === 0 ? undefined : summarize(runs);
  }

  /** The median of what is left after the warm-up; undefined where there are none. */
  median(measure: string, where: Case = {}): number | undefined {
    return this.summary(measure, where)?.median;
  }

  /** Each distinct case of a measure with its unit, in the order of the records. */
  cases(): { readonly measure: string; readonly unit: string; readonly kind: ExperimentRecord["kind"]; readonly case: Case }[] {
    const seen = new Map<string, ExperimentRecord>();
    for (const record of this.records) {
      const key = recordKey({ ...record, run: 0, sample: 0 });
      if (!seen.has(key)) seen.set(key, record);
    }
    return [...seen.values()].map(({ measure, unit, kind, case: where }) => ({ measure, unit, kind, case: where }));
  }
}
