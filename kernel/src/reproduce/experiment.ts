/** What an experiment is: its notebook, what was published, which shape is expected to hold, what it needs. Data, but for the judgement. */
import type { Measurements } from "./measurements.js";
import type { Case } from "./record.js";

/** A value of a notebook's parameter. */
export type ParameterValue = string | number | boolean | null | readonly (string | number)[];

/** A figure somebody published. */
export interface Published {
  /** What was measured. */
  readonly what: string;
  /** As it was printed, with its unit. */
  readonly value: string;
  readonly source: string;
  /** On what; "not named" where the source does not say. */
  readonly hardware: string;
  /** Where our figure for it stands; absent where nothing here can be put beside it. */
  readonly ours?: { readonly measure: string; readonly case: Case };
}

/** Whether a shape held. */
export interface Verdict {
  readonly outcome: "held" | "not held" | "cannot be judged";
  /** The figures it rests on, or why it cannot be judged. */
  readonly seen: string;
}

/** What is expected to be the same on other machines, though no single figure is. It can turn out wrong. */
export interface Shape {
  /** The criterion, in a sentence with its numbers. */
  readonly criterion: string;
  judge(measurements: Measurements): Verdict;
}

/** What a run takes. */
export interface Needs {
  /** Bytes of its files, in the folder of the results. */
  readonly diskBytes: number;
  /** Bytes of memory besides what the kernel's processes take. */
  readonly memoryBytes: number;
}

/** One experiment. */
export interface Experiment {
  /** Its name on the command line. */
  readonly id: string;
  readonly title: string;
  /** File in notebooks/reproduce. */
  readonly notebook: string;
  /** What `--quick` sets. */
  readonly quick: Readonly<Record<string, ParameterValue>>;
  /** Seconds a run takes about, whole and quick: the first guess of the time left. */
  readonly seconds: { readonly whole: number; readonly quick: number };
  readonly needs: Needs;
  readonly published: readonly Published[];
  readonly shapes: readonly Shape[];
  /** What cannot be shown with it, on any machine or on a small one. */
  readonly cannotShow: readonly string[];
}

/** A median to compare: of a measure in a case. */
export interface Quantity {
  readonly measure: string;
  readonly case: Case;
}

/** A shape that compares two medians. */
export interface RatioShape {
  readonly criterion: string;
  readonly of: Quantity;
  readonly over: Quantity;
  /** The ratio is to be at least this. */
  readonly least?: number;
  /** The ratio is to be at most this. */
  readonly most?: number;
}

/** A number with as many digits as say something. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** The shape that the ratio of two medians lies within bounds. */
export function ratioShape({ criterion, of, over, least, most }: RatioShape): Shape {
  return {
    criterion,
    judge(measurements) {
      const [above, below] = [measurements.median(of.measure, of.case), measurements.median(over.measure, over.case)];
      if (above === undefined || below === undefined)
        return {
          outcome: "cannot be judged",
          seen: "no records of one of the two: the parameters left them out, or they cannot be made here",
        };
      if (below === 0) return { outcome: "cannot be judged", seen: `the ratio of ${shortNumber(above)} to 0 has no value` };
      const ratio = above / below;
      const held = ratio >= (least ?? -Infinity) && ratio <= (most ?? Infinity);
      return { outcome: held ? "held" : "not held", seen: `${shortNumber(above)} / ${shortNumber(below)} = ${shortNumber(ratio)}` };
    },
  };
}
