/**
 * Stands in for `@tslab/typescript-for-tslab`, the fork of TypeScript 5.0.4 that tslab's converter is written for, on stock
 * TypeScript 6.0.3. The fork adds four functions and one option; they are added here from outside. tslab's converter runs on
 * it unchanged.
 *
 * It also keeps what the converter does not hand out: the program it checked with and the diagnostics in full.
 */
import { relative } from "node:path";
import ts from "typescript";
import { watchCells, type CellBuilder, type CellProgramsHost } from "./cell-programs.js";
import type { CellSystem } from "./cell-system.js";
import { checkOptions } from "./compiler-options.js";
import { Documentation } from "./documentation.js";
import { internals } from "./typescript-internals.js";

/** Complaints that are no fault of a cell. */
const ALLOWED = new Set([
  7016, // "Could not find a declaration file for module": a package without typings may be used, as `any`
  6059, // "File is not under 'rootDir'": a cell may import from the folder above
  1202, // "Import assignment cannot be used when targeting ECMAScript modules": cells have `require`
]);

type CompletionPlace = readonly [log: unknown, file: ts.SourceFile, position: number, ...rest: unknown[]];

/** What the converter's last check left. */
export interface CheckRecord {
  program: Pick<CellBuilder, "getProgram"> | null;
  /** Everything that stops the cell, with the compiler's own message chains. */
  errors: readonly ts.Diagnostic[];
}

export interface ForkStandIn {
  /** To be returned by `require("@tslab/typescript-for-tslab")`. */
  readonly typescript: object;
  readonly record: CheckRecord;
}

/** tslab exports every local name of a cell; that of `declare global` cannot be exported. */
function isExportOfGlobal({ file, start = 0 }: ts.Diagnostic): boolean {
  return file?.text.startsWith("__global", start) ?? false;
}

/** Whether a diagnostic stops the cell. Those of files outside the notebook's folder are not the student's. */
function stopsCell(diagnostic: ts.Diagnostic, cwd: string): boolean {
  return (
    diagnostic.category === ts.DiagnosticCategory.Error &&
    !ALLOWED.has(diagnostic.code) &&
    !isExportOfGlobal(diagnostic) &&
    diagnostic.file !== undefined &&
    !relative(cwd, diagnostic.file.fileName).startsWith("..")
  );
}

