/**
 * The file system as the type-check of cells sees it: the real one, with the declarations of the cell globals, with the
 * prelude's package where the notebook's folder has none, and without operating-system watchers.
 *
 * Watchers would cost inotify handles on every folder of the notebook and would tell of a change some time after it; instead
 * {@link CellSystem.reportChanges} is called before each compile and looks at the few files that can change.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Prelude } from "../frames.js";
import { CELL_GLOBALS, CELL_GLOBALS_FILE } from "./cell-globals.js";

export interface CellSystem extends ts.System {
  /** The in-memory file that declares the cell globals. */
  readonly globalsFile: string;
  /** Whether a file stays as it is while the notebook runs: installed packages do. */
  isFixed(path: string): boolean;
  /** Tells the type-check of the local files that changed, appeared or went since the last call. */
  reportChanges(): void;
}

interface WatchedFile {
  readonly path: string;
  readonly changed: ts.FileWatcherCallback;
  stamp: string;
}

/** Differs when the file differs; "absent" where there is none. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${String(stat.mtimeMs)}:${String(stat.size)}:${String(stat.ino)}`;
}

/**
 * @param cwd the notebook's folder, absolute
 * @param prelude the package whose names cells have without an import, or null
 */
export function createCellSystem(cwd: string, prelude: Prelude | null): CellSystem {
  const base = ts.sys;
  const globalsFile = join(cwd, CELL_GLOBALS_FILE);
  const watched = new Set<WatchedFile>();

  const preludePath = prelude === null ? null : join(cwd, "node_modules", prelude.module);
  /** Where a path of the prelude's package really is. */
  function located(path: string): string {
    if (prelude === null || preludePath === null) return path;
    if (path !== preludePath && !path.startsWith(`${preludePath}/`)) return path;
    return existsSync(preludePath) ? path : prelude.folder + path.slice(preludePath.length);
  }

  function isFixed(path: string): boolean {
    return path.includes("/node_modules/") || (prelude !== null && path.startsWith(`${prelude.folder}/`)) || path === globalsFile;
  }

  return {
    ...base,
    globalsFile,
    isFixed,
    getCurrentDirectory: () => cwd,
    fileExists: (path) => path === globalsFile || base.fileExists(located(path)),
    readFile: (path, encoding) => (path === globalsFile ? CELL_GLOBALS : base.readFile(located(path), encoding)),
    directoryExists: (path) => base.directoryExists(located(path)),
    getDirectories: (path) => base.getDirectories(located(path)),
    realpath: (path) => base.realpath?.(located(path)) ?? located(path),
    getModifiedTime: (path) => base.getModifiedTime?.(located(path)),
    watchFile: (path, changed) => {
      if (isFixed(path)) return { close: () => undefined };
      const file: WatchedFile = { path, changed, stamp: stampOf(path) };
      watched.add(file);
      return { close: () => watched.delete(file) };
    },
    watchDirectory: () => ({ close: () => undefined }),
    reportChanges: () => {
      for (const file of [...watched]) {
        const stamp = stampOf(file.path);
        if (stamp === file.stamp) continue;
        const kind =
          stamp === "absent"
            ? ts.FileWatcherEventKind.Deleted
            : file.stamp === "absent"
              ? ts.FileWatcherEventKind.Created
              : ts.FileWatcherEventKind.Changed;
        file.stamp = stamp;
        file.changed(file.path, kind);
      }
    },
  };
}
