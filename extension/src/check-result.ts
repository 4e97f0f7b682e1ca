/** The result of a check as paragraphs. Everything is set as text, so that nothing in it is ever taken for markup. */
import { printable, type CheckView } from "mmaplab/views";
import type { Phrases } from "./phrases.js";

/** How the check ended and what it is worth, in words. */
export function checkSummary(view: CheckView, trans: Phrases): string {
  const words = outcomeWords(view, trans);
  if (view.points === undefined) return words;
  return trans._n("%2, %3 of %1 point", "%2, %3 of %1 points", view.points, words, view.earned ?? 0);
}

/** What was seen, and the hint. */
export function checkElements(view: CheckView, trans: Phrases): HTMLElement[] {
  const elements: HTMLElement[] = [];
  if (view.message !== "") elements.push(paragraph("mmaplab-check-message", view.message));
  if (view.hint !== undefined) elements.push(paragraph("mmaplab-check-hint", trans.__("Hint: %1", view.hint)));
  for (const element of elements) element.dataset["outcome"] = view.outcome;
  return elements;
}

function outcomeWords({ outcome }: CheckView, trans: Phrases): string {
  switch (outcome) {
    case "passed":
      return trans.__("passed");
    case "open":
      return trans.__("not answered yet");
    case "failed":
      return trans.__("failed");
  }
}

function paragraph(className: string, text: string): HTMLElement {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text
    .split("\n")
    .map((line) => printable(line, 1000))
    .join("\n");
  return element;
}
