/**
 * The functions of the TypeScript compiler that this folder uses although its typings do not declare them.
 * They belong to version 6.0.3, which is pinned for that reason. Nothing else reaches into the compiler's insides.
 */
import ts from "typescript";

interface SymbolDisplay {
  getSymbolDisplayPartsDocumentationAndSymbolKind(
    checker: ts.TypeChecker,
    symbol: ts.Symbol,
    file: ts.SourceFile,
    enclosing: ts.Node | undefined,
    location: ts.Node,
  ): {
    symbolKind: ts.ScriptElementKind;
    displayParts: ts.SymbolDisplayPart[];
    documentation: ts.SymbolDisplayPart[];
    tags?: ts.JSDocTagInfo[];
  };
}

interface Internals {
  readonly nullTransformationContext: ts.TransformationContext;
  readonly SymbolDisplay: SymbolDisplay;
  readonly Completions: { getCompletionsAtPosition(...args: readonly unknown[]): ts.CompletionInfo | undefined };
  /** The names that `/// <reference lib="..." />` takes, in the order in which the compiler takes the files. */
  readonly libs: readonly string[];
  /** The file of each. */
  readonly libMap: ReadonlyMap<string, string>;
  /** Finds the names a file declares and sets its `locals`; does nothing the second time. */
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  getContainerNode(node: ts.Node): ts.Node | undefined;
  createTextSpanFromNode(node: ts.Node, file: ts.SourceFile): ts.TextSpan;
  typeToDisplayParts(checker: ts.TypeChecker, type: ts.Type, enclosing: ts.Node | undefined): ts.SymbolDisplayPart[];
}

export const internals = ts as typeof ts & Internals;

/** A program, with the resolution of a module specifier that occurs in one of its files. */
export interface ResolvingProgram extends ts.Program {
  getResolvedModuleFromModuleSpecifier(
    specifier: ts.StringLiteralLike,
    file: ts.SourceFile,
  ): { readonly resolvedModule?: ts.ResolvedModuleFull } | undefined;
}

/** A file of a program, with what the program notes in it besides its syntax tree. */
export interface ReplaceableFile extends ts.SourceFile {
  readonly path: ts.Path;
  readonly resolvedPath: ts.Path;
  readonly originalFileName: string;
  readonly packageJsonLocations: readonly string[] | undefined;
  readonly packageJsonScope: unknown;
  readonly imports: readonly ts.StringLiteralLike[];
  readonly bindDiagnostics: readonly ts.DiagnosticWithLocation[];
  /** `@ts-ignore` and `@ts-expect-error`. */
  readonly commentDirectives?: readonly unknown[];
}

/** A checker, asked for what it has to complain about in a file. */
export interface ComplainingChecker extends ts.TypeChecker {
  getDiagnostics(file: ts.SourceFile): readonly ts.Diagnostic[];
}

/** A program, with its own index of files. */
export interface ReplaceableProgram extends ResolvingProgram {
  getTypeChecker(): ComplainingChecker;
  getFilesByNameMap(): Map<ts.Path, ts.SourceFile>;
}

/** A file of a checked program, with the names that belong to the whole of it. */
export interface BoundFile extends ts.SourceFile {
  readonly locals?: ReadonlyMap<ts.__String, ts.Symbol>;
}

/** A program that emits declarations even where it has complaints about them. */
export interface ForcedEmit extends ts.Program {
  emit(
    file: ts.SourceFile,
    writeFile: ts.WriteFileCallback | undefined,
    token: ts.CancellationToken | undefined,
    declarationsOnly: boolean,
    transformers: ts.CustomTransformers | undefined,
    force?: boolean,
  ): ts.EmitResult;
}

/** A parsed file, with its syntax errors and, once it is part of a program, every module specifier in it. */
export interface ParsedFile extends ts.SourceFile {
  readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[];
  readonly imports?: readonly ts.StringLiteralLike[];
}

/**
 * Parses text as a TypeScript module (so that `await` is a keyword at its top level).
 * @param fileName any name; it appears in error messages
 */
export function parseModule(fileName: string, text: string): ParsedFile {
  const options: ts.CreateSourceFileOptions = {
    languageVersion: ts.ScriptTarget.ESNext,
    setExternalModuleIndicator: (file) => {
      (file as { externalModuleIndicator?: true }).externalModuleIndicator = true;
    },
  };
  return ts.createSourceFile(fileName, text, options, true, ts.ScriptKind.TS) as ParsedFile;
}
