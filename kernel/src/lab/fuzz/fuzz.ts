/** The fuzzer's loop: sequence after sequence, until enough operations have been compared; differences are shrunk and saved. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../linux/mkdir.js";
import { ARENA_PAGES, STEPS, generateSequence, type Surroundings } from "./generate.js";
import { modelsOfThisMachine, surroundingsHere } from "./machine.js";
import { scenarioFile } from "./save.js";
import type { FuzzSequence } from "./sequence.js";
import { shrink } from "./shrink.js";
import { SideBySide, type PredictorMaker, type SequenceReport } from "./side-by-side.js";

/** What a run counted so far. */
export interface FuzzCounts {
  /** Operations whose answers were compared. */
  readonly ops: number;
  /** Unexplained differences. */
  readonly divergences: number;
  /** Differences with a known reason. */
  readonly explained: number;
}

/** A difference nobody has an explanation for. */
export interface Divergence {
  /** What differed, in a line. */
  readonly text: string;
  /** Calls of the sequence it was shrunk to. */
  readonly steps: number;
  /** Whether the sequence showed it again when it was repeated; only then it could be shrunk. */
  readonly recurs: boolean;
  /** The scenario file. */
  readonly file: string;
}

/** What can be told to a run. */
export interface FuzzOptions {
  /** How many operations to compare at least. */
  readonly ops: number;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** Folder for scenarios of divergences; a fresh one below the system's temporary directory unless told, made when it is needed. */
  readonly save?: string;
  /** What is compared with the kernel, made anew for each sequence: the model of this machine unless told. */
  readonly predictors?: PredictorMaker;
  /** Ends the run after the sequence at hand. */
  readonly signal?: AbortSignal;
  /** How many divergences are shrunk and saved; the others are only counted. 20 unless told. */
  readonly mostSaved?: number;
  readonly onProgress?: (counts: FuzzCounts) => void;
  readonly onDivergence?: (divergence: Divergence) => void;
}

/** How a run ended. */
export interface FuzzSummary extends FuzzCounts {
  readonly seed: number;
  /** How often each explanation was given. */
  readonly explanations: ReadonlyMap<string, number>;
  readonly divergent: readonly Divergence[];
}

const MOST_SAVED = 20;
/** A difference that is still there in one of so many repetitions can be shrunk. */
const REPETITIONS = 3;

/**
 * Compares model and kernel over random sequences.
 * @throws Error where the kernel's side cannot run at all, e.g. without a place for an arena
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const run = new FuzzRun(options);
  try {
    return await run.run();
  } finally {
    run.close();
  }
}

class FuzzRun {
  readonly #pair: SideBySide;
  readonly #surroundings: Surroundings = surroundingsHere();
  readonly #explanations = new Map<string, number>();
  readonly #divergent: Divergence[] = [];
  #counts: FuzzCounts = { ops: 0, divergences: 0, explained: 0 };
  #folder: string | undefined;

  constructor(private readonly options: FuzzOptions) {
    this.#pair = new SideBySide(options.predictors ?? modelsOfThisMachine(), ARENA_PAGES);
  }

  close(): void {
    this.#pair.close();
  }

  async run(): Promise<FuzzSummary> {
    const { ops, seed, signal, onProgress } = this.options;
    for (let number = 0; this.#counts.ops < ops && signal?.aborted !== true; number++) {
      const sequence = generateSequence(seed, number, this.#surroundings, Math.min(STEPS, ops - this.#counts.ops));
      const report = this.#pair.run(sequence);
      this.#counts = { ...this.#counts, ops: this.#counts.ops + report.compared };
      if (report.difference !== null) this.#differed(sequence, report, number);
      onProgress?.(this.#counts);
      // Lets a signal and the caller's output through.
      await new Promise((resume) => setImmediate(resume));
    }
    return { ...this.#counts, seed, explanations: this.#explanations, divergent: this.#divergent };
  }

  #differed(sequence: FuzzSequence, report: SequenceReport, number: number): void {
    const { explanation } = report;
    if (explanation !== null) {
      this.#counts = { ...this.#counts, explained: this.#counts.explained + 1 };
      this.#explanations.set(explanation, (this.#explanations.get(explanation) ?? 0) + 1);
      return;
    }
    this.#counts = { ...this.#counts, divergences: this.#counts.divergences + 1 };
    if (this.#divergent.length >= (this.options.mostSaved ?? MOST_SAVED)) return;
    const divergence = this.#save(sequence, report, number);
    this.#divergent.push(divergence);
    this.options.onDivergence?.(divergence);
  }

  /** Shrinks it as far as it recurs, and writes the scenario. */
  #save(sequence: FuzzSequence, first: SequenceReport, number: number): Divergence {
    const shown = first.difference;
    const sameAgain = (candidate: FuzzSequence): SequenceReport | undefined => {
      const report = this.#pair.run(candidate);
      const same =
        report.explanation === null && report.difference?.field === shown?.field && report.difference?.operation.op === shown?.operation.op;
      return same ? report : undefined;
    };
    const recurs = Array.from({ length: REPETITIONS }).some(() => sameAgain(sequence) !== undefined);
    const smallest = recurs ? shrink(upTo(sequence, first), (candidate) => sameAgain(candidate) !== undefined) : upTo(sequence, first);
    const report = recurs ? (sameAgain(smallest) ?? first) : first;
    // A difference that comes and goes: what is saved is the sequence whose answers are at hand.
    const saved = report === first ? upTo(sequence, first) : smallest;
    const name = `fuzz-${String(this.options.seed)}-${String(number)}`;
    const file = join(this.#saveFolder(), `${name}.json`);
    writeFileSync(file, scenarioFile(name, saved, report));
    return { text: describe(report), steps: saved.steps.length, recurs, file };
  }

  #saveFolder(): string {
    if (this.#folder !== undefined) return this.#folder;
    const { save } = this.options;
    if (save !== undefined) makeFolder(save);
    return (this.#folder = save ?? mkdtempSync(join(tmpdir(), "mmaplab-fuzz-")));
  }
}

/** The steps up to the one that differed. */
function upTo(sequence: FuzzSequence, { difference }: SequenceReport): FuzzSequence {
  return difference === null ? sequence : { ...sequence, steps: sequence.steps.slice(0, difference.step + 1) };
}

function describe({ difference }: SequenceReport): string {
  if (difference === null) return "no difference";
  const { field, model, kernel, operation } = difference;
  return `${field} after ${operation.op}: the model says ${model === "" ? "nothing" : model}, the kernel ${kernel === "" ? "nothing" : kernel}`;
}
