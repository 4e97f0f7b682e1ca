/**
 * Turns a cell that has been checked into JavaScript for V8's REPL mode (`Runtime.evaluate` with `replMode`): types stripped,
 * imports lowered, declarations made so that later cells may declare them again. It does not check anything.
 *
 * REPL mode itself gives top-level `await`, the value of the last expression, and bindings that later cells and earlier
 * closures share.
 */
import ts from "typescript";
import type { CompiledCell } from "../frames.js";
import type { CellSource } from "./cell-source.js";
import { CELL_EMIT_OPTIONS } from "./compiler-options.js";
import { declarationHoisting } from "./declaration-hoisting.js";
import { importLowering, type CellPlace, type ImportFacts } from "./import-lowering.js";
import { lineMarks } from "./line-marks.js";

/** The name of a cell in error messages, source maps and stack traces. */
export function cellName(executionCount: number): string {
  return `cell [${String(executionCount)}]`;
}

/** @returns the cell without local modules; its source map names it as {@link cellName} does and contains the text as typed */
export function emitCell(source: CellSource, facts: ImportFacts, place: CellPlace): CompiledCell {
  const output = ts.transpileModule(source.prepared, {
    fileName: "cell.ts",
    compilerOptions: CELL_EMIT_OPTIONS,
    transformers: { before: [lineMarks(place.executionCount), importLowering(facts, place)], after: [declarationHoisting] },
  });
  const map = JSON.parse(output.sourceMapText ?? "{}") as Record<string, unknown>;
  const sourceMap = {
    ...map,
    file: undefined,
    sourceRoot: undefined,
    sources: [cellName(place.executionCount)],
    sourcesContent: [source.typed],
  };
  return {
    code: output.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"),
    sourceMap: JSON.stringify(sourceMap),
    showsValue: source.endsInExpression,
  };
}
