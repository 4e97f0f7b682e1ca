/**
 * Stack traces as a person reads them: places are `cell [n]:line:column` of the TypeScript as typed, and frames of this
 * runtime and of the prelude are left out. Done where V8 makes the text (`Error.prepareStackTrace`), so that it holds for `error.stack` everywhere.
 */
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";

/** Frames of these are Node's, between the reader's own where Node calls back. */
const NODE_FRAME = /\bnode:(internal|timers|events)\b/;

/** The frame that starts the evaluation of a cell; those under it are the runtime's. */
const EVALUATION = "node:inspector";

/** A place in compiled code; the number is the execution's. Names that V8 takes in `//# sourceURL` hold no blanks. */
const PLACE = /cell-execution-(\d+):(\d+):(\d+)/g;

interface Source {
  readonly label: string;
  readonly map: TraceMap | null;
}

/** A place in a local TypeScript module, which is compiled as well. */
const FILE_PLACE = /(\/[^():]*\.[cm]?tsx?):(\d+):(\d+)/g;

/** The sources of all cells run so far, because a function of an old cell may throw in a new one. */
export class StackTraces {
  readonly #sources = new Map<number, Source>();
  readonly #files = new Map<string, TraceMap>();
  readonly #hiddenFolders: readonly string[];

  /** @param hiddenFolders `file:` URLs of the folders whose frames are left out, each with a slash at the end */
  constructor(hiddenFolders: readonly string[]) {
    this.#hiddenFolders = hiddenFolders;
  }

  /** The line that names the code of an execution to V8; goes to the end of the code. */
  static sourceUrl(execution: number): string {
    return `//# sourceURL=cell-execution-${execution}`;
  }

  /**
   * Remembers where the code of an execution comes from.
   *
   * @param sourceMap JSON text of a source map with one source, or null where the code is as typed
   */
  remember(execution: number, label: string, sourceMap: string | null): void {
    this.#sources.set(execution, { label, map: sourceMap === null ? null : new TraceMap(sourceMap) });
  }

  /** Remembers the source map of a module, for places in it. */
  rememberFile(path: string, sourceMap: string): void {
    this.#files.set(path, new TraceMap(sourceMap));
  }

  /** Replaces places in the compiled code of cells and local modules by places as typed. Not for text that has been through it. */
  rewrite(text: string): string {
    return this.rewriteCells(text).replace(FILE_PLACE, (place, path: string, line: string, column: string) => {
      const map = this.#files.get(path);
      return map === undefined ? place : original(map, path, line, column);
    });
  }

  /** Replaces places in the compiled code of cells only. */
  rewriteCells(text: string): string {
    return text.replace(PLACE, (place, execution: string, line: string, column: string) => {
      const source = this.#sources.get(Number(execution));
      if (source === undefined) return place;
      return source.map === null ? `${source.label}:${line}:${column}` : original(source.map, source.label, line, column);
    });
  }

  /** Installs itself as what V8 asks for the text of `error.stack`. */
  install(): void {
    Error.prepareStackTrace = (error, frames) => this.#format(error, frames);
  }

  #format(error: Error, frames: readonly NodeJS.CallSite[]): string {
    const lines = [headline(error)];
    for (const frame of frames) {
      const text = frame.toString();
      if (text.includes(EVALUATION)) break;
      if (this.#hiddenFolders.some((folder) => text.includes(folder)) || NODE_FRAME.test(text)) continue;
      lines.push(`    at ${this.rewrite(text)}`);
    }
    return lines.join("\n");
  }
}

/** The place a compiled place comes from. V8 counts columns from 1, source maps from 0. */
function original(map: TraceMap, name: string, line: string, column: string): string {
  const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
  return found.line === null ? name : `${name}:${found.line}:${found.column + 1}`;
}

/** `Error.prototype.toString`, for errors whose `name` or `message` throw as well. */
function headline(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}
