/** All experiments. A new one is a file here, a notebook in notebooks/reproduce, and a line in this table. */
import type { Experiment } from "../experiment.js";
import { LMBENCH } from "./lmbench.js";
import { MSYNC } from "./msync.js";

/** In the order of `--list`. */
export const EXPERIMENTS: readonly Experiment[] = [LMBENCH, MSYNC];

/** @throws RangeError for a name that is none, with those there are */
export function experimentNamed(id: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.id === id);
  if (found === undefined)
    throw new RangeError(`${JSON.stringify(id)} is no experiment: choose of ${EXPERIMENTS.map((experiment) => experiment.id).join(", ")}`);
  return found;
}
