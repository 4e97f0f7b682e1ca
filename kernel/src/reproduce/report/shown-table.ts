/** Tables as a cell shows them. */
import { DISPLAY, mimeBundle } from "../../lab/publish.js";
import { VIEW_VERSION, toText, type TableView, type View } from "../../views/index.js";

/** Tables under one another. */
export class ShownTable {
  constructor(
    readonly tables: readonly TableView[],
    readonly title = "Results",
  ) {}

  get view(): View {
    const [only, ...others] = this.tables;
    if (only !== undefined && others.length === 0) return only;
    return { kind: "observation", title: this.title, views: this.tables };
  }

  /** As text, for a terminal. */
  toString(): string {
    return this.tables.map((table) => toText({ version: VIEW_VERSION, ...table })).join("\n\n");
  }

  /** How a cell shows it. */
  [DISPLAY](): Record<string, unknown> {
    return mimeBundle(this.view);
  }
}
