/** Where values of an axis lie on the page. Plotly keeps this in its full layout, which has no types and no promise: if it is not there, nothing is marked. */

/** An axis as it is drawn now. */
export interface DrawnAxis {
  /** From the left or the top of the plot, in pixels. */
  readonly offset: number;
  readonly length: number;
  readonly range: readonly [number, number];
  readonly log: boolean;
}

/** @param name as in the layout: "xaxis2" */
export function drawnAxis(plot: HTMLElement, name: string): DrawnAxis | null {
  const layout: unknown = Reflect.get(plot, "_fullLayout");
  const axis: unknown = typeof layout === "object" && layout !== null ? Reflect.get(layout, name) : null;
  if (typeof axis !== "object" || axis === null) return null;
  const [offset, length, range]: unknown[] = [Reflect.get(axis, "_offset"), Reflect.get(axis, "_length"), Reflect.get(axis, "range")];
  if (typeof offset !== "number" || typeof length !== "number" || !Array.isArray(range)) return null;
  const [from, to]: unknown[] = range;
  if (typeof from !== "number" || typeof to !== "number" || from === to) return null;
  return { offset, length, range: [from, to], log: Reflect.get(axis, "type") === "log" };
}

/** The pixel of a value; outside the axis it lies outside `offset` ... `offset + length`. */
export function pixelOf({ offset, length, range, log }: DrawnAxis, value: number, direction: "x" | "y"): number {
  const at = ((log ? Math.log10(value) : value) - range[0]) / (range[1] - range[0]);
  return offset + length * (direction === "x" ? at : 1 - at);
}

/** The ranges of all axes that are drawn, by their names in the layout. */
export function drawnRanges(plot: HTMLElement, names: readonly string[]): Record<string, readonly [number, number]> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const axis = drawnAxis(plot, name);
      return axis ? [[name, axis.range] as const] : [];
    }),
  );
}
