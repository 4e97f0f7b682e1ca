/** Makes random sequences. The same seed and number give the same sequence, on a machine with the same kinds of files. */
import { Draw } from "./draw.js";
import { FAMILIES, type StepFamily } from "./families.js";
import { drawObjects, type FileKind } from "./family-files.js";
import { Random } from "./random.js";
import type { FuzzSequence } from "./sequence.js";

/** Pages of the arena: one window of fault-around is 16. */
export const ARENA_PAGES = 64;
/** Calls of a sequence. */
export const STEPS = 60;

/** What a sequence may use. */
export interface Surroundings {
  readonly fileKinds: readonly FileKind[];
  /** Whether the kernel's side runs operations that need a process of their own. */
  readonly ownProcess: "yes" | "no";
}

/**
 * One random sequence.
 * @param seed of the whole run
 * @param number which sequence of the run, from 0
 * @param steps how many calls; {@link STEPS} unless told
 */
export function generateSequence(seed: number, number: number, { fileKinds, ownProcess }: Surroundings, steps = STEPS): FuzzSequence {
  const random = Random.forSequence(seed, number);
  const objects = drawObjects(random, fileKinds);
  const draw = new Draw(random, ARENA_PAGES, objects);
  const [first, ...more] = FAMILIES.filter(
    (family: StepFamily) => (!family.needsFile || draw.files.length > 0) && (family.runsIn === "this process" || ownProcess === "yes"),
  );
  if (first === undefined) throw new Error("The table of call families is empty: a sequence needs at least one.");
  return { arenaPages: ARENA_PAGES, objects, steps: Array.from({ length: steps }, () => random.weighted([first, ...more]).step(draw)) };
}
