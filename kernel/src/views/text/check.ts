/** The result of a check as lines: how it ended, what was seen, and the hint. */
import { checkOutcomeWords, type CheckView } from "../check-view.js";
import { printable } from "../printable.js";

const LONGEST_LINE = 1000;

export function checkText(view: CheckView): string[] {
  const seen = lines(view.message);
  const hint = view.hint === undefined ? [] : lines(view.hint).map((line, index) => (index === 0 ? `Hint: ${line}` : line));
  return [checkOutcomeWords(view), ...seen, ...hint];
}

function lines(text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => printable(line, LONGEST_LINE));
}
