/** Marks over a plot: the range that is pointed at in another figure of the output, the selected one, and the point the keyboard is at. */
import type { AddressAxes } from "./figures/index.js";
import type { AddressSpan } from "./output-link.js";
import { drawnAxis, pixelOf } from "./plot-pixels.js";
import type { PlotPoint } from "./plot-points.js";

export class PlotMarks {
  /** Lies over the plot and lets the mouse through. */
  readonly node = document.createElement("div");
  readonly #label = document.createElement("div");
  #spans: Partial<Record<"hover" | "select", AddressSpan | null>> = {};
  #point: PlotPoint | null = null;

  constructor(private readonly plot: HTMLElement) {
    this.node.className = "mmaplab-marks";
    this.#label.className = "mmaplab-point-label";
    this.#label.setAttribute("role", "status");
    this.node.append(this.#label);
  }

  setSpan(kind: "hover" | "select", span: AddressSpan | null): void {
    this.#spans[kind] = span;
  }

  setPoint(point: PlotPoint | null): void {
    this.#point = point;
  }

  get point(): PlotPoint | null {
    return this.#point;
  }

  /** Puts every mark where it belongs now. */
  draw(addresses: AddressAxes | undefined): void {
    for (const old of this.node.querySelectorAll(".mmaplab-mark, .mmaplab-point")) old.remove();
    if (addresses)
      for (const kind of ["hover", "select"] as const) {
        const span = this.#spans[kind];
        if (span) for (const axis of addresses.axes) this.#markSpan(kind, span, addresses, axis);
      }
    this.#markPoint();
  }

  #markSpan(kind: string, span: AddressSpan, addresses: AddressAxes, name: string): void {
    const { direction } = addresses;
    const along = drawnAxis(this.plot, name);
    const across = drawnAxis(this.plot, name.replace(direction, direction === "x" ? "y" : "x"));
    if (!along || !across) return;
    const size = BigInt(addresses.pageSize);
    const [first, last] = [Number(span.from / size), Number((span.to + size - 1n) / size)];
    const ends = [addresses.position(first), addresses.position(Math.max(first + 1, last) - 1) + 1].map((value) =>
      pixelOf(along, value, direction),
    );
    const low = Math.max(along.offset, Math.min(...ends));
    const high = Math.min(along.offset + along.length, Math.max(...ends));
    if (high < low) return;
    const mark = document.createElement("div");
    mark.className = `mmaplab-mark mmaplab-mark-${kind}`;
    const [length, from] = [`${Math.max(2, high - low)}px`, `${low}px`];
    const [width, start] = [`${across.length}px`, `${across.offset}px`];
    if (direction === "x") Object.assign(mark.style, { left: from, width: length, top: start, height: width });
    else Object.assign(mark.style, { top: from, height: length, left: start, width });
    this.node.append(mark);
  }

  #markPoint(): void {
    const point = this.#point;
    const text = point?.words() ?? "";
    if (this.#label.textContent !== text) this.#label.textContent = text;
    this.#label.hidden = text === "";
    if (!point) return;
    const [xAxis, yAxis] = [drawnAxis(this.plot, axisName(point.xaxis)), drawnAxis(this.plot, axisName(point.yaxis))];
    if (!xAxis || !yAxis) return;
    const [x, y] = [pixelOf(xAxis, point.x, "x"), pixelOf(yAxis, point.y, "y")];
    const ring = document.createElement("div");
    ring.className = "mmaplab-point";
    Object.assign(ring.style, { left: `${x}px`, top: `${y}px` });
    this.node.append(ring);
    const right = x > this.plot.clientWidth / 2;
    Object.assign(this.#label.style, {
      left: right ? "auto" : `${x + 12}px`,
      right: right ? `${this.plot.clientWidth - x + 12}px` : "auto",
      top: `${Math.max(0, y - 10)}px`,
    });
  }
}

/** "x2" as the layout names it: "xaxis2". */
export function axisName(reference: string): string {
  return `${reference.charAt(0)}axis${reference.slice(1)}`;
}
