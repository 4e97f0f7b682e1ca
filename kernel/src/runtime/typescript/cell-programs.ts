/**
 * The programs of the cells, one after another, in place of the compiler's watch program, which tslab's converter is written
 * for. The watch program keeps a graph of all files and their uses, made anew for every cell at half the cost of the cell; nobody
 * asks it anything. Here a cell costs one program at most, made from the one before or, where that is possible, the one before
 * itself (program-reuse.ts), and only once something is asked of the checker: tslab first looks up which names a cell declares,
 * for which parsing is enough.
 *
 * Files of installed packages are parsed once. Files beside the notebook are parsed again when they have changed.
 */
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import type { CellSystem } from "./cell-system.js";
import { localSources } from "./local-modules.js";
import { cellModuleResolution } from "./module-resolution.js";
import { ReusableProgram, type CellRoots } from "./program-reuse.js";
import { internals, type ForcedEmit } from "./typescript-internals.js";

/** The name of the file that tslab's converter makes of a cell. */
export const CELL_FILE_NAME = "__tslab__.ts";

/** What tslab's converter asks of a builder program. */
export interface CellBuilder {
  getProgram(): ts.Program;
  getSourceFile(fileName: string): ts.SourceFile | undefined;
  /** The local files a file is made of, itself included. */
  getAllDependencies(file: ts.SourceFile): string[];
  /** Writes the declarations of the cell. */
  emit: ts.Program["emit"];
}

export interface CellProgramsHost {
  /** The cell and the declarations of the earlier ones, absolute. */
  readonly roots: readonly string[];
  readonly options: ts.CompilerOptions;
  /** The file system with the two in it. */
  readonly tslabSystem: ts.System;
  readonly system: CellSystem;
  /** Takes the builder of the next cell. */
  afterProgramCreate?: (builder: CellBuilder) => void;
}

interface KeptFile {
  readonly file: ts.SourceFile;
  readonly stamp: string;
}

type ParseOptions = ts.ScriptTarget | ts.CreateSourceFileOptions;

/** Parsed files that stay as they are, by path. Programs share them, also those of different notebooks' folders. */
const fixedFiles = new Map<string, ts.SourceFile>();

/** The paths of the files that have been parsed for good. */
export function fixedFileNames(): string[] {
  return [...fixedFiles.keys()];
}

/** Differs when the file differs; "absent" where there is none. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${String(stat.mtimeMs)}:${String(stat.size)}:${String(stat.ino)}`;
}

function nodeFormatOf(options: ParseOptions): ts.ResolutionMode {
  return typeof options === "object" ? options.impliedNodeFormat : undefined;
}

/**
 * Of what tslab emits only the declarations of the cell are used, so nothing else is written. (For a module above the notebook's
 * folder tslab would even throw.)
 *
 * They are written by force: where a type has no portable name (TS2742, TS4094, ...) the compiler would write nothing at all, and
 * declarations that live in memory need not be portable.
 */
function declarationsOnly(program: () => ForcedEmit): ts.Program["emit"] {
  return (file, writeFile, token, _declarationsOnly, transformers) =>
    file !== undefined && basename(file.fileName) === CELL_FILE_NAME
      ? program().emit(file, writeFile, token, true, transformers, true)
      : { emitSkipped: true, diagnostics: [] };
}

class CellPrograms {
  readonly #host: CellProgramsHost;
  readonly #compilerHost: ts.CompilerHost;
  readonly #localFiles = new Map<string, KeptFile>();
  /** The parsed roots of the present cell. */
  readonly #roots = new Map<string, ts.SourceFile>();
  /** How the compiler wants the roots parsed; known after the first program. */
  readonly #rootOptions = new Map<string, ParseOptions>();
  /** The program made last. */
  #program: ts.Program | undefined;
  /** The same, as long as it is fit for further cells. */
  #reusable: ReusableProgram | undefined;
  readonly #cellRoots: CellRoots;
  /** The program of the cell checked last. */
  #checked: ts.Program | undefined;
  /** Whether {@link #checked} is that of the present cell. */
  #isCurrent = false;

