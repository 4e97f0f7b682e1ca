/**
 * One run of an experiment, as its notebook sees it: a folder of its own, a random order that its seed decides, and a place for
 * records. Where `mmaplab reproduce` started the notebook, the records go to a file when all are there; opened by hand, the
 * notebook shows the same figures and keeps nothing.
 */
import { closeSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Random } from "../lab/fuzz/random.js";
import type { TableView } from "../views/index.js";
import { experimentNamed } from "./experiments/index.js";
import { Measurements } from "./measurements.js";
import { machineId } from "./running/manifest.js";
import { recordLine, type Case, type ExperimentRecord, type MeasureKind } from "./record.js";
import { preparedFile, type FileLayout, type PreparedFile } from "./prepared-file.js";
import { ShownTable } from "./report/shown-table.js";
import { figuresTable, shapesTable } from "./report/tables.js";

/** The parameters that every notebook of an experiment has. */
export interface RunParameters {
  /** Which repetition, from 1. */
  readonly run: number;
  /** Decides the order of what is varied. */
  readonly seed: number;
  /** The file for the records; null where they are only shown. */
  readonly out: string | null;
  /** An existing folder for the files of the run; null for one in the notebook's folder, which is removed at the end. */
  readonly folder: string | null;
}

/** What is measured: "time" in "ns", a duration; "minor faults" ... */
export interface Measure {
  readonly measure: string;
  readonly unit: string;
  readonly kind: MeasureKind;
}

/** The duration of something. */
export const TIME: Measure = Object.freeze({ measure: "time", unit: "ns", kind: "timed" });

/** Minor faults that are the same each time. */
export const MINOR_FAULTS: Measure = Object.freeze({ measure: "minor faults", unit: "faults", kind: "exact" });

/** A count that came out different from what it has to be. */
export class CountDiffers extends Error {
  override readonly name = "CountDiffers";
}

/** A run under way. */
export class ExperimentRun {
  readonly folder: string;
  readonly #records: ExperimentRecord[] = [];
  readonly #samples = new Map<string, number>();
  readonly #open: number[] = [];
  readonly #machine = machineId();
  readonly #random: Random;
  readonly #own: boolean;

  /** Made by {@link experiment}. */
  constructor(
    readonly id: string,
    readonly parameters: RunParameters,
  ) {
    this.#random = new Random(parameters.seed);
    this.#own = parameters.folder === null;
    this.folder = parameters.folder ?? mkdtempSync(resolve(".mmaplab-experiment-"));
    if (this.#own) process.once("exit", () => this.#leave());
  }

  /** The records so far. */
  get records(): readonly ExperimentRecord[] {
    return this.#records;
  }

  /** The items in an order that the seed decides, so that drifts of the machine hit all of them alike. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const order: T[] = [];
    while (left.length > 0) order.push(...left.splice(this.#random.below(left.length), 1));
    return order;
  }

  /** A number from 0 to `limit - 1`, which the seed decides. */
  below(limit: number): number {
    return this.#random.below(limit);
  }

  /**
   * A file of the run, gone with it.
   * @param length in bytes
   * @throws Error where there is no room
   */
  file(name: string, length: number, layout?: FileLayout): PreparedFile {
    const file = preparedFile(this.folder, name, length, layout);
    this.#open.push(file.fd);
    return file;
  }

  /** Notes what was observed in a case; several values are samples, in the order made. */
  record(where: Case, { measure, unit, kind }: Measure, values: number | readonly number[]): void {
    const key = JSON.stringify([where, measure]);
    for (const value of typeof values === "number" ? [values] : values) {
      if (!Number.isFinite(value)) throw new RangeError(`record: ${measure} has to be a number, not ${String(value)}`);
      const sample = this.#samples.get(key) ?? 0;
      this.#samples.set(key, sample + 1);
      const { run } = this.parameters;
      this.#records.push({ experiment: this.id, run, machine: this.#machine, case: where, measure, unit, kind, sample, value });
    }
  }

  /**
   * Requires a count to be what the rules of memory mapping make it.
   * @throws CountDiffers which ends the run
   */
  exactly(what: string, actual: number, expected: number): void {
    if (actual === expected) return;
    throw new CountDiffers(
      `${what}: ${actual}, but it has to be ${expected}. Something else changed these pages meanwhile, or this kernel follows other rules: run it again, and compare with doctor().`,
    );
  }

  /** Writes the records where they belong, removes the files, and shows the figures. */
  finish(): ShownTable {
    const { out } = this.parameters;
    this.#leave();
    if (out !== null) {
      // Whole or not at all: a run that was ended is made again.
      const unfinished = `${out}.unfinished`;
      writeFileSync(unfinished, this.#records.map((record) => `${recordLine(record)}\n`).join(""));
      renameSync(unfinished, out);
    }
    return new ShownTable(this.tables());
  }

  /** The figures and the shapes of this run. */
  tables(): readonly TableView[] {
    const measurements = new Measurements(this.#records);
    const experiment = experimentNamed(this.id);
    return [figuresTable(experiment.title, measurements), shapesTable(experiment, measurements)];
  }

  #leave(): void {
    for (const fd of this.#open.splice(0)) closeSync(fd);
    if (this.#own) rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Begins a run.
 * @param id of the experiment, e.g. "msync"
 * @throws RangeError for a name that is none, with those there are
 */
export function experiment(id: string, parameters: RunParameters): ExperimentRun {
  return new ExperimentRun(experimentNamed(id).id, parameters);
}
