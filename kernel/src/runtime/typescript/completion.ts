/** Completions as the protocol wants them, from what tslab's converter hands out. */
import type ts from "typescript";
import type { CompletionItem } from "../frames.js";
import { CELL_PREFIX_LENGTH } from "./tslab-converter.js";

export interface Completions {
  readonly items: readonly CompletionItem[];
  /** The range to replace, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

interface TslabCompletions {
  readonly start: number;
  readonly end: number;
  /** Names, best first. */
  readonly candidates: readonly string[];
  readonly original?: ts.CompletionInfo;
}

/** The part of a string that a completion in it replaces; tslab knows ranges of identifiers only. */
function stringSpan({ original }: TslabCompletions): ts.TextSpan | undefined {
  // tslab has moved the first of the two already.
  if (original?.optionalReplacementSpan !== undefined) return original.optionalReplacementSpan;
  const span = original?.entries[0]?.replacementSpan;
  return span === undefined ? undefined : { start: span.start - CELL_PREFIX_LENGTH, length: span.length };
}

/**
 * @param source the text
 * @param offset the cursor
 */
export function completionsOf(found: TslabCompletions, source: string, offset: number): Completions {
  const kinds = new Map(found.original?.entries.map(({ name, kind }) => [name, kind]));
  const itemsOf = (names: readonly string[]): CompletionItem[] =>
    [...new Set(names)].map((text) => ({ text, kind: kinds.get(text) ?? "" }));

  const span = found.start === found.end ? stringSpan(found) : undefined;
  if (span === undefined) return { items: itemsOf(found.candidates), start: found.start, end: found.end };
  const typed = source.slice(span.start, offset);
  const end = Math.max(offset, span.start + span.length);
  return { items: itemsOf(found.candidates.filter((name) => name.startsWith(typed))), start: span.start, end };
}
