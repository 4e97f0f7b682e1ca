/**
 * Whether a text is a whole cell, for consoles that ask at each Enter.
 *
 * tslab's own answer parses the text as TSX, where `<number>x` never ends, and knows no "invalid".
 */
import { parseModule } from "./typescript-internals.js";

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  /** White space to start the next line with; empty unless incomplete. */
  readonly indent: string;
}

/** "Unterminated template literal" and "'*\/' expected": more text may close them, though they do not start at the end. */
const OPEN_AT_END = new Set([1160, 1010]);

/** "Unterminated string literal": a string ends with its line, so more lines do not help. */
const UNTERMINATED_STRING = 1002;

function indentAfter(text: string): string {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const current = /^\s*/.exec(line)?.[0] ?? "";
  return /[{([][^})\]]*$/.test(line) ? `${current}  ` : current;
}

export function completenessOf(text: string): Completeness {
  const errors = parseModule("cell.ts", text).parseDiagnostics;
  if (errors.length === 0) return { status: "complete", indent: "" };
  const end = text.trimEnd().length;
  // What is missing at the end may still be typed. What is wrong before it will stay wrong.
  const isOpen = errors.every(
    ({ start, length, code }) => code !== UNTERMINATED_STRING && (start >= end || (OPEN_AT_END.has(code) && start + length >= end)),
  );
  const hasGivenUp = /\n[ \t]*\n[ \t]*\n?$/.test(text);
  if (!isOpen || hasGivenUp) return { status: "invalid", indent: "" };
  return { status: "incomplete", indent: indentAfter(text.trimEnd()) };
}
