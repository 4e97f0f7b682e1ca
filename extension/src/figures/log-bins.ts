/** Bins of equal width on a log axis, the same for all series, so that their histograms can be compared. */

/** Edges of the bins, ascending; one more than there are bins. */
export type BinEdges = readonly number[];

const FEWEST = 8;
const MOST = 48;

/**
 * @param shortest more than 0
 * @param longest not less than `shortest`
 * @param count how many values the longest series has: few values need wide bins
 */
export function logBins(shortest: number, longest: number, count: number): BinEdges {
  const bins = Math.min(MOST, Math.max(FEWEST, Math.ceil(2 * Math.cbrt(count))));
  const [low, high] = [Math.log10(shortest), Math.log10(longest)];
  // A single value gets bins around it.
  const margin = high - low < 1e-6 ? 0.05 : 0;
  const step = (high - low + 2 * margin) / bins;
  return Array.from({ length: bins + 1 }, (_, index) => 10 ** (low - margin + index * step));
}

/**
 * How many values fall into each bin. The smallest and the largest value are in the first and the last one, whatever rounding did to
 * the edges.
 * @param sorted ascending
 */
export function countInBins(sorted: ArrayLike<number>, edges: BinEdges): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    const value = sorted[index] ?? 0;
    while (bin < counts.length - 1 && value >= (edges[bin + 1] ?? Infinity)) bin += 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
