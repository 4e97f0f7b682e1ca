/**
 * Zooming and panning by keys: plus and minus zoom along x, shift with the left and right arrows pans, Home shows everything.
 * Plain left and right arrows go from point to point (plot.ts). Vertical arrows are left to the page, which scrolls or
 * changes the cell by them.
 */

/** A change for `Plotly.relayout`, e.g. `{"xaxis.range": [0, 4]}`. */
export type RangeChange = Record<`${"x" | "y"}axis${string}.range`, [number, number]>;

/** A key that was pressed. */
export interface PlotKey {
  readonly key: string;
  readonly shiftKey: boolean;
}

type LayoutLike = Readonly<Record<string, unknown>>;

const ZOOM = 1.5;
const PAN = 0.25;

/**
 * What a key does to the ranges of the x axes.
 * @param now the layout as it is, after earlier zooming
 * @param whole the layout as first drawn
 * @returns null where the key means nothing here
 */
export function rangesAfterKey(key: PlotKey, now: LayoutLike, whole: LayoutLike): RangeChange | null {
  const change: RangeChange = {};
  for (const axis of Object.keys(whole).filter(isAxisName)) {
    const first = rangeOf(whole[axis]);
    const range = rangeOf(now[axis]) ?? first;
    if (!first || !range) continue;
    const next = key.key === "Home" ? first : axis.startsWith("x") && !isFixed(whole[axis]) ? moved(key, range) : null;
    if (next) change[`${axis}.range`] = next;
  }
  return Object.keys(change).length > 0 ? change : null;
}

/** The layout with ranges that {@link rangesAfterKey} gave. */
export function withRanges<AnyLayout extends object>(layout: AnyLayout, ranges: RangeChange): AnyLayout {
  const zoomed = { ...layout };
  for (const [path, range] of Object.entries(ranges)) {
    const name = path.slice(0, -".range".length);
    const axis: unknown = Reflect.get(layout, name);
    if (typeof axis === "object" && axis !== null) Reflect.set(zoomed, name, { ...axis, range });
  }
  return zoomed;
}

/** The axes of a layout that have a range. */
export function axisNames(layout: LayoutLike): string[] {
  return Object.keys(layout).filter((name) => isAxisName(name) && rangeOf(layout[name]) !== null);
}

function isAxisName(name: string): name is `${"x" | "y"}axis${string}` {
  return /^[xy]axis\d*$/.test(name);
}

function isFixed(axis: unknown): boolean {
  return typeof axis === "object" && axis !== null && Reflect.get(axis, "fixedrange") === true;
}

function moved({ key, shiftKey }: PlotKey, [from, to]: [number, number]): [number, number] | null {
  const centre = (from + to) / 2;
  const width = to - from;
  switch (key) {
    case "+":
    case "=":
      return [centre - width / 2 / ZOOM, centre + width / 2 / ZOOM];
    case "-":
      return [centre - (width / 2) * ZOOM, centre + (width / 2) * ZOOM];
    case "ArrowLeft":
      return shiftKey ? [from - width * PAN, to - width * PAN] : null;
    case "ArrowRight":
      return shiftKey ? [from + width * PAN, to + width * PAN] : null;
    default:
      return null;
  }
}

export function rangeOf(axis: unknown): [number, number] | null {
  if (typeof axis !== "object" || axis === null || !("range" in axis) || !Array.isArray(axis.range)) return null;
  const range: readonly unknown[] = axis.range;
  const [from, to] = range;
  return typeof from === "number" && typeof to === "number" ? [from, to] : null;
}