  constructor(host: CellProgramsHost) {
    this.#host = host;
    const { options, roots, system, tslabSystem } = host;
    const isCell = (path: string): boolean => basename(path) === CELL_FILE_NAME;
    const [cell, declarations] = [roots.find(isCell), roots.find((path) => !isCell(path))];
    if (cell === undefined || declarations === undefined) {
      throw new Error(`a cell and its declarations were expected, not ${roots.join(", ")}`);
    }
    this.#cellRoots = { cell, declarations };
    const libraries = dirname(tslabSystem.getExecutingFilePath());
    this.#compilerHost = {
      getSourceFile: (path, parseOptions) => this.#sourceFile(path, parseOptions),
      getDefaultLibLocation: () => libraries,
      getDefaultLibFileName: (of) => join(libraries, ts.getDefaultLibFileName(of)),
      getCurrentDirectory: () => system.getCurrentDirectory(),
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: (path) => tslabSystem.fileExists(path),
      readFile: (path) => tslabSystem.readFile(path),
      directoryExists: (path) => tslabSystem.directoryExists(path),
      getDirectories: (path) => tslabSystem.getDirectories(path),
      realpath: (path) => tslabSystem.realpath?.(path) ?? path,
      writeFile: (path) => {
        throw new Error(`the type-check of a cell wants to write ${path}`);
      },
      ...cellModuleResolution(system, tslabSystem, options),
    };
  }

  /** The builder of the cell and the declarations that tslab has now. */
  next(): CellBuilder {
    // Parsed declarations are fit for use again as long as no program of the converter has held them: tslab alters them in place.
    const { roots, tslabSystem } = this.#host;
    for (const path of roots) {
      const parsed = this.#roots.get(path);
      if (this.#isCurrent || parsed?.text !== tslabSystem.readFile(path)) this.#roots.delete(path);
    }
    this.#isCurrent = false;
    return {
      getProgram: () => this.#current(),
      getSourceFile: (path) => this.#boundRoot(path) ?? this.#current().getSourceFile(path),
      getAllDependencies: (file) => localSources(this.#current(), file),
      emit: declarationsOnly(() => this.#current()),
    };
  }

  #current(): ts.Program {
    if (this.#checked === undefined || !this.#isCurrent) {
      this.#checked = this.#reused() ?? this.#made();
      this.#isCurrent = true;
    }
    return this.#checked;
  }

  /** The program made last with the present cell in it; null where it needs one of its own. */
  #reused(): ts.Program | null {
    const [cell, declarations] = [this.#root(this.#cellRoots.cell), this.#root(this.#cellRoots.declarations)];
    return cell === undefined || declarations === undefined ? null : (this.#reusable?.replace(cell, declarations) ?? null);
  }

  #made(): ts.Program {
    const { roots, options, system } = this.#host;
    this.#program = ts.createProgram([...roots, system.globalsFile], options, this.#compilerHost, this.#program);
    this.#reusable = new ReusableProgram(this.#program, this.#cellRoots, (path) => system.isFixed(path));
    return this.#program;
  }

  /** A root, parsed as the compiler wants it; undefined before the first program. */
  #root(path: string): ts.SourceFile | undefined {
    const parseOptions = this.#rootOptions.get(path);
    return parseOptions === undefined ? undefined : this.#sourceFile(path, parseOptions);
  }

  /** A root with its names, which is all that tslab wants to know at first. */
  #boundRoot(path: string): ts.SourceFile | undefined {
    if (this.#isCurrent) return undefined;
    const file = this.#root(path);
    if (file !== undefined) internals.bindSourceFile(file, this.#host.options);
    return file;
  }

  #sourceFile(path: string, options: ParseOptions): ts.SourceFile | undefined {
    const { roots, system } = this.#host;
    if (roots.includes(path)) {
      this.#rootOptions.set(path, options);
      return this.#kept(this.#roots, path, options);
    }
    if (path === system.globalsFile) return this.#localFile(path, options, "fixed");
    return system.isFixed(path) ? this.#kept(fixedFiles, path, options) : this.#localFile(path, options, stampOf(path));
  }

  #kept(files: Map<string, ts.SourceFile>, path: string, options: ParseOptions): ts.SourceFile | undefined {
    const kept = files.get(path);
    if (kept !== undefined) return kept;
    const file = this.#parse(path, options);
    if (file !== undefined) files.set(path, file);
    return file;
  }

  #localFile(path: string, options: ParseOptions, stamp: string): ts.SourceFile | undefined {
    const kept = this.#localFiles.get(path);
    if (kept?.stamp === stamp && kept.file.impliedNodeFormat === nodeFormatOf(options)) return kept.file;
    const file = this.#parse(path, options);
    if (file === undefined) this.#localFiles.delete(path);
    else this.#localFiles.set(path, { file, stamp });
    return file;
  }

  #parse(path: string, options: ParseOptions): ts.SourceFile | undefined {
    const text = this.#host.tslabSystem.readFile(path);
    if (text === undefined) return undefined;
    if (!this.#host.system.isWithoutComments(path)) return ts.createSourceFile(path, text, options);
    const parseOptions = typeof options === "object" ? options : { languageVersion: options };
    return ts.createSourceFile(path, text, { ...parseOptions, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
  }
}

/** What tslab's converter takes for the compiler's watch program. */
export function watchCells(host: CellProgramsHost): { close(): void } {
  const { roots, tslabSystem } = host;
  const programs = new CellPrograms(host);
  const start = (): void => host.afterProgramCreate?.(programs.next());
  // tslab reports a changed cell through a watcher and ends the compiler's waiting for further changes itself.
  let waiting: unknown;
  const restart = (): void => {
    if (waiting !== undefined) tslabSystem.clearTimeout?.(waiting);
    waiting = tslabSystem.setTimeout?.(() => {
      waiting = undefined;
      start();
    }, 0);
  };
  for (const path of roots) tslabSystem.watchFile?.(path, restart);
  start();
  return { close: () => undefined };
}
