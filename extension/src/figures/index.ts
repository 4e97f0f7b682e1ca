/** From a view to the figure that shows it. A new kind of view gets a file here and a line below. */
import type { FaultsView, LatencyView, MappingsView } from "mmaplab/views";
import { faultsFigure } from "./faults.js";
import type { Figure, FigureContext } from "./figure.js";
import { latencyFigure } from "./latency.js";
import { mappingsFigure } from "./mappings.js";

export type { Figure, FigureContext, TraceMeta } from "./figure.js";

/** A view that is drawn by plotly; a comparison is a table instead. */
export type PlottedView = MappingsView | FaultsView | LatencyView;

export function figureOf(view: PlottedView, context: FigureContext): Figure {
  switch (view.kind) {
    case "mappings":
      return mappingsFigure(view, context);
    case "faults":
      return faultsFigure(view, context);
    case "latency":
      return latencyFigure(view, context);
  }
}
