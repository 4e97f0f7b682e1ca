/** Something a cell asked to see: the last value of a cell is drawn, and it can be printed too. */
import { toText, VIEW_VERSION, type FigureView } from "../../views/index.js";
import { DISPLAY, mimeBundle, publish } from "../publish.js";

export class Shown<V extends FigureView = FigureView> {
  #shownIn: number | null = null;

  /** Made by the commands of `lab`. */
  constructor(
    /** The figure as data. */
    readonly view: V,
  ) {}

  /** Shows it now, in the running cell. */
  show(): this {
    this.#shownIn = publish(this.view);
    return this;
  }

  /** The figure as text. */
  toString(): string {
    return toText({ version: VIEW_VERSION, ...this.view });
  }

  /** What a cell shows when this is its last value: nothing if the same run of the cell has shown it already. */
  [DISPLAY](execution?: number): Record<string, unknown> | null {
    return execution !== undefined && execution === this.#shownIn ? null : mimeBundle(this.view);
  }
}
