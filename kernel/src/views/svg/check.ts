/** The result of a check as lines of text. */
import type { CheckView } from "../check-view.js";
import { checkText } from "../text/check.js";
import { SHEET_WIDTH, fitting, label, type Drawing } from "./drawing.js";

const LINE_HEIGHT = 18;
const MARGIN = 12;
const MOST_LINES = 20;

export function checkDrawing(view: CheckView): Drawing {
  const lines = checkText(view).slice(0, MOST_LINES);
  const markup = lines.map((line, index) =>
    label(fitting(line, SHEET_WIDTH - 2 * MARGIN), MARGIN, index * LINE_HEIGHT + 14, index === 0 ? "strong" : "text"),
  );
  return { markup: markup.join(""), height: lines.length * LINE_HEIGHT + 4 };
}
