/**
 * What the three processes of the kernel say to each other, as JSON lines on pipes.
 *
 * supervisor -> cell process: {@link CellCommand} on fd 4 (read by a helper thread, so that an interrupt gets through)
 * cell process -> supervisor: {@link CellFrame} on fd 3 (written synchronously: ordered, and nothing is lost in a crash)
 * supervisor -> cell process: {@link InputAnswer} on fd 5 (read blockingly by `prompt()`)
 * cell process -> supervisor: the report of a crash on fd 6, in a form that only those know who write and read it: the module
 *   {@link CellProcessArguments.crashReporter} names, and the function the supervisor was given to explain it
 * supervisor <-> TypeScript service: {@link ServiceRequest} on its stdin, {@link ServiceReply} on its stdout
 */

/** Data for a front end: MIME type to value. Strings for text types, any JSON for `+json` types, base64 for binary ones. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Comm messages carry binary buffers, here as base64. */
export interface CommFrame {
  readonly event: "open" | "msg" | "close";
  readonly commId: string;
  readonly targetName?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly string[];
}

/** A cell, compiled: plain JavaScript for V8's REPL mode. */
export interface CompiledCell {
  /** JavaScript; ends with the last expression where `showsValue`. */
  readonly code: string;
  /** Source map (JSON text) from `code` to the TypeScript as typed; null where none. */
  readonly sourceMap: string | null;
  /** Whether the cell ends in an expression whose value is to be shown. */
  readonly showsValue: boolean;
  /**
   * The local TypeScript modules the cell imports, directly or through one another; absent where none. They come with every cell
   * that needs them, so that a module whose `code` differs from what is loaded under its path has changed on disk.
   */
  readonly modules?: readonly CompiledModule[];
}

/** A local `.ts` module, compiled to CommonJS. */
export interface CompiledModule {
  /** Absolute path of the TypeScript file. Code asks for the module by this path: `__import__(path)`, `require(path)`. */
  readonly path: string;
  /** CommonJS, with an inline source map. */
  readonly code: string;
}

/** An error as the protocol wants it. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  /** Lines for people; may hold ANSI colours. */
  readonly traceback: readonly string[];
}

/** To the cell process. */
export type CellCommand =
  | {
      readonly type: "run";
      /** Identifies this execution in the answers; counts up from 1 for ever. */
      readonly id: number;
      /** The number shown as In [n]. */
      readonly executionCount: number;
      readonly cell: CompiledCell;
      /** No result is wanted. */
      readonly silent: boolean;
    }
  /** End the running code of execution `id`, and only that one. */
  | { readonly type: "terminate"; readonly id: number }
  /** A comm message from the front end. `id` counts with the executions: outputs of the handler carry it. Answered by `done`. */
  | { readonly type: "comm"; readonly id: number; readonly comm: CommFrame };

/** From the cell process. `execution` is the cell an output belongs to, 0 before the first. */
export type CellFrame =
  | { readonly type: "ready"; readonly pid: number }
  | { readonly type: "stream"; readonly name: "stdout" | "stderr"; readonly text: string; readonly execution: number }
  | {
      readonly type: "display";
      readonly data: MimeBundle;
      readonly metadata: Readonly<Record<string, unknown>>;
      /** For later updates. */
      readonly displayId?: string;
      /** Whether it replaces an earlier display of the same id. */
      readonly update: boolean;
      readonly execution: number;
    }
  | { readonly type: "clear"; readonly wait: boolean; readonly execution: number }
  /** The cell shown as In [executionCount] has come to this line, counted from 1, of the TypeScript as typed. */
  | { readonly type: "line"; readonly executionCount: number; readonly line: number }
  | { readonly type: "comm"; readonly comm: CommFrame; readonly execution: number }
  | { readonly type: "input"; readonly prompt: string; readonly password: boolean; readonly execution: number }
  | {
      readonly type: "done";
      readonly id: number;
      readonly status: "ok";
      /** The value of the last expression, or null where there is none to show. */
      readonly result: { readonly data: MimeBundle; readonly metadata: Readonly<Record<string, unknown>> } | null;
    }
  | { readonly type: "done"; readonly id: number; readonly status: "error"; readonly error: ErrorReport };

