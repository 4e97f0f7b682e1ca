/**
 * What the kernel and the address space panel say to each other over a comm. Plain data: traces and their steps are in the form
 * that `mmaplab/model` writes and reads. A message of an unknown type or of a later version is to be ignored.
 */

/** The comm's target, which the panel opens. */
export const ADDRESS_SPACE_TARGET = "mmaplab.address-space";

export const ADDRESS_SPACE_VERSION = 1;

/** How often the kernel sends while a cell runs, in milliseconds. */
export const PANEL_INTERVAL_MS = { least: 20, usual: 100, most: 10_000 } as const;

/** What Linux counts for the whole process that runs the cells; null where it could not be read. */
export interface ProcessCounters {
  /** Faults since the process began, of Node.js itself too. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** Resident memory by kind, in KiB, of /proc/self/status. */
  readonly rssAnonKib: number | null;
  readonly rssFileKib: number | null;
  readonly rssShmemKib: number | null;
  /** Dirty pages in KiB, of /proc/self/smaps_rollup, as of the end of the last cell. */
  readonly dirtyKib: number | null;
}

/** A range of memory that is not the lab's: its start, one past its end (both as "0x..."), and how many mappings lie in it. */
export type ForeignRow = readonly [start: string, end: string, mappings: number];

/** The name of a range of memory, with its start and one past its end (both as "0x..."). */
export type LabelRow = readonly [text: string, start: string, end: string];

interface Versioned {
  readonly version: number;
  readonly counters: ProcessCounters;
  /** How many operations were run before the first step of this message. */
  readonly first: number;
}

/** Everything anew: at the start, when asked, and in place of too many operations. */
export interface PanelState extends Versioned {
  readonly type: "state";
  /** A trace document: the machine, what is mapped besides, and the steps that lead to the state. */
  readonly trace: string;
  /** Operations that are in the state but are not listed. */
  readonly folded: number;
  /** Whether the steps lead to exactly the lab's mappings; otherwise neighbours may be shown as one. */
  readonly exact: boolean;
}

/** Operations that were run since the last message. */
export interface PanelSteps extends Versioned {
  readonly type: "steps";
  /** Steps as in a trace document. */
  readonly steps: readonly unknown[];
  /** Where it has changed. */
  readonly foreign?: readonly ForeignRow[];
  /** Where they have changed. */
  readonly labels?: readonly LabelRow[];
}

export type PanelMessage = PanelState | PanelSteps;

/** From the panel: the first message of the comm (`open`), and `resend` for the state anew. */
export interface PanelRequest {
  readonly version: number;
  readonly type: "open" | "resend";
  /** Milliseconds between two messages while a cell runs. */
  readonly intervalMs: number;
}

/** Reads a message of the kernel. @returns null for one to be ignored */
export function readPanelMessage(data: unknown): PanelMessage | null {
  if (typeof data !== "object" || data === null) return null;
  const message = data as Partial<Record<keyof PanelState | keyof PanelSteps, unknown>>;
  if (message.version !== ADDRESS_SPACE_VERSION || !isCount(message.first)) return null;
  const head = { version: ADDRESS_SPACE_VERSION, first: message.first, counters: readCounters(message.counters) };
  if (message.type === "state" && typeof message.trace === "string") {
    const folded = isCount(message.folded) ? message.folded : 0;
    return { ...head, type: "state", trace: message.trace, folded, exact: message.exact !== false };
  }
  if (message.type !== "steps" || !Array.isArray(message.steps)) return null;
  return {
    ...head,
    type: "steps",
    steps: message.steps as readonly unknown[],
    ...(Array.isArray(message.foreign) && { foreign: message.foreign.filter(isForeignRow) }),
    ...(Array.isArray(message.labels) && { labels: message.labels.filter(isLabelRow) }),
  };
}

function readCounters(data: unknown): ProcessCounters {
  const raw = (typeof data === "object" && data !== null ? data : {}) as Partial<Record<keyof ProcessCounters, unknown>>;
  const orNull = (value: unknown): number | null => (isCount(value) ? value : null);
  return {
    minorFaults: orNull(raw.minorFaults) ?? 0,
    majorFaults: orNull(raw.majorFaults) ?? 0,
    rssAnonKib: orNull(raw.rssAnonKib),
    rssFileKib: orNull(raw.rssFileKib),
    rssShmemKib: orNull(raw.rssShmemKib),
    dirtyKib: orNull(raw.dirtyKib),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isForeignRow(row: unknown): row is ForeignRow {
  if (!Array.isArray(row)) return false;
  const [start, end, mappings] = row as readonly unknown[];
  return isHex(start) && isHex(end) && isCount(mappings);
}

function isLabelRow(row: unknown): row is LabelRow {
  if (!Array.isArray(row)) return false;
  const [text, start, end] = row as readonly unknown[];
  return typeof text === "string" && isHex(start) && isHex(end);
}

function isHex(text: unknown): boolean {
  return typeof text === "string" && /^0x[0-9a-f]{1,16}$/.test(text);
}
