/** Where axes of time are labelled, in one unit's steps. */
import { formatNs } from "mmaplab/views";

/** A labelled time. */
export interface TimeTick {
  readonly ns: number;
  readonly text: string;
}

/** Four to ten round times from 0 to `last` nanoseconds. */
export function timeTicks(last: number): TimeTick[] {
  if (last <= 0) return [{ ns: 0, text: formatNs(0) }];
  const rough = last / 6;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10) * decade;
  return Array.from({ length: Math.floor(last / step + 1e-9) + 1 }, (_, index) => ({ ns: index * step, text: formatNs(index * step) }));
}

/** Every decade from `shortest` to `longest` nanoseconds on a log axis, with 2 and 5 between where there are few. */
export function logTimeTicks(shortest: number, longest: number): TimeTick[] {
  const from = Math.floor(Math.log10(Math.max(1, shortest)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(1, longest))));
  const factors = to - from <= 2 ? [1, 2, 5] : [1];
  const ticks: TimeTick[] = [];
  for (let decade = from; decade <= to; decade += 1)
    for (const factor of factors) ticks.push({ ns: factor * 10 ** decade, text: formatNs(factor * 10 ** decade) });
  return ticks;
}
