/**
 * The table of what the fuzzer can do: one entry a kind of call, with how often it is drawn. Whoever adds an operation to
 * the vocabulary adds a row here.
 */
import type { Draw } from "./draw.js";
import type { SequenceHome, Step } from "./sequence.js";
import { fileFamilies } from "./family-files.js";
import { lockFamilies } from "./family-locks.js";
import { mappingFamilies } from "./family-mappings.js";
import { accessFamilies } from "./family-accesses.js";
import { processFamilies } from "./family-processes.js";

/** Kinds of sequences in processes of their own: some take away rights, some lock all there is. */
export type Theme = "rights" | "everything locked";

/** A kind of call. */
export interface StepFamily {
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /**
   * Where it can run on the kernel. Most arenas lie in this very process; a family that needs a process of its own (fork,
   * limits, dropped capabilities, brk, seals that never go) is drawn only in sequences that have one.
   */
  readonly runsIn: SequenceHome;
  /** Sequences of which kind it is drawn in; any unless told. What two of them do together the model cannot follow. */
  readonly theme?: Theme;
  /** Whether it needs a file. */
  readonly needsFile: boolean;
  /** One random step. */
  readonly step: (draw: Draw) => Step;
}

/** Every kind of call. */
export const FAMILIES: readonly StepFamily[] = [
  ...mappingFamilies,
  ...lockFamilies,
  ...accessFamilies,
  ...fileFamilies,
  ...processFamilies,
];
