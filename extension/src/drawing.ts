/**
 * Everything that is needed only for drawing: the figures, and the part of plotly.js they use. This module is loaded when
 * the first figure is drawn, so import it only through `loadDrawing`. A trace type used by a figure must be registered
 * here (scatter comes with the core).
 */
import bar from "plotly.js/lib/bar";
import Plotly from "plotly.js/lib/core";
import heatmap from "plotly.js/lib/heatmap";
import scattergl from "plotly.js/lib/scattergl";

Plotly.register([bar, heatmap, scattergl]);

export { Plotly };
export { figureOf } from "./figures/index.js";
