/** The text of a view, for readers that draw nothing: terminals, diffs, graders, screen readers. */
import { noteLines } from "../note.js";
import { printable } from "../printable.js";
import type { FigureView, ViewBundle } from "../view.js";
import { checkText } from "./check.js";
import { comparisonText } from "./comparison.js";
import { faultsText } from "./faults.js";
import { latencyText } from "./latency.js";
import { mappingsText } from "./mappings.js";
import { indexText, pageTableText, sharedMemoryText } from "./structures.js";
import { tableText } from "./table.js";

/** Renders a checked bundle as a few aligned lines, without control characters and without a newline at the end. */
export function toText(bundle: ViewBundle): string {
  const title = printable(bundle.title);
  if (bundle.kind !== "observation") return [title, ...indented(figureText(bundle))].join("\n");
  const parts = bundle.views.flatMap((view) => ["", printable(view.title), ...indented(figureText(view))]);
  return [title, ...noteLines(bundle), ...parts].join("\n");
}

function figureText(view: FigureView): string[] {
  switch (view.kind) {
    case "mappings":
      return mappingsText(view);
    case "faults":
      return faultsText(view);
    case "latency":
      return latencyText(view);
    case "comparison":
      return comparisonText(view);
    case "table":
      return tableText(view);
    case "index":
      return indexText(view);
    case "pageTable":
      return pageTableText(view);
    case "sharedMemory":
      return sharedMemoryText(view);
    case "check":
      return checkText(view);
  }
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`.trimEnd());
}
