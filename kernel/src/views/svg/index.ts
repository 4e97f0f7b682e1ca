/**
 * The static picture of a view, for readers without the extension: GitHub, nbconvert, other editors. One self-contained
 * SVG without scripts, links or fonts of its own. It has its own ground, so that it is legible on any page, light or dark.
 */
import { INKS, INK_NAMES } from "../palette.js";
import { noteLines } from "../note.js";
import type { FigureView, ViewBundle } from "../view.js";
import { checkDrawing } from "./check.js";
import { comparisonDrawing } from "./comparison.js";
import { SHEET_WIDTH, at, box, escaped, label, stacked, type Drawing } from "./drawing.js";
import { faultsDrawing } from "./faults.js";
import { indexDrawing } from "./index-tree.js";
import { latencyDrawing } from "./latency.js";
import { mappingsDrawing } from "./mappings.js";
import { pageTableDrawing } from "./page-table.js";
import { sharedMemoryDrawing } from "./shared-memory.js";
import { tableDrawing } from "./table.js";

const MARGIN = 12;
const TITLE_HEIGHT = 24;

/** Renders a checked bundle as an SVG document. */
export function toSvg(bundle: ViewBundle): string {
  const views: readonly FigureView[] = bundle.kind === "observation" ? bundle.views : [bundle];
  const drawings = views.map((view) => titled(view.title, figureDrawing(view)));
  const whole = stacked(
    bundle.kind === "observation" ? [heading(bundle.title), ...noteDrawing(noteLines(bundle)), ...drawings] : drawings,
    14,
  );
  const height = whole.height + 2 * MARGIN;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SHEET_WIDTH}" height="${at(height)}" viewBox="0 0 ${SHEET_WIDTH} ${at(height)}" role="img">` +
    `<title>${escaped(bundle.title)}</title><style>${style()}</style>` +
    box(0, 0, SHEET_WIDTH, height, `class="mmaplab-ground" rx="4"`) +
    `<g transform="translate(0 ${MARGIN})">${whole.markup}</g></svg>`
  );
}

function figureDrawing(view: FigureView): Drawing {
  switch (view.kind) {
    case "mappings":
      return mappingsDrawing(view);
    case "faults":
      return faultsDrawing(view);
    case "latency":
      return latencyDrawing(view);
    case "comparison":
      return comparisonDrawing(view);
    case "table":
      return tableDrawing(view);
    case "index":
      return indexDrawing(view);
    case "pageTable":
      return pageTableDrawing(view);
    case "sharedMemory":
      return sharedMemoryDrawing(view);
    case "check":
      return checkDrawing(view);
  }
}

function heading(title: string): Drawing {
  return { markup: `<g class="mmaplab-heading">${label(title, MARGIN, 14, "strong")}</g>`, height: 16 };
}

function noteDrawing(lines: readonly string[]): Drawing[] {
  if (lines.length === 0) return [];
  return [{ markup: lines.map((line, index) => label(line, MARGIN, 12 + index * 16)).join(""), height: lines.length * 16 }];
}

function titled(title: string, drawing: Drawing): Drawing {
  return {
    markup: `${label(title, MARGIN, 14, "strong")}<g transform="translate(0 ${TITLE_HEIGHT})">${drawing.markup}</g>`,
    height: drawing.height + TITLE_HEIGHT,
  };
}

interface Ground {
  readonly ground: string;
  readonly text: string;
  readonly dim: string;
  readonly rule: string;
  readonly inks: Readonly<Record<(typeof INK_NAMES)[number], string>>;
}

function rules({ ground, text, dim, rule, inks }: Ground): string {
  return (
    `.mmaplab-ground{fill:${ground}}.mmaplab-text,.mmaplab-strong{fill:${text}}.mmaplab-dim{fill:${dim}}` +
    `.mmaplab-rule{stroke:${rule}}.mmaplab-axis{stroke:${dim}}.mmaplab-hollow{stroke:${dim}}.mmaplab-dirty{fill:${text}}.mmaplab-changed{stroke:${text}}` +
    INK_NAMES.map((name) => `.mmaplab-fill-${name}{fill:${inks[name]}}.mmaplab-ink-${name}{stroke:${inks[name]}}`).join("")
  );
}

/** A function, so that a bundler may leave it out where no picture is made. */
function style(): string {
  return (
    `.mmaplab-text,.mmaplab-dim,.mmaplab-strong,.mmaplab-onfill{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}` +
    `.mmaplab-strong{font:bold 13px system-ui,"DejaVu Sans",sans-serif}.mmaplab-heading .mmaplab-strong{font-size:15px}.mmaplab-onfill{fill:#000}` +
    `.mmaplab-rule,.mmaplab-axis,.mmaplab-hollow,.mmaplab-ink{fill:none;stroke-width:1}.mmaplab-ink{stroke-width:1.5}.mmaplab-changed{stroke-width:2}` +
    rules({ ground: "#ffffff", text: "#1a1a1a", dim: "#5c5c5c", rule: "#d9d9d9", inks: INKS.light }) +
    `@media (prefers-color-scheme:dark){${rules({ ground: "#161616", text: "#ededed", dim: "#a6a6a6", rule: "#3d3d3d", inks: INKS.dark })}}`
  );
}
