/** Order statistics of measured times: the one place where percentiles are defined. */

/** Sorts a copy by size. */
export function sortedAscending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The nearest-rank quantile: the smallest value that at least the share `q` of all values do not exceed. Unlike an
 * interpolated one it is always a value that was really measured.
 * @param sorted ascending, not empty
 * @param q in 0..1
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(q * sorted.length)));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError("quantile of no values: check that there is at least one");
  return value;
}

/** A series of times in a few numbers, in nanoseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Summarises sorted times; null where there are none. */
export function latencySummary(sorted: ArrayLike<number>): LatencySummary | null {
  if (sorted.length === 0) return null;
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  };
}

/**
 * Positions in a sorted list of `count` values that draw its distribution with at most `most` points: evenly spaced,
 * always with the first and the last.
 */
export function thinnedRanks(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.round((index * (count - 1)) / (most - 1)));
}
