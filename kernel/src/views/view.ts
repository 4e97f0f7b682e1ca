/**
 * What the kernel displays: plain data under one MIME type. Figures are built from it by the reader (the JupyterLab
 * extension), never here. Addresses are strings such as "0x7f12a000", because JSON numbers cannot hold them all.
 */
import type { CheckView } from "./check-view.js";
import type { EmbeddedTrace } from "./embedded-trace.js";
import type { IndexView } from "./index-view.js";
import type { PageTableView } from "./page-table-view.js";
import type { SharedMemoryView } from "./shared-memory-view.js";

/** The MIME type of every view. */
export const VIEW_MIME_TYPE = "application/vnd.mmaplab.v1+json";

/** The version of this format. A reader refuses a higher one and shows the text instead. */
export const VIEW_VERSION = 1;

/** An address, as `0x` and lower-case hexadecimal digits. */
export type Hex = `0x${string}`;

/** Who says so. */
export type Source = "kernel" | "model";

/** One VMA, with what its pages hold. */
export interface VmaView {
  readonly start: Hex;
  /** One past the last byte. */
  readonly end: Hex;
  /** As in /proc/pid/maps: `rw-p`. */
  readonly perms: string;
  /** Offset in the file, in bytes. */
  readonly offset: Hex;
  /** File name, "/dev/zero" for shared anonymous memory, null for private anonymous memory. */
  readonly object: string | null;
  /** One letter a page (see `PageState` in mmaplab/model), where it was read. */
  readonly pages?: string;
  /** One character a page, `d` dirty and `.` clean, where it is known. */
  readonly dirty?: string;
  /** The label a cell gave the mapping. */
  readonly label?: string;
}

/** The mappings of the lab, before and after what was observed, as the kernel and as the model has them. */
export interface MappingsView {
  readonly kind: "mappings";
  readonly title: string;
  /** Bytes in a page. */
  readonly pageSize: number;
  readonly states: readonly { readonly source: Source; readonly before: readonly VmaView[]; readonly after: readonly VmaView[] }[];
}

/** Faults of one source, a column for each property; all columns are of the same length. */
export interface FaultColumns {
  readonly source: Source;
  /** How the faults were seen: "perf events", "userfaultfd", "counters around each touch", "model". */
  readonly instrument: string;
  /** Totals, which may exceed the listed faults (faults inside the kernel, or `lost` ones). */
  readonly minor: number;
  readonly major: number;
  /** Faults the instrument is known to have missed. */
  readonly lost: number;
  /** Page number of each fault, relative to `base`. */
  readonly page: readonly number[];
  /** Nanoseconds since the first operation of the observation, counting only the time inside operations; null where not measured. */
  readonly atNs: readonly number[] | null;
  /** Nanoseconds the touching instruction took; null where not measured. */
  readonly tookNs: readonly number[] | null;
  /** One letter a fault: `m` minor, `M` major, `s` signal. */
  readonly faultKind: string;
  /** One letter a fault: `r` read, `w` write, `x` execute. */
  readonly access: string;
  /** For each fault, an index into `reasons`, or -1 for a fault without one; null where no reason is known at all. */
  readonly reason: readonly number[] | null;
  /** Distinct reasons, in words. */
  readonly reasons: readonly string[];
}

/** Faults by address and time. */
export interface FaultsView {
  readonly kind: "faults";
  readonly title: string;
  readonly pageSize: number;
  /** The address of page 0 of the columns. */
  readonly base: Hex;
  /** The VMAs the faults fell into, for naming them. */
  readonly vmas: readonly VmaView[];
  readonly sources: readonly FaultColumns[];
}

/** Times of one kind of call. */
export interface LatencySeries {
  /** What was timed: "msync MS_SYNC". */
  readonly label: string;
  /** Nanoseconds of each call, in the order made. */
  readonly ns: readonly number[];
  /** Dirty pages before each call, where it is known. */
  readonly dirtyPages?: readonly number[];
}

/** How long calls took. */
export interface LatencyView {
  readonly kind: "latency";
  readonly title: string;
  readonly series: readonly LatencySeries[];
}

/** One line of a comparison. */
export interface ComparisonRow {
  /** What was compared: "minor faults". */
  readonly what: string;
  readonly kernel: string;
  readonly model: string;
  readonly verdict: "equal" | "explained" | "unexplained";
  /** For `explained`, the rule; otherwise absent. */
  readonly why?: string;
}

/** Where model and kernel agree, and where they do not. */
export interface ComparisonView {
  readonly kind: "comparison";
  readonly title: string;
  readonly rows: readonly ComparisonRow[];
}

/** What a cell of a table says about itself; `plain` unless told. */
export type Tone = "plain" | "ok" | "warn" | "bad";

/** One cell of a table. Its text says everything: the tone only repeats it in colour. */
export interface TableCell {
  readonly text: string;
  readonly tone?: Tone;
}

/** Rows of text under headings. */
export interface TableView {
  readonly kind: "table";
  readonly title: string;
  /** One for each column. */
  readonly headings: readonly string[];
  /** Each row has as many cells as there are headings. */
  readonly rows: readonly (readonly TableCell[])[];
  /** A sentence or two for people, shown with the table. */
  readonly caption?: string;
}

/** Several views of one thing, drawn as one output so that they can be linked. */
export interface ObservationView {
  readonly kind: "observation";
  readonly title: string;
  /** A sentence for people that belongs to the whole, e.g. how a prediction would end. */
  readonly note?: string;
  readonly views: readonly FigureView[];
  /** What was done, to be stepped through; absent where nothing was recorded. */
  readonly trace?: EmbeddedTrace;
}

/** A view that is one figure. */
export type FigureView =
  MappingsView | FaultsView | LatencyView | ComparisonView | TableView | IndexView | PageTableView | SharedMemoryView | CheckView;

/** Anything the kernel displays. */
export type View = FigureView | ObservationView;

/** What stands under {@link VIEW_MIME_TYPE} in an output. */
export type ViewBundle = { readonly version: typeof VIEW_VERSION } & View;
