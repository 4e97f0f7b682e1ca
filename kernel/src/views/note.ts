/** The note of an observation as lines that can be printed. */
import { printable } from "./printable.js";
import type { ViewBundle } from "./view.js";

const MOST_LINES = 20;
const LONGEST_LINE = 300;

/** The lines of a bundle's note, made safe to print; none where it has no note. */
export function noteLines(bundle: ViewBundle): string[] {
  if (bundle.kind !== "observation" || bundle.note === undefined) return [];
  return bundle.note
    .split("\n")
    .slice(0, MOST_LINES)
    .map((line) => printable(line, LONGEST_LINE));
}
