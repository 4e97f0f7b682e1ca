/** Runs sequences on the model and on the live kernel, in an arena of this process or in a process of their own. */
import type { Operation, ProcessId, Result, RunOptions } from "../../model/index.js";
import { Arena, KernelExecutor } from "../kernel/index.js";
import { KernelSide, type ProcessFacts } from "./kernel-side.js";
import { RunningSequence, type SequenceReport } from "./running-sequence.js";
import type { FuzzSequence } from "./sequence.js";

export type { Answer, ArenaState, SequenceReport } from "./running-sequence.js";

/** What is compared with the kernel: the model, or something that pretends to be it. */
export interface Predictor {
  run(operation: Operation, options?: RunOptions): Result;
  clone(): Predictor;
  /** Where file pages are mapped of which nobody can say whether they are cached; see `Model.undetermined`. */
  undetermined(at: bigint, length: bigint, process?: ProcessId): string;
}

/**
 * Makes what is compared with the kernel, with nothing mapped but what the facts name.
 * @param facts of the process the sequence runs in; undefined for this one
 */
export type PredictorMaker = (facts?: ProcessFacts) => Predictor;

/** Runs sequences, one after the other. */
export class SideBySide {
  readonly #kernel = new KernelExecutor();
  readonly #arena: Arena;

  /**
   * @param fresh makes what is compared with the kernel
   * @param pages of the arena
   */
  constructor(
    private readonly fresh: PredictorMaker,
    pages: number,
  ) {
    this.#arena = new Arena(pages);
  }

  /** Gives back everything. */
  close(): void {
    this.#arena.clear();
    this.#kernel.close();
  }

  /** Runs one sequence from an empty arena up to its end or the first difference, and leaves nothing behind. */
  run(sequence: FuzzSequence): SequenceReport {
    const kernel =
      sequence.runsIn === "this process"
        ? KernelSide.inThisProcess(this.#kernel, this.#arena)
        : KernelSide.inProcessOfItsOwn(sequence.arenaPages);
    const running = new RunningSequence(sequence, kernel, this.fresh(kernel.facts));
    try {
      return running.run();
    } finally {
      running.tidy();
    }
  }
}
