/**
 * The TypeScript files beside the notebook that a cell imports: `import { f } from "./lib"`. Node 20 cannot run them, so they
 * are translated to CommonJS and sent along with the cell, each under its absolute path; specifiers that lead to one are
 * replaced by that path. JavaScript files and packages are left to Node.
 */
import { dirname, resolve } from "node:path";
import ts from "typescript";
import type { CompiledModule } from "../frames.js";
import { MODULE_EMIT_OPTIONS } from "./compiler-options.js";
import type { ParsedFile, ResolvingProgram } from "./typescript-internals.js";

/** TS1378 is the compiler's own complaint about `await` at the top level of a CommonJS module. */
const TOP_LEVEL_AWAIT = 1378;

export interface LocalModules {
  /** The cell's specifiers that lead to one of the modules, with its absolute path. */
  readonly specifiers: ReadonlyMap<string, string>;
  /** Those the cell needs, directly or through another. */
  readonly modules: readonly CompiledModule[];
  /** What stops the cell although it type-checks. */
  readonly errors: readonly ts.Diagnostic[];
}

const TYPESCRIPT_FILE = /(?<!\.d)\.(?:ts|tsx|mts|cts)$/;

/** Where the specifiers of a file lead that name files outside of installed packages. */
function localFiles(program: ResolvingProgram, file: ParsedFile): Map<string, string> {
  const found = new Map<string, string>();
  for (const specifier of file.imports ?? []) {
    const resolved = program.getResolvedModuleFromModuleSpecifier(specifier, file)?.resolvedModule;
    if (resolved !== undefined && resolved.isExternalLibraryImport !== true) found.set(specifier.text, resolved.resolvedFileName);
  }
  return found;
}

/** The specifiers of a file that lead to local TypeScript modules. */
function localImports(program: ResolvingProgram, file: ParsedFile): Map<string, string> {
  return new Map([...localFiles(program, file)].filter(([, path]) => TYPESCRIPT_FILE.test(path)));
}

/**
 * The paths of the local files that a file is made of, itself first: what it imports or refers to, directly or through another.
 */
export function localSources(program: ts.Program, file: ts.SourceFile): string[] {
  const found = new Set<string>();
  const waiting = [file.fileName];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = program.getSourceFile(path);
    if (source === undefined || found.has(path)) continue;
    found.add(path);
    const folder = dirname(path);
    waiting.push(...localFiles(program as ResolvingProgram, source as ParsedFile).values());
    waiting.push(...source.referencedFiles.map((reference) => resolve(folder, reference.fileName)));
  }
  return [...found];
}

/** Replaces module specifiers: in imports, re-exports, `import()` and `require()`. */
function specifierReplacement(paths: ReadonlyMap<string, string>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    function replaced(node: ts.Expression | undefined): ts.Expression | undefined {
      const path = node !== undefined && ts.isStringLiteralLike(node) ? paths.get(node.text) : undefined;
      return path === undefined ? node : context.factory.createStringLiteral(path);
    }
    function visit(node: ts.Node): ts.Node {
      const { factory } = context;
      if (ts.isImportDeclaration(node)) {
        const specifier = replaced(node.moduleSpecifier) ?? node.moduleSpecifier;
        return factory.updateImportDeclaration(node, node.modifiers, node.importClause, specifier, node.attributes);
      }
      if (ts.isExportDeclaration(node)) {
        const specifier = replaced(node.moduleSpecifier);
        return factory.updateExportDeclaration(node, node.modifiers, node.isTypeOnly, node.exportClause, specifier, node.attributes);
      }
      if (ts.isExternalModuleReference(node)) {
        return factory.updateExternalModuleReference(node, replaced(node.expression) ?? node.expression);
      }
      const inner = ts.visitEachChild(node, visit, context);
      if (!ts.isCallExpression(inner)) return inner;
      const isImport = inner.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(inner.expression) && inner.expression.text === "require";
      const [first, ...rest] = inner.arguments;
      const specifier = isImport || isRequire ? replaced(first) : first;
      if (specifier === undefined || specifier === first) return inner;
      return factory.updateCallExpression(inner, inner.expression, inner.typeArguments, [specifier, ...rest]);
    }
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** The first `await` outside of every function. */
function topLevelAwait(file: ts.SourceFile): ts.Node | undefined {
  function find(node: ts.Node): ts.Node | undefined {
    if (ts.isFunctionLike(node)) return undefined;
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) return node;
    return ts.forEachChild(node, find);
  }
  return ts.forEachChild(file, find);
}

function awaitError(file: ts.SourceFile, at: ts.Node): ts.Diagnostic {
  const messageText =
    "A module that a cell imports cannot use `await` outside of a function. Move it into an async function and export that.";
  return {
    category: ts.DiagnosticCategory.Error,
    code: TOP_LEVEL_AWAIT,
    file,
    start: at.getStart(file),
    length: "await".length,
    messageText,
  };
}

/**
 * @param program the program the cell was checked in
 * @param cellFile the cell's file in it
 */
export function findLocalModules(program: ts.Program, cellFile: ts.SourceFile): LocalModules {
  const resolving = program as ResolvingProgram;
  const specifiers = localImports(resolving, cellFile as ParsedFile);
  const modules: CompiledModule[] = [];
  const errors: ts.Diagnostic[] = [];
  const waiting = [...specifiers.values()];
  const seen = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = program.getSourceFile(path);
    if (file === undefined || seen.has(path)) continue;
    seen.add(path);
    const awaited = topLevelAwait(file);
    if (awaited !== undefined) errors.push(awaitError(file, awaited));
    const imports = localImports(resolving, file as ParsedFile);
    waiting.push(...imports.values());
    const { outputText } = ts.transpileModule(file.text, {
      fileName: path,
      compilerOptions: MODULE_EMIT_OPTIONS,
      transformers: { before: [specifierReplacement(imports)] },
    });
    modules.push({ path, code: outputText });
  }
  return { specifiers, modules, errors };
}
