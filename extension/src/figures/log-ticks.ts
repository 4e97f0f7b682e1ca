/** Where log axes are labelled. A zoomed one gets more labels: 2 and 5 between the decades, and at last even steps. */
import { formatNs } from "mmaplab/views";
import { timeTicks } from "./time-ticks.js";

/** A labelled place on a log axis. */
export interface LogTick {
  /** The value, not its logarithm. */
  readonly at: number;
  readonly text: string;
}

/** Decades up to which 2 and 5 are labelled as well. */
const FEW_DECADES = 2.5;
/** A window below so many decades is labelled in even steps. */
const NARROW_DECADES = 0.5;
/** Labels that fit. */
const MOST_DECADES = 10;

/**
 * Labels of a log axis of times.
 * @param low the logarithm of the shortest time in sight, in nanoseconds; as plotly gives ranges, it may be the larger one
 */
export function logTimeTicks(low: number, high: number): LogTick[] {
  const [from, to] = ascending(low, high);
  if (to - from < NARROW_DECADES) return timeTicks(10 ** from, 10 ** to).map(({ ns, text }) => ({ at: ns, text }));
  return roundValues(from, to).map((at) => ({ at, text: formatNs(at) }));
}

/** Labels of a log axis of whole numbers; no number has two. */
export function logCountTicks(low: number, high: number): LogTick[] {
  const [from, to] = ascending(low, high);
  if (to - from >= NARROW_DECADES)
    return roundValues(from, to)
      .filter((at) => at >= 1)
      .map(countTick);
  const [first, last] = [Math.max(1, Math.ceil(10 ** from)), Math.floor(10 ** to)];
  const step = Math.max(1, Math.ceil((last - first) / 6));
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, index) => countTick(first + index * step));
}

function countTick(at: number): LogTick {
  return { at, text: String(Math.round(at)) };
}

/** 1, 10, 100 ..., with 2 and 5 between where there are few, that lie between two logarithms. */
function roundValues(from: number, to: number): number[] {
  const factors = to - from <= FEW_DECADES ? [1, 2, 5] : [1];
  const every = Math.ceil((to - from) / MOST_DECADES);
  const values: number[] = [];
  for (let decade = Math.floor(from); decade <= Math.ceil(to); decade += 1) {
    if (decade % every !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** decade;
      if (Math.log10(value) >= from && Math.log10(value) <= to) values.push(value);
    }
  }
  return values;
}

function ascending(low: number, high: number): readonly [number, number] {
  return low <= high ? [low, high] : [high, low];
}
