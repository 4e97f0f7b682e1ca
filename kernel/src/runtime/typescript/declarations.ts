/**
 * The declarations that hold for the next cell, as the text of a declaration file: the prelude's import at first, then what
 * tslab's converter makes of each accepted cell and the text before.
 *
 * tslab drops namespaces, `declare global` and `import x = ...` of earlier cells after one further cell; they are kept here.
 */
import ts from "typescript";
import type { Prelude } from "../frames.js";
import { parseModule, type BoundFile } from "./typescript-internals.js";

/** The declarations before the first cell. */
export function preludeDeclarations(prelude: Prelude | null): string {
  if (prelude === null || prelude.names.length === 0) return "";
  return `import { ${prelude.names.join(", ")} } from ${JSON.stringify(prelude.module)};\n`;
}

/** The names that a binding introduces. */
export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}

/** What one statement declares at the top level of its file. */
function declaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const named = namedBindings === undefined ? [] : ts.isNamespaceImport(namedBindings) ? [namedBindings] : [...namedBindings.elements];
    return [...(name === undefined ? [] : [name.text]), ...named.map((binding) => binding.name.text)];
  }
  const name = ts.isDeclarationStatement(statement) ? statement.name : undefined;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function declaredIn(text: string): string[] {
  return parseModule("cell.ts", text).statements.flatMap(declaredBy);
}

/**
 * The `var`s in the loops and blocks of a cell (`for (var i = 0; ...)`), which belong to the whole cell and so to later ones, but
 * of which a declaration file says nothing.
 * @param file the cell's file in the program it was checked in
 */
export function nestedVariables(program: ts.Program, file: ts.SourceFile): string {
  const declared = new Set(file.statements.flatMap(declaredBy));
  const checker = program.getTypeChecker();
  const lines: string[] = [];
  for (const [key, symbol] of (file as BoundFile).locals ?? []) {
    const declaration = symbol.valueDeclaration;
    const name = ts.unescapeLeadingUnderscores(key);
    if (declared.has(name) || declaration === undefined || !ts.isVariableDeclaration(declaration)) continue;
    const type = checker.typeToString(checker.getTypeOfSymbolAtLocation(symbol, declaration), file, ts.TypeFormatFlags.NoTruncation);
    lines.push(`declare let ${name}: ${type};\n`);
  }
  return lines.join("");
}

/** The statements of a declaration file that tslab does not carry over. */
function uncarried(previous: string): { readonly name: string; readonly text: string }[] {
  if (!/\b(?:namespace|module|global|import)\b/.test(previous)) return [];
  const file = parseModule("previous.d.ts", previous);
  return file.statements
    .filter(
      (statement): statement is ts.ModuleDeclaration | ts.ImportEqualsDeclaration =>
        ts.isModuleDeclaration(statement) || ts.isImportEqualsDeclaration(statement),
    )
    .map((statement) => ({ name: statement.name.text, text: statement.getText(file) }));
}

/**
 * @param previous the declarations before the cell
 * @param cell the cell's text
 * @param converted tslab's declarations: the cell's, and the earlier ones that still hold
 */
export function nextDeclarations(previous: string, cell: string, converted: string): string {
  const earlier = uncarried(previous);
  if (earlier.length === 0) return converted;
  const redeclared = new Set(declaredIn(cell));
  const kept = earlier.filter(({ name, text }) => !redeclared.has(name) && !converted.includes(text));
  return [converted, ...kept.map(({ text }) => `${text}\n`)].join("");
}
