/**
 * Loads tslab's converter over the stand-in for its TypeScript. The converter holds a program over the current cell and the
 * declarations of the earlier ones; which declarations those are is told with each call.
 */
import type ts from "typescript";
import type { CellSystem } from "./cell-system.js";
import { createForkStandIn, type CheckRecord } from "./fork-stand-in.js";
import { loadTslab } from "./packages.js";

/** tslab puts this line before each cell so that the compiler takes it for a module. */
export const CELL_PREFIX_LENGTH = "export {};\n".length;

interface TslabConverter {
  convert(previous: string, source: string): { readonly declOutput?: string; readonly diagnostics: readonly unknown[] };
  complete(
    previous: string,
    source: string,
    position: number,
  ): { readonly start: number; readonly end: number; readonly candidates: readonly string[]; readonly original?: ts.CompletionInfo };
  inspect(previous: string, source: string, position: number): ts.QuickInfo | undefined;
  close(): void;
}

export interface Converter extends TslabConverter {
  /** What the last `convert` found. */
  readonly check: Readonly<CheckRecord>;
}

/** A converter for one notebook folder. Takes about a second: it parses the typings of JavaScript and Node. */
export function createConverter(system: CellSystem): Converter {
  const { typescript, record } = createForkStandIn(system);
  const tslab = loadTslab<TslabConverter>(typescript);
  return Object.assign(tslab.createConverter({ isJS: false, isBrowser: false }), { check: record });
}
