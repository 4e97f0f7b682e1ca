/**
 * Prepares the text of a cell for the compiler. Every step keeps the length of the text and its line breaks, so that an offset
 * in the prepared text is an offset in the cell as typed.
 *
 * `export` has no meaning in a cell, since later cells see its declarations anyway. Code is often pasted with it, so the
 * modifier is ignored where that changes nothing, and refused with an explanation where it would.
 */
import ts from "typescript";
import { parseModule } from "./typescript-internals.js";

/** Something in a cell that cannot be compiled. Offsets are UTF-16 units of the cell. */
export interface SourceError {
  readonly code: number;
  readonly message: string;
  readonly start: number;
  readonly length: number;
}

export interface CellSource {
  /** The cell as typed. */
  readonly typed: string;
  /** The same text, as long, for the compiler. */
  readonly prepared: string;
  /** Whether the last statement is an expression, whose value the cell shows. */
  readonly endsInExpression: boolean;
  /** Syntax errors, and exports that mean nothing in a cell. */
  readonly errors: readonly SourceError[];
}

/** The TypeScript error numbers under which refused exports are reported, so that a search for them leads somewhere near. */
const EXPORT_ASSIGNMENT = 1231;
const EXPORT_DECLARATION = 1233;

function blanked(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\r\n\u2028\u2029]/g, " ") + text.slice(end);
}

/** A first line `#!...` is for the shell. As a comment it is as long. */
function withoutShebang(text: string): string {
  return text.replace(/^(\uFEFF?)#!/, "$1//");
}

function refusal(statement: ts.Statement, file: ts.SourceFile): SourceError | undefined {
  const start = statement.getStart(file);
  const at = { start, length: statement.getEnd() - start };
  if (ts.isExportAssignment(statement)) {
    const message = "A cell has no default export. Give the value a name instead: `const name = ...`.";
    return { ...at, code: EXPORT_ASSIGNMENT, message };
  }
  if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
    const message = "A cell cannot export from another module. Import the names instead: later cells see them.";
    return { ...at, code: EXPORT_DECLARATION, message };
  }
  if (ts.isNamespaceExportDeclaration(statement)) {
    return { ...at, code: EXPORT_DECLARATION, message: "A cell cannot be exported as a namespace. Remove this line." };
  }
  const isNamed = (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined;
  if (!isNamed && ts.canHaveModifiers(statement)) {
    const isDefault = ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
    if (isDefault) return { ...at, code: EXPORT_ASSIGNMENT, message: "A cell has no default export. Give the declaration a name." };
  }
  return undefined;
}

/** The ranges of `export` and `default` keywords, and of `export { ... }` lists, that can be left out of a statement. */
function exportRanges(statement: ts.Statement, file: ts.SourceFile): { start: number; end: number }[] {
  if (ts.isExportDeclaration(statement)) return [{ start: statement.getStart(file), end: statement.getEnd() }];
  if (!ts.canHaveModifiers(statement)) return [];
  return (ts.getModifiers(statement) ?? [])
    .filter(({ kind }) => kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword)
    .map((modifier) => ({ start: modifier.getStart(file), end: modifier.getEnd() }));
}

/** Parses a cell and prepares its text. Never throws on what a cell may hold. */
export function prepareCell(typed: string): CellSource {
  let prepared = withoutShebang(typed);
  const file = parseModule("cell.ts", prepared);
  const errors: SourceError[] = file.parseDiagnostics.map((diagnostic) => ({
    code: diagnostic.code,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
    start: diagnostic.start,
    length: diagnostic.length,
  }));
  for (const statement of file.statements) {
    const refused = refusal(statement, file);
    if (refused === undefined) for (const { start, end } of exportRanges(statement, file)) prepared = blanked(prepared, start, end);
    else if (file.parseDiagnostics.length === 0) errors.push(refused);
  }
  const statements = file.statements.filter((statement) => !ts.isExportDeclaration(statement));
  const last = statements[statements.length - 1];
  return { typed, prepared, endsInExpression: last !== undefined && ts.isExpressionStatement(last), errors };
}

/**
 * The text for completion and hover: as {@link prepareCell}, but it may be full of errors while it is being typed.
 */
export function prepareUnfinished(typed: string): string {
  return prepareCell(typed).prepared;
}
