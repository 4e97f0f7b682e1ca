/** The figures of a sample: its warm-up, its median with an interval, its outliers. The formulas are those of simple-statistics. */
import { interquartileRange, medianSorted, quantileSorted, sampleWithReplacement, variance } from "simple-statistics";
import { Random } from "../../lab/fuzz/random.js";

/** A sample in short. */
export interface Summary {
  /** Observations after the warm-up. */
  readonly count: number;
  /** Observations at the start of runs that were left out as warm-up. */
  readonly warmUp: number;
  readonly median: number;
  /** Ends of the 95 % bootstrap interval of the median. */
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
  /** How many lie more than 1.5 interquartile ranges outside the quartiles (Tukey). They are kept: the median does not mind. */
  readonly outliers: number;
}

/** Resamples of a bootstrap. */
const RESAMPLES = 1000;
/** A resample draws at most so many: of a larger sample, the interval is that of this many, thus too wide rather than too narrow. */
const MOST_DRAWN = 400;
/** The share of the resamples within the interval. */
const CONFIDENCE = 0.95;
/** Shorter runs have no warm-up that could be told from chance. */
const SHORTEST_WITH_WARM_UP = 10;
/** Observations are taken in groups of so many when the warm-up is looked for. */
const GROUP = 5;

/** The values in ascending order. */
export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/**
 * How many observations at the start of a run are warm-up: the MSER-5 rule (White, 1997). It leaves out so many groups of five that
 * the variance of the mean of the rest is smallest, at most half of all.
 */
export function warmUpLength(values: readonly number[]): number {
  if (values.length < SHORTEST_WITH_WARM_UP) return 0;
  const groups = Array.from({ length: Math.floor(values.length / GROUP) }, (_, index) => {
    const group = values.slice(index * GROUP, (index + 1) * GROUP);
    return group.reduce((sum, value) => sum + value, 0) / GROUP;
  });
  const spread = (skipped: number): number => {
    const rest = groups.slice(skipped);
    return variance(rest) / rest.length;
  };
  let best = 0;
  for (let skipped = 1; skipped <= groups.length / 2; skipped += 1) if (spread(skipped) < spread(best)) best = skipped;
  return best * GROUP;
}

/** Numbers from 0 to 1 for the library, the same each time: a summary of the same records is the same summary. */
export function fixedDraws(): () => number {
  const random = new Random(1);
  return () => random.word() / 2 ** 32;
}

/**
 * The 95 % interval of a statistic by the percentile bootstrap.
 * @param statistic of a resample in ascending order
 */
export function bootstrapInterval(values: readonly number[], statistic: (sorted: number[]) => number): readonly [number, number] {
  const draws = fixedDraws();
  const drawn = Math.min(values.length, MOST_DRAWN);
  const statistics = Array.from({ length: RESAMPLES }, () => statistic(ascending(sampleWithReplacement([...values], drawn, draws))));
  const sorted = ascending(statistics);
  return [quantileSorted(sorted, (1 - CONFIDENCE) / 2), quantileSorted(sorted, (1 + CONFIDENCE) / 2)];
}

/** The values of runs, each without its warm-up. */
export function settled(runs: readonly (readonly number[])[]): number[] {
  return runs.flatMap((values) => values.slice(warmUpLength(values)));
}

/**
 * @param runs the observations of each run, in the order made; one at least
 * @throws Error where there is no observation
 */
export function summarize(runs: readonly (readonly number[])[]): Summary {
  const values = settled(runs);
  const sorted = ascending(values);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error("there is no observation to summarise: the records are empty");
  const [low, high] = min === max ? [min, max] : bootstrapInterval(values, medianSorted);
  const reach = 1.5 * interquartileRange(sorted);
  const [first, third] = [quantileSorted(sorted, 0.25), quantileSorted(sorted, 0.75)];
  const outliers = sorted.filter((value) => value < first - reach || value > third + reach).length;
  const warmUp = runs.reduce((sum, run) => sum + run.length, 0) - values.length;
  return { count: values.length, warmUp, median: medianSorted(sorted), low, high, min, max, outliers };
}