/** The declarations a hover over a node tells about. */
function declarationsShown(node: ts.Node, symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Declaration[] {
  const target = (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const call = ts.findAncestor(node, (outer) => ts.isCallExpression(outer) || ts.isNewExpression(outer) || ts.isStatement(outer));
  const isCall = call !== undefined && (ts.isCallExpression(call) || ts.isNewExpression(call));
  const called = isCall ? checker.getResolvedSignature(call)?.declaration : undefined;
  const isSignature = called !== undefined && !ts.isJSDocSignature(called);
  return [...(symbol.declarations ?? []), ...(target.declarations ?? []), ...(isSignature ? [called] : [])];
}

/** Quick info for a position of a file of a program (the fork moved it out of the language service). */
function quickInfo(
  comments: Documentation,
  [file, checker, , position]: readonly [file: ts.SourceFile, checker: ts.TypeChecker, token: unknown, position: number],
): ts.QuickInfo | undefined {
  const node = internals.getTouchingPropertyName(file, position);
  if (node === file) return undefined;
  const textSpan = internals.createTextSpanFromNode(node, file);
  const container = internals.getContainerNode(node);
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol === undefined || symbol.escapedName === "unknown") {
    if (!ts.isIdentifier(node) && node.kind !== ts.SyntaxKind.ThisKeyword && node.kind !== ts.SyntaxKind.SuperKeyword) return undefined;
    const type = checker.getTypeAtLocation(node);
    const displayParts = internals.typeToDisplayParts(checker, type, container);
    return { kind: ts.ScriptElementKind.unknown, kindModifiers: "", textSpan, displayParts };
  }
  comments.restore(declarationsShown(node, symbol, checker));
  const found = internals.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(checker, symbol, file, container, node);
  const { symbolKind: kind, displayParts, documentation, tags } = found;
  return { kind, kindModifiers: "", textSpan, displayParts, documentation, ...(tags === undefined ? {} : { tags }) };
}

/** A new stand-in. Each converter needs its own, since it holds the converter's file system and last check. */
export function createForkStandIn(system: CellSystem): ForkStandIn {
  const record: CheckRecord = { program: null, errors: [] };
  const cwd = system.getCurrentDirectory();
  const documentation = new Documentation(system);

  /** The diagnostics of a cell and of the local modules it imports. */
  function preEmitDiagnostics(program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[] {
    const all = files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
    record.errors = ts.sortAndDeduplicateDiagnostics(all).filter((diagnostic) => stopsCell(diagnostic, cwd));
    return record.errors;
  }

  function createWatchCompilerHost(roots: readonly string[], options: ts.CompilerOptions, tslabSystem: ts.System): CellProgramsHost {
    return { roots, options: checkOptions(options), tslabSystem, system };
  }

  function createWatchProgram(host: CellProgramsHost): { close(): void } {
    const tslabs = host.afterProgramCreate?.bind(host);
    host.afterProgramCreate = (builder) => {
      record.program = builder;
      tslabs?.(builder);
    };
    return watchCells(host);
  }

  /** tslab passes an empty host; the completion of module names inside strings asks it about folders. */
  function completionsAtPosition(_host: unknown, program: ts.Program, ...rest: CompletionPlace): ts.CompletionInfo | undefined {
    const host = {
      fileExists: system.fileExists,
      readFile: system.readFile,
      readDirectory: system.readDirectory,
      directoryExists: system.directoryExists,
      getDirectories: system.getDirectories,
      getCurrentDirectory: () => cwd,
      getCompilationSettings: () => program.getCompilerOptions(),
    };
    const found = internals.Completions.getCompletionsAtPosition(host, program, ...rest, undefined, false);
    const [, file, position] = rest;
    return found === undefined ? undefined : { ...found, entries: [...found.entries, ...modulesNotLoaded(file, position, found.entries)] };
  }

  /** What the compiler leaves out inside a module specifier: it knows only those modules of Node that some file imports. */
  function modulesNotLoaded(file: ts.SourceFile, position: number, known: readonly ts.CompletionEntry[]): ts.CompletionEntry[] {
    const begun = /\b(?:from|import|require)[\s(]*["']([^"'\n]*)$/.exec(file.text.slice(0, position))?.[1];
    if (begun === undefined) return [];
    const names = new Set(known.map(({ name }) => name));
    const kind = ts.ScriptElementKind.externalModuleName;
    const missing = [...system.typings.modulesOnDemand.keys()].filter((name) => name.startsWith(begun) && !names.has(name));
    return missing.map((name) => ({ name, kind, sortText: "11" }));
  }

  const additions: Readonly<Record<string, unknown>> = {
    sys: system,
    createWatchCompilerHost,
    createWatchProgram,
    getNullTransformationContext: () => internals.nullTransformationContext,
    // The typings of Node are found by compiler-options.ts.
    getDefaultTypeRoots: () => [],
    getPreEmitDiagnosticsOfFiles: preEmitDiagnostics,
    getQuickInfoAtPosition: (...place: Parameters<typeof quickInfo>[1]) => quickInfo(documentation, place),
    Completions: { ...internals.Completions, getCompletionsAtPositionForTslab: completionsAtPosition },
    // tslab turns its JavaScript into CommonJS here. Cells use the output of emit.ts, so that work is left out.
    transpileModule: () => ({ outputText: "" }),
  };
  // The converter copies the exports one by one, so each must be an own property.
  const typescript: object = Object.create(
    null,
    Object.fromEntries(
      [...Object.keys(ts), ...Object.keys(additions)].map((name) => [
        name,
        { enumerable: true, get: () => (name in additions ? additions[name] : Reflect.get(ts, name)) as unknown },
      ]),
    ),
  ) as object;
  return { typescript, record };
}
