/** The faults of one source as typed columns, so that a million of them are looked through in a few milliseconds. */
import type { AddressAxis, FaultColumns } from "mmaplab/views";

/** The faults of a source by position. All columns have one entry a fault, in the order of the source. */
export interface FaultPoints {
  readonly count: number;
  /** Time in nanoseconds, or the number in order from 1. */
  readonly x: Float64Array;
  /** Place on the address axis. */
  readonly y: Float64Array;
  /** 1 for a major fault or a signal. */
  readonly rare: Uint8Array;
  /** Faults by ascending x. */
  readonly order: Uint32Array;
}

/** A part of a panel; all ends are included. */
export interface PointWindow {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export function faultPoints(source: FaultColumns, axis: AddressAxis, basePage: number): FaultPoints {
  const count = source.page.length;
  const points = {
    count,
    x: new Float64Array(count),
    y: new Float64Array(count),
    rare: new Uint8Array(count),
    order: new Uint32Array(count),
  };
  const { page, atNs, faultKind } = source;
  let sorted = true;
  for (let index = 0; index < count; index += 1) {
    const x = atNs ? (atNs[index] ?? 0) : index + 1;
    if (index > 0 && x < (points.x[index - 1] ?? 0)) sorted = false;
    points.x[index] = x;
    points.y[index] = axis.position(basePage + (page[index] ?? 0)) + 0.5;
    // "m" is minor; the others are rare enough to be drawn one by one.
    points.rare[index] = faultKind.charCodeAt(index) === 109 ? 0 : 1;
    points.order[index] = index;
  }
  if (!sorted) points.order.sort((a, b) => (points.x[a] ?? 0) - (points.x[b] ?? 0));
  return points;
}

/** The faults inside a part, by ascending x; null as soon as there are more than `most`. */
export function pointsWithin(points: FaultPoints, { x, y }: PointWindow, most: number): number[] | null {
  const found: number[] = [];
  const [from, to] = rangeOfX(points, x);
  for (let rank = from; rank < to; rank += 1) {
    const index = points.order[rank] ?? 0;
    const at = points.y[index] ?? 0;
    if (at < y[0] || at > y[1]) continue;
    if (found.length === most) return null;
    found.push(index);
  }
  return found;
}

/** How many faults lie in each cell of a grid over a part. */
export interface Density {
  readonly columns: number;
  readonly rows: number;
  /** Row by row from the lowest y. */
  readonly cells: Uint32Array;
  /** Faults in the part. */
  readonly inside: number;
  readonly most: number;
  /** Major faults and signals in the part; null where there are more than asked for. */
  readonly rare: readonly number[] | null;
}

/** @param mostRare up to so many rare faults are given one by one, and are then not counted in the cells */
export function densityOf(points: FaultPoints, { x, y }: PointWindow, columns: number, rows: number, mostRare: number): Density {
  const cells = new Uint32Array(columns * rows);
  const rare: number[] = [];
  const [from, to] = rangeOfX(points, x);
  const [perX, perY] = [columns / (x[1] - x[0] || 1), rows / (y[1] - y[0] || 1)];
  const cellOf = (index: number): number => {
    const column = Math.min(columns - 1, Math.floor(((points.x[index] ?? 0) - x[0]) * perX));
    return Math.min(rows - 1, Math.floor(((points.y[index] ?? 0) - y[0]) * perY)) * columns + column;
  };
  let inside = 0;
  for (let rank = from; rank < to; rank += 1) {
    const index = points.order[rank] ?? 0;
    const at = points.y[index] ?? 0;
    if (at < y[0] || at > y[1]) continue;
    inside += 1;
    if (points.rare[index] === 1 && rare.length <= mostRare) rare.push(index);
    else {
      const cell = cellOf(index);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
  }
  const fit = rare.length <= mostRare;
  if (!fit)
    for (const index of rare) {
      const cell = cellOf(index);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
  const most = cells.reduce((largest, one) => Math.max(largest, one), 0);
  return { columns, rows, cells, inside, most, rare: fit ? rare : null };
}

/** The ranks in `order` whose x lies between, the second one excluded. */
function rangeOfX({ order, x: xs, count }: FaultPoints, [low, high]: readonly [number, number]): [number, number] {
  const firstWhere = (beyond: (x: number) => boolean): number => {
    let [from, to] = [0, count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (beyond(xs[order[middle] ?? 0] ?? 0)) to = middle;
      else from = middle + 1;
    }
    return from;
  };
  return [firstWhere((x) => x >= low), firstWhere((x) => x > high)];
}
