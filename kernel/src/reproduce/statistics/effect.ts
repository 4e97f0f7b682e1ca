/** How far two samples lie apart. */
import { medianSorted, quantileSorted, sampleWithReplacement, wilcoxonRankSum } from "simple-statistics";
import { ascending, fixedDraws } from "./summary.js";

/** The difference of two samples. */
export interface Effect {
  /** The median of the second by that of the first; undefined where the first is 0. */
  readonly ratio: number | undefined;
  /** Ends of the 95 % bootstrap interval of the ratio. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /**
   * Cliff's delta, from -1 to 1: how much more often a value of the second is above one of the first than below it. 0: they
   * overlap fully; 1: all of the second lie above all of the first.
   */
  readonly delta: number;
}

const RESAMPLES = 1000;
const MOST_DRAWN = 400;

/**
 * @param first, second observations of one thing at two places; one at least each
 * @throws Error where one is empty
 */
export function effect(first: readonly number[], second: readonly number[]): Effect {
  const [m, n] = [first.length, second.length];
  // The rank sum tells how often a value of the second is above one of the first: Mann and Whitney's U.
  const above = wilcoxonRankSum([...second], [...first]) - (n * (n + 1)) / 2;
  const delta = (2 * above) / (m * n) - 1;
  const draws = fixedDraws();
  const median = (values: readonly number[]) =>
    medianSorted(ascending(sampleWithReplacement([...values], Math.min(values.length, MOST_DRAWN), draws)));
  const base = medianSorted(ascending(first));
  if (base === 0) return { ratio: undefined, low: undefined, high: undefined, delta };
  const ratios = ascending(Array.from({ length: RESAMPLES }, () => median(second) / median(first)).filter(Number.isFinite));
  const [low, high] = ratios.length === 0 ? [undefined, undefined] : [quantileSorted(ratios, 0.025), quantileSorted(ratios, 0.975)];
  return { ratio: medianSorted(ascending(second)) / base, low, high, delta };
}

/** Cliff's delta in words, by the thresholds of Romano et al. (2006). */
export function effectWord(delta: number): "negligible" | "small" | "medium" | "large" {
  const size = Math.abs(delta);
  return size < 0.147 ? "negligible" : size < 0.33 ? "small" : size < 0.474 ? "medium" : "large";
}
