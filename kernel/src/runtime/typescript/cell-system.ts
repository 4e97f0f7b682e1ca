/**
 * The file system as the type-check of cells sees it: the real one, with the declarations of the cell globals, with the
 * prelude's package where the notebook's folder has none, and without operating-system watchers.
 *
 * Watchers would cost inotify handles on every folder of the notebook and would tell of a change some time after it; instead
 * each program looks at the few files that can change.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import type { Prelude } from "../frames.js";
import { CELL_GLOBALS, CELL_GLOBALS_FILE } from "./cell-globals.js";
import { Typings } from "./typings.js";

export interface CellSystem extends ts.System {
  /** The in-memory file that declares the cell globals. */
  readonly globalsFile: string;
  /** Whether a file stays as it is while the notebook runs: installed packages do. */
  isFixed(path: string): boolean;
  /** Whether a file is parsed without the comments that document its declarations (see documentation.ts). */
  isWithoutComments(path: string): boolean;
  /** What the compiler gets in place of some declaration files. */
  readonly typings: Typings;
}

/**
 * @param cwd the notebook's folder, absolute
 * @param prelude the package whose names cells have without an import, or null
 */
export function createCellSystem(cwd: string, prelude: Prelude | null): CellSystem {
  const base = ts.sys;
  const globalsFile = join(cwd, CELL_GLOBALS_FILE);

  const preludePath = prelude === null ? null : join(cwd, "node_modules", prelude.module);
  // Without a slash at the end, which would keep its files from being recognized as fixed, and double the time of every cell.
  const preludeFolder = prelude === null ? null : resolve(prelude.folder);
  /** Where a path of the prelude's package really is. */
  function located(path: string): string {
    if (preludeFolder === null || preludePath === null) return path;
    if (path !== preludePath && !path.startsWith(`${preludePath}/`)) return path;
    return existsSync(preludePath) ? path : preludeFolder + path.slice(preludePath.length);
  }

  function isFixed(path: string): boolean {
    return path.includes("/node_modules/") || (preludeFolder !== null && path.startsWith(`${preludeFolder}/`)) || path === globalsFile;
  }

  const typings = new Typings((path) => base.readFile(path), preludeFolder);
  function readFile(path: string, encoding?: string): string | undefined {
    return path === globalsFile ? CELL_GLOBALS : (typings.replacementOf(located(path))?.text ?? base.readFile(located(path), encoding));
  }

  return {
    ...base,
    globalsFile,
    isFixed,
    getCurrentDirectory: () => cwd,
    fileExists: (path) => path === globalsFile || base.fileExists(located(path)),
    isWithoutComments: (path) => isFixed(path) && path !== globalsFile && path.endsWith(".d.ts"),
    typings,
    readFile,
    directoryExists: (path) => base.directoryExists(located(path)),
    getDirectories: (path) => base.getDirectories(located(path)),
    realpath: (path) => base.realpath?.(located(path)) ?? located(path),
    getModifiedTime: (path) => base.getModifiedTime?.(located(path)),
    watchFile: () => ({ close: () => undefined }),
    watchDirectory: () => ({ close: () => undefined }),
  };
}
