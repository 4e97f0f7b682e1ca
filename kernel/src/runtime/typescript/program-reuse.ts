/**
 * Lets one program check several cells. A program and its checker cost a cell more than all the rest, and what they find out about
 * the typings of JavaScript, Node and the prelude is the same for every cell. So the two files that differ, the cell and the
 * declarations of the earlier ones, take the places of their predecessors in the program; the checker has no part in that, since it
 * knows files by their syntax trees, and both files are modules, whose names are not among the global ones.
 *
 * Only where a cell can have no effect beyond itself: no imports, nothing declared globally, and no complaint about its
 * predecessor, because the checker drops a complaint that it has made before about a file of that name.
 */
import ts from "typescript";
import { internals, type ReplaceableFile, type ReplaceableProgram } from "./typescript-internals.js";

/** What an earlier cell has left in the checker stays there; after so many cells the program is made anew. */
const MOST_CELLS = 50;

const ADDS_MODULES_OR_GLOBALS = /\b(?:import|declare|namespace|module|global)\b/;
const ADDS_GLOBALS = /\b(?:namespace|module|global)\b/;
const IMPORTED = /\bimport\b[^"';]*["']([^"']+)["']/g;

function importsOf(text: string): Set<string> {
  return new Set([...text.matchAll(IMPORTED)].map(([, specifier = ""]) => specifier));
}

/** Whether comments in a file tell the compiler something (`/// <reference`, `@ts-ignore`). */
function hasDirectives(file: ReplaceableFile): boolean {
  const { referencedFiles, typeReferenceDirectives, libReferenceDirectives, commentDirectives = [] } = file;
  return [referencedFiles, typeReferenceDirectives, libReferenceDirectives, commentDirectives].some((list) => list.length > 0);
}

export interface CellRoots {
  readonly cell: string;
  readonly declarations: string;
}

/** One program, for the cell it was made for and for those that can follow in its place. */
export class ReusableProgram {
  readonly #program: ReplaceableProgram;
  readonly #roots: CellRoots;
  /** The modules that earlier cells import, in this program; null where the program is of no use for another cell. */
  readonly #imports: ReadonlySet<string> | null;
  #cells = 1;

  /** @param isFixed tells whether a file stays as it is while the notebook runs */
  constructor(program: ts.Program, roots: CellRoots, isFixed: (path: string) => boolean) {
    this.#program = program as ReplaceableProgram;
    this.#roots = roots;
    this.#imports = this.#importsToKeep(isFixed);
  }

  /**
   * Puts a cell and its declarations, parsed under the paths of the roots, in the place of the present ones.
   * @returns the program with them; null where that cannot be done, and nothing has changed
   */
  replace(cell: ts.SourceFile, declarations: ts.SourceFile): ts.Program | null {
    const program = this.#program;
    const previous = this.#file(this.#roots.cell);
    if (previous === undefined || !this.#admits(cell as ReplaceableFile, declarations as ReplaceableFile)) return null;
    if (program.getTypeChecker().getDiagnostics(previous).length > 0) return null;
    this.#cells += 1;
    this.#put(cell as ReplaceableFile, []);
    this.#put(declarations as ReplaceableFile, this.#file(this.#roots.declarations)?.imports ?? []);
    // The program itself would give the complaints about the first cell again, since it keeps them by path.
    const diagnosticsOf = (file: ts.SourceFile): readonly ts.Diagnostic[] => [
      ...(file as ReplaceableFile).bindDiagnostics,
      ...program.getTypeChecker().getDiagnostics(file),
    ];
    return {
      ...program,
      getSemanticDiagnostics: (file, token) => (file === cell ? diagnosticsOf(cell) : program.getSemanticDiagnostics(file, token)),
    } satisfies ts.Program;
  }

  #file(path: string): ReplaceableFile | undefined {
    return this.#program.getSourceFile(path) as ReplaceableFile | undefined;
  }

  /** What the declarations import, where every import leads to a file that stays as it is, and no file beside the notebook takes part. */
  #importsToKeep(isFixed: (path: string) => boolean): ReadonlySet<string> | null {
    const { cell, declarations } = this.#roots;
    const file = this.#file(declarations);
    if (file === undefined) return null;
    const mayChange = (path: string): boolean => path !== cell && path !== declarations && !isFixed(path);
    if (this.#program.getSourceFiles().some(({ fileName }) => mayChange(fileName))) return null;
    // A package that was not found may be installed at any time.
    const isFound = (specifier: ts.StringLiteralLike): boolean =>
      this.#program.getResolvedModuleFromModuleSpecifier(specifier, file)?.resolvedModule !== undefined;
    return file.imports.every(isFound) ? new Set(file.imports.map(({ text }) => text)) : null;
  }

  #admits(cell: ReplaceableFile, declarations: ReplaceableFile): boolean {
    const imports = this.#imports;
    return (
      imports !== null &&
      this.#cells < MOST_CELLS &&
      ts.isExternalModule(cell) &&
      ts.isExternalModule(declarations) &&
      !hasDirectives(cell) &&
      !hasDirectives(declarations) &&
      !ADDS_MODULES_OR_GLOBALS.test(cell.text) &&
      !ADDS_GLOBALS.test(declarations.text) &&
      [...importsOf(declarations.text)].every((specifier) => imports.has(specifier))
    );
  }

  #put(file: ReplaceableFile, imports: readonly ts.StringLiteralLike[]): void {
    const previous = this.#file(file.fileName);
    if (previous === undefined) throw new Error(`the program has no file ${file.fileName}`);
    const { path, resolvedPath, originalFileName, packageJsonLocations, packageJsonScope } = previous;
    const facts = { path, resolvedPath, originalFileName, packageJsonLocations, packageJsonScope };
    Object.assign(file, facts, { imports, moduleAugmentations: [], ambientModuleNames: [] });
    internals.bindSourceFile(file, this.#program.getCompilerOptions());
    this.#program.getFilesByNameMap().set(path, file);
    const files = this.#program.getSourceFiles() as ts.SourceFile[];
    files[files.indexOf(previous)] = file;
  }
}
