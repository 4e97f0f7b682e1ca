/**
 * A trace: what was done to memory, with what the kernel answered, in an order in which it can be done again. The model
 * replays it anywhere, the live kernel replays it in a process of its own. document.ts writes it down and reads it.
 */
import type { Operation } from "../operation.js";
import type { Result } from "../result.js";
import type { ModelOptions } from "../settings.js";

/** The name of the format, the first field of every document. */
export const TRACE_FORMAT = "mmaptrace";

/** The version of the format that is written; readers refuse later ones. */
export const TRACE_VERSION = 1;

/** Memory of the process that is not the lab's: neighbouring mappings folded into one range. */
export interface ForeignRange {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
  /** How many mappings lie in it. */
  readonly mappings: number;
}

/** A name that was given to a range of memory. */
export interface TraceLabel {
  readonly text: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** One operation, and what it led to. */
export interface TraceStep {
  readonly operation: Operation;
  /**
   * What the kernel answered. Null where the kernel was not asked: in a prediction, and where the model is told what is there
   * already, e.g. a file that was open before.
   */
  readonly result: Result | null;
  /** Why the model may answer otherwise, where a reason was known when this was recorded. */
  readonly explained?: string;
}

/** A trace. It starts from a process that has nothing mapped but what is {@link Trace.foreign}. */
export interface Trace {
  readonly title: string;
  /** The kernel it was recorded on, e.g. "6.18.44". */
  readonly release: string;
  /** Bytes in a page. */
  readonly pageSize: number;
  /** The machine and the limits, as the model has to know them. `release` in it is whose rules the model follows. */
  readonly machine: ModelOptions;
  readonly foreign: readonly ForeignRange[];
  readonly labels: readonly TraceLabel[];
  readonly steps: readonly TraceStep[];
  /** How many steps at the start only make the state in which that begins which the trace is about. */
  readonly prologue: number;
  /** What was left out, a sentence each. */
  readonly leftOut: readonly string[];
}

/** The most that a document may hold. Beyond these a reader would only freeze. */
export const TRACE_LIMITS = {
  /** Characters of a document. */
  characters: 64 * 1024 * 1024,
  steps: 200_000,
  /** Faults listed singly in one step. */
  faults: 1_000_000,
  /** Characters of a title, a name or a reason. */
  text: 4096,
  /** Bytes of what a file holds, or of what was read. */
  bytes: 16 * 1024 * 1024,
  /** Pages that one operation may make its executor walk: 16 GiB of them. */
  pages: 1 << 22,
  /** Pages that all operations together may make it fill. */
  totalPages: 1 << 25,
  ranges: 70_000,
} as const;