/** The answer to a `prompt()`. */
export type InputAnswer =
  | { readonly value: string }
  /** Nobody can be asked; the text says why. */
  | { readonly refused: string }
  /** The cell was interrupted while it waited. */
  | { readonly interrupted: true };

/** A place in a cell. Lines and columns count from 1, columns in UTF-16 units. */
export interface Diagnostic {
  /** "error" stops the cell. */
  readonly category: "error" | "warning";
  /** TypeScript's number, e.g. 2322. */
  readonly code: number;
  readonly message: string;
  /** The module's file for diagnostics outside the cell. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  /** Length in UTF-16 units. */
  readonly length: number;
}

/** To the TypeScript service. Offsets are UTF-16 units; the supervisor converts the protocol's code points. */
export type ServiceRequest = { readonly id: number } & (
  | {
      /** Type-check and compile a cell against the cells accepted so far. */
      readonly type: "compile";
      readonly source: string;
      readonly executionCount: number;
      /**
       * "expression": one of the `user_expressions` of the cell compiled last. It sees that cell's declarations, and what it declares
       * itself is forgotten: an `accept` that follows means the cell.
       */
      readonly purpose?: "cell" | "expression";
    }
  /** The cell compiled last has run (to its end or part of it): its declarations hold from now on. */
  | { readonly type: "accept" }
  /** The variables are gone: forget all cells. */
  | { readonly type: "reset" }
  | { readonly type: "complete"; readonly source: string; readonly offset: number }
  | { readonly type: "inspect"; readonly source: string; readonly offset: number; readonly detail: 0 | 1 }
  | { readonly type: "isComplete"; readonly source: string }
);

/** A completion. */
export interface CompletionItem {
  readonly text: string;
  /** TypeScript's kind: "function", "const", ... */
  readonly kind: string;
}

/** From the TypeScript service. */
export type ServiceReply = { readonly id: number } & (
  | { readonly type: "compiled"; readonly cell: CompiledCell }
  /** The cell does not type-check: `error` is ready to be sent, with code frames. */
  | { readonly type: "rejected"; readonly diagnostics: readonly Diagnostic[]; readonly error: ErrorReport }
  | { readonly type: "accepted" }
  | { readonly type: "reset" }
  | { readonly type: "completions"; readonly items: readonly CompletionItem[]; readonly start: number; readonly end: number }
  | { readonly type: "inspection"; readonly found: boolean; readonly text: string; readonly markdown: string }
  | { readonly type: "completeness"; readonly status: "complete" | "incomplete" | "invalid"; readonly indent: string }
  /** The service itself failed; the text names the cause. */
  | { readonly type: "failed"; readonly message: string }
);

/** Sent once by the TypeScript service, without an id, when it can answer. */
export interface ServiceReady {
  readonly type: "ready";
  /** The compiler's version, e.g. "6.0.3". */
  readonly typescript: string;
}

/** The first argument of the TypeScript service and of the cell process, as JSON text. */
export interface ProcessArguments {
  readonly prelude: Prelude | null;
  /** The notebook's folder: relative imports start there. */
  readonly cwd: string;
}

/** What the supervisor tells the cell process besides what the TypeScript service is told too. */
export interface CellProcessArguments extends ProcessArguments {
  /** Text one cell may print, in UTF-16 units. */
  readonly streamLimit?: number;
  /**
   * Path of a module whose export `leaveLastWords(fd)` is called before anything else is loaded: from then on a signal that ends
   * the process first has a report written to that descriptor. Null for none.
   */
  readonly crashReporter?: string | null;
}

/** What names every cell has without an import, given to both the TypeScript service and the cell process. */
export interface Prelude {
  /** The module whose exports are in scope, e.g. "mmaplab". */
  readonly module: string;
  /** The package folder it is found in when the notebook's own folder does not have it. */
  readonly folder: string;
  /** The exports that are in scope without an import line. */
  readonly names: readonly string[];
}
