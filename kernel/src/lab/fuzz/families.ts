/**
 * The table of what the fuzzer can do: one entry a kind of call, with how often it is drawn. Whoever adds an operation to
 * the vocabulary adds a row here.
 */
import type { Draw } from "./draw.js";
import type { Step } from "./sequence.js";
import { fileFamilies } from "./family-files.js";
import { lockFamilies } from "./family-locks.js";
import { mappingFamilies } from "./family-mappings.js";
import { accessFamilies } from "./family-accesses.js";

/** A kind of call. */
export interface StepFamily {
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /**
   * Where it can run on the kernel. The arena lies in this very process; a family that needs a process of its own (fork,
   * limits, dropped capabilities, brk) is drawn only where the kernel's side says that it has one.
   */
  readonly runsIn: "this process" | "a process of its own";
  /** Whether it needs a file. */
  readonly needsFile: boolean;
  /** One random step. */
  readonly step: (draw: Draw) => Step;
}

/** Every kind of call. */
export const FAMILIES: readonly StepFamily[] = [...mappingFamilies, ...lockFamilies, ...accessFamilies, ...fileFamilies];
