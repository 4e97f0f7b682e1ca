/** From a view to the figure that shows it. A new kind of view gets a file here and a line below. */
import type { FigureView } from "mmaplab/views";
import { faultsFigure } from "./faults.js";
import type { Figure, FigureContext } from "./figure.js";
import { indexFigure } from "./index-tree.js";
import { latencyFigure } from "./latency.js";
import { mappingsFigure } from "./mappings.js";
import { pageTableFigure } from "./page-table.js";
import { sharedMemoryFigure } from "./shared-memory.js";

export { lazyWords } from "./figure.js";
export type { AddressAxes, Figure, FigureContext, FigureWindow, TraceMeta, WindowChange } from "./figure.js";

/** A view that is drawn by plotly; the others are tables. */
export type PlottedView = Exclude<FigureView, { readonly kind: "comparison" | "table" | "check" }>;

export function figureOf(view: PlottedView, context: FigureContext): Figure {
  switch (view.kind) {
    case "mappings":
      return mappingsFigure(view, context);
    case "faults":
      return faultsFigure(view, context);
    case "latency":
      return latencyFigure(view, context);
    case "index":
      return indexFigure(view, context);
    case "pageTable":
      return pageTableFigure(view, context);
    case "sharedMemory":
      return sharedMemoryFigure(view, context);
  }
}
