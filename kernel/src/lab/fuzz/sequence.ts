/**
 * A random sequence of calls, written as the steps of a golden scenario, so that what was generated, what is run, what is
 * shrunk and what is saved are one and the same thing.
 */
import type { Scenario, ScenarioObject } from "../../model/index.js";

/** One step as a scenario file writes it. */
export type Step = Scenario["steps"][number];

/** The process that holds the arena on the kernel's side. */
export type SequenceHome = "this process" | "a process of its own";

/** Files and calls. */
export interface FuzzSequence {
  /** Pages of the arena. */
  readonly arenaPages: number;
  /** Where it runs on the kernel; see `StepFamily.runsIn`. */
  readonly runsIn: SequenceHome;
  readonly objects: Readonly<Record<string, ScenarioObject>>;
  readonly steps: readonly Step[];
}

/** The sequence as a scenario that expects nothing: the form in which its steps become operations. */
export function asScenario({ arenaPages, objects, steps }: FuzzSequence): Scenario {
  return { name: "fuzz", core: false, tags: [], arenaPages, objects, steps, results: [], finalMaps: [], finalResident: "" };
}

/** The name of the call a step makes. */
export function nameOfStep(step: Step | undefined): string {
  return typeof step?.op === "string" ? step.op : "?";
}
