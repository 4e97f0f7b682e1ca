/** Where axes of time are labelled, in one unit's steps. */
import { formatNs } from "mmaplab/views";

/** A labelled time. */
export interface TimeTick {
  readonly ns: number;
  readonly text: string;
}

/** Four to ten round times between two, in nanoseconds; times before 0 have no label. */
export function timeTicks(from: number, to: number): TimeTick[] {
  const first = Math.max(0, from);
  if (to <= first) return [{ ns: first, text: formatNs(first) }];
  const rough = (to - first) / 6;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10) * decade;
  const count = Math.floor(to / step + 1e-9) - Math.ceil(first / step - 1e-9) + 1;
  return Array.from({ length: count }, (_, index) => {
    const ns = (Math.ceil(first / step - 1e-9) + index) * step;
    // Three digits would not tell neighbours apart where the step is small beside the time.
    return { ns, text: step < ns / 400 ? exactly(ns, step) : formatNs(ns) };
  });
}

/** A time with as many digits as the step needs, in its largest unit. */
function exactly(ns: number, step: number): string {
  const [unit, size] = ns >= 1e9 ? ["s", 1e9] : ns >= 1e6 ? ["ms", 1e6] : ns >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return `${(ns / size).toFixed(Math.min(9, digits))} ${unit}`;
}
