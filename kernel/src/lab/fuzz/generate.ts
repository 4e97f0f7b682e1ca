/** Makes random sequences. The same seed and number give the same sequence, on a machine with the same kinds of files. */
import { FIRST_PROCESS } from "../../model/index.js";
import { Draw } from "./draw.js";
import { FAMILIES, type StepFamily, type Theme } from "./families.js";
import { drawObjects, type FileKind } from "./family-files.js";
import { Random } from "./random.js";
import type { FuzzSequence, Step } from "./sequence.js";

/** Pages of the arena: one window of fault-around is 16. */
export const ARENA_PAGES = 64;
/** Calls of a sequence. */
export const STEPS = 60;

/** Pages of the arena in some sequences with a process of their own: more than the gap below a stack, less than a huge page. */
const LARGE_ARENA_PAGES = 320;

/** How many sequences in a hundred get a process of their own. They are slower. */
const OWN_PROCESS_PERCENT = 20;

/** What a sequence may use. */
export interface Surroundings {
  readonly fileKinds: readonly FileKind[];
  /** Whether a process may give up its rights, and be looked at all the same: only root's can. */
  readonly mayDropRights: boolean;
}

/**
 * One random sequence.
 * @param seed of the whole run
 * @param number which sequence of the run, from 0
 * @param steps how many calls; {@link STEPS} unless told
 */
export function generateSequence(seed: number, number: number, { fileKinds, mayDropRights }: Surroundings, steps = STEPS): FuzzSequence {
  const random = Random.forSequence(seed, number);
  const runsIn = random.chance(OWN_PROCESS_PERCENT) ? "a process of its own" : "this process";
  const objects = drawObjects(random, fileKinds);
  const arenaPages = runsIn === "a process of its own" && random.chance(15) ? LARGE_ARENA_PAGES : ARENA_PAGES;
  const theme: Theme = mayDropRights && random.chance(50) ? "rights" : "everything locked";
  const draw = new Draw(random, arenaPages, objects);
  const [first, ...more] = FAMILIES.filter(
    (family: StepFamily) =>
      (!family.needsFile || draw.files.length > 0) &&
      (family.runsIn === "this process" || runsIn === "a process of its own") &&
      (family.theme === undefined || family.theme === theme),
  );
  if (first === undefined) throw new Error("The table of call families is empty: a sequence needs at least one.");
  const step = (): Step => {
    const drawn = random.weighted([first, ...more]).step(draw);
    return runsIn === "this process" || drawn.who !== undefined ? drawn : inSomeProcess(drawn, draw);
  };
  return { arenaPages, runsIn, objects, steps: Array.from({ length: steps }, step) };
}

function inSomeProcess(step: Step, draw: Draw): Step {
  const who = draw.processes.running();
  return who === FIRST_PROCESS ? step : { ...step, who };
}
