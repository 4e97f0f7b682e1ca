/**
 * What people and programs are told about a cell that does not compile: a list of {@link Diagnostic}s, and an error with code
 * frames for the cell's output.
 */
import { basename } from "node:path";
import ts from "typescript";
import type { Diagnostic, ErrorReport } from "../frames.js";
import { CELL_FILE_NAME } from "./cell-programs.js";
import type { SourceError } from "./cell-source.js";
import { cellName } from "./emit.js";
import { CELL_PREFIX_LENGTH } from "./tslab-converter.js";
import { parseModule } from "./typescript-internals.js";

/** More are counted, not shown: a pasted text file gives thousands. */
const MOST_SHOWN = 20;

/** A line longer than this gets no code frame. */
const LONGEST_FRAMED_LINE = 500;

/** Diagnostics of one cell, in terms of the cell as typed. */
export class CellDiagnostics {
  readonly #file: ts.SourceFile;
  readonly #cwd: string;

  constructor(typed: string, executionCount: number, cwd: string) {
    this.#file = parseModule(cellName(executionCount), typed);
    this.#cwd = cwd;
  }

  /** Errors that were found without the type-check. */
  fromSource(errors: readonly SourceError[]): ts.Diagnostic[] {
    return errors.map(({ code, message, start, length }) => ({
      category: ts.DiagnosticCategory.Error,
      code,
      messageText: message,
      ...this.#within(start, length),
    }));
  }

  /** Errors of the type-check. Those of local modules stay where they are. */
  fromCheck(errors: readonly ts.Diagnostic[]): ts.Diagnostic[] {
    return errors.map((error) => (isInCell(error) ? this.#moved(error) : error));
  }

  /** As data. */
  list(errors: readonly ts.Diagnostic[]): Diagnostic[] {
    return errors.map((error) => {
      const { file, start = 0, length = 0 } = error;
      const place = file?.getLineAndCharacterOfPosition(start);
      return {
        category: "error",
        code: error.code,
        message: ts.flattenDiagnosticMessageText(error.messageText, "\n"),
        ...(file === undefined || file === this.#file ? {} : { file: file.fileName }),
        line: (place?.line ?? 0) + 1,
        column: (place?.character ?? 0) + 1,
        length,
      };
    });
  }

  /** As an error output. */
  report(errors: readonly ts.Diagnostic[]): ErrorReport {
    const [first] = errors;
    const message = first === undefined ? "" : ts.flattenDiagnosticMessageText(first.messageText, " ").replace(/\s+/g, " ");
    const frames = errors.slice(0, MOST_SHOWN).flatMap((error) => this.#frame(error));
    const hidden = errors.length - MOST_SHOWN;
    const closing = hidden > 0 ? [`${String(hidden)} more errors are not shown.`] : [];
    return { ename: "TypeScriptError", evalue: `TS${String(first?.code ?? 0)}: ${message}`, traceback: [...frames, ...closing] };
  }

  #within(start: number, length: number): { file: ts.SourceFile; start: number; length: number } {
    const end = this.#file.text.length;
    const from = Math.max(0, Math.min(start, end));
    return { file: this.#file, start: from, length: Math.max(0, Math.min(length, end - from)) };
  }

  #moved(error: ts.Diagnostic): ts.Diagnostic {
    const related = error.relatedInformation?.filter((other) => isInCell(other));
    const moved = { ...error, ...this.#within((error.start ?? 0) - CELL_PREFIX_LENGTH, error.length ?? 0) };
    return {
      ...moved,
      // Places in the declarations of earlier cells have no line a person could look at.
      relatedInformation: related?.map((other) => ({
        ...other,
        ...this.#within((other.start ?? 0) - CELL_PREFIX_LENGTH, other.length ?? 0),
      })),
    };
  }

  #frame(error: ts.Diagnostic): string[] {
    const host: ts.FormatDiagnosticsHost = {
      getCurrentDirectory: () => this.#cwd,
      getCanonicalFileName: (name) => name,
      getNewLine: () => "\n",
    };
    const text = this.#isFramed(error) ? ts.formatDiagnosticsWithColorAndContext([error], host) : this.#headline(error);
    return text.trimEnd().split("\n").concat("");
  }

  #isFramed({ file, start = 0 }: ts.Diagnostic): boolean {
    if (file === undefined) return true;
    const { line } = file.getLineAndCharacterOfPosition(start);
    const starts = file.getLineStarts();
    return (starts[line + 1] ?? file.text.length) - (starts[line] ?? 0) <= LONGEST_FRAMED_LINE;
  }

  #headline(error: ts.Diagnostic): string {
    const [{ line, column, file = this.#file.fileName, code, message }] = this.list([error]) as [Diagnostic];
    return `${file}:${String(line)}:${String(column)} - error TS${String(code)}: ${message}`;
  }
}

function isInCell({ file }: ts.DiagnosticRelatedInformation): boolean {
  return file !== undefined && basename(file.fileName) === CELL_FILE_NAME;
}
