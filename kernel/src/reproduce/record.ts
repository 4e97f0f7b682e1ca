/**
 * A record: one observation, on one line of JSON. Records are tidy: a line is an observation, a key a variable, so that any tool
 * that reads JSON lines (pandas, DuckDB, R) takes them as they are.
 */
import { readFileSync } from "node:fs";

/** What is varied within an experiment: names and values, e.g. `{ call: "fsync", pages: 16 }`. */
export type Case = Readonly<Record<string, string | number>>;

/** How far a value may be trusted. */
export type MeasureKind =
  /** A count that is the same in every undisturbed run: faults of a program, bytes asked for, node visits. */
  | "exact"
  /** A count to which others on the machine may add: bytes of a disk, interrupts. */
  | "counted"
  /** A duration or a rate. Only ratios within one run mean something. */
  | "timed";

const KINDS: readonly string[] = ["exact", "counted", "timed"] satisfies readonly MeasureKind[];

/** One observation. */
export interface ExperimentRecord {
  /** The experiment's name. */
  readonly experiment: string;
  /** Which repetition, from 1. */
  readonly run: number;
  /** The machine it was made on: the `id` of its manifest. */
  readonly machine: string;
  readonly case: Case;
  /** What was observed: "time", "minor faults". */
  readonly measure: string;
  /** "ns", "faults", "bytes", "MB/s" ... */
  readonly unit: string;
  readonly kind: MeasureKind;
  /** Which observation of this case and measure in this run, from 0, in the order made. */
  readonly sample: number;
  readonly value: number;
}

/** A line of a record file, without its end. */
export function recordLine(record: ExperimentRecord): string {
  return JSON.stringify(record);
}

/** What a record is an observation of: all but its value. Two runs give the same set of these. */
export function recordKey({ experiment, run, case: where, measure, sample }: ExperimentRecord): string {
  return JSON.stringify([experiment, run, caseText(where), measure, sample]);
}

/** A case in words, its names in alphabetical order: "call fsync, pages 16". */
export function caseText(where: Case): string {
  return Object.entries(where)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}

/** Whether a case has all values of another, which may leave some open. */
export function matches(where: Case, wanted: Case): boolean {
  return Object.entries(wanted).every(([name, value]) => where[name] === value);
}

function isRecord(value: unknown): value is ExperimentRecord {
  if (typeof value !== "object" || value === null) return false;
  const given = value as Record<string, unknown>;
  const texts = ["experiment", "machine", "measure", "unit"].every((key) => typeof given[key] === "string");
  const numbers = ["run", "sample", "value"].every((key) => Number.isFinite(given[key]));
  const { case: where, kind } = given;
  if (!texts || !numbers || typeof kind !== "string" || !KINDS.includes(kind)) return false;
  if (typeof where !== "object" || where === null || Array.isArray(where)) return false;
  return Object.values(where).every((part) => typeof part === "string" || Number.isFinite(part));
}

/**
 * Reads the text of a record file.
 * @param name of the file, for messages
 * @throws Error that names the line which is no record
 */
export function parseRecords(text: string, name = "the records"): ExperimentRecord[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined; // said below, with the line
    }
    if (!isRecord(value)) throw new Error(`${name}, line ${index + 1}, is no record of an experiment. Run the experiment again.`);
    return [value];
  });
}

/**
 * The records of a file: `const rows = records("results/records.jsonl")`.
 * @param path of a file of JSON lines, as `mmaplab reproduce` writes it
 * @throws Error where it cannot be read or holds something else
 */
export function records(path: string): ExperimentRecord[] {
  return parseRecords(readFileSync(path, "utf8"), path);
}
