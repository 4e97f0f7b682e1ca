/**
 * How cells are type-checked, and how they are turned into JavaScript.
 *
 * tslab's converter brings options of its own, made for its fork of TypeScript 5.0. {@link checkOptions} corrects them for
 * TypeScript 6: strict, package `exports` honoured, libraries of the running Node.
 */
import ts from "typescript";
import { nodeTypeRoot } from "./packages.js";

/** The ECMAScript libraries that the running Node really has: a cell that type-checks must not fail for a missing method. */
export function providedLibraries(): string[] {
  const nodeMajor = Number.parseInt(process.versions.node, 10);
  const names = nodeMajor >= 22 ? ["es2024", "es2025.collection", "es2025.iterator", "esnext.array"] : ["es2023"];
  // Before 24 Node has `Symbol.dispose` without the classes beside it, which is what @types/node declares.
  if (nodeMajor >= 24) names.push("esnext.disposable");
  return names.map((name) => `lib.${name}.d.ts`);
}

/** The file that stands for all of them (see typings.ts). */
export const CELL_LIBRARY = "lib.es2023.d.ts";

/** The options of a cell's type-check: tslab's, corrected. */
export function checkOptions(tslabs: ts.CompilerOptions): ts.CompilerOptions {
  const options: ts.CompilerOptions = {
    ...tslabs,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: [CELL_LIBRARY],
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    // `import "./lib.ts"` is what Node itself asks for since 23.6; "./lib" and "./lib.js" work as well.
    rewriteRelativeImportExtensions: true,
    // Standard decorators, as TypeScript does by default.
    experimentalDecorators: false,
    // A plain JavaScript file beside the notebook gives types, but its own errors are not the cell's.
    checkJs: false,
    types: ["node"],
    typeRoots: [nodeTypeRoot()],
    ignoreDeprecations: "6.0",
  };
  // Both exist in tslab's fork or in old versions only.
  delete options["disableTopLevelAwait"];
  delete options["noImplicitUseStrict"];
  return options;
}

/** What a cell is translated to. ES2022 makes `using`, decorators and enums plain code for Node 20. */
export const CELL_EMIT_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  // A cell is a module to the parser even without imports: `await` is a keyword in it.
  moduleDetection: ts.ModuleDetectionKind.Force,
  // Imports are elided by what the type-check found (see import-lowering.ts), not by whether this cell uses them: a later one may.
  verbatimModuleSyntax: true,
  experimentalDecorators: false,
  useDefineForClassFields: true,
  newLine: ts.NewLineKind.LineFeed,
  sourceMap: true,
  inlineSources: true,
};

/** What a local `.ts` module is translated to. */
export const MODULE_EMIT_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  experimentalDecorators: false,
  useDefineForClassFields: true,
  newLine: ts.NewLineKind.LineFeed,
  inlineSourceMap: true,
  inlineSources: true,
  ignoreDeprecations: "6.0",
};
