/** What is to be run: experiments, their parameters, how often; in an order that a seed decides. */
import { Random } from "../../lab/fuzz/random.js";
import type { Experiment, ParameterValue } from "../experiment.js";
import { experimentNamed } from "../experiments/index.js";
import { declaredParameters, parameterValue } from "./notebooks.js";

/** One experiment of a plan. */
export interface PlannedExperiment {
  readonly id: string;
  /** What differs from the notebook's own values. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** A plan, as it is kept with the results. */
export interface Plan {
  readonly version: 1;
  readonly seed: number;
  /** How often each experiment is run. */
  readonly runs: number;
  readonly quick: boolean;
  readonly experiments: readonly PlannedExperiment[];
}

/** One run of one experiment. */
export interface Task {
  /** "msync-02": the name of its files. */
  readonly name: string;
  readonly experiment: Experiment;
  readonly run: number;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** What a plan is made of. */
export interface PlanOptions {
  readonly names: readonly string[];
  readonly runs: number;
  readonly seed: number;
  readonly quick: boolean;
  /** `name=value`, for every named experiment that has the parameter. */
  readonly parameters: readonly string[];
}

/**
 * @throws RangeError for an experiment or a parameter that is none, or a value that does not fit
 */
export function makePlan({ names, runs, seed, quick, parameters }: PlanOptions): Plan {
  const experiments = [...new Set(names)].map(experimentNamed);
  const settings = parameters.map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new RangeError(`-p ${text}: write it as name=value`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const planned = experiments.map((experiment) => ({ experiment, declared: declaredParameters(experiment) }));
  for (const { name } of settings) {
    if (planned.some(({ declared }) => declared.some((parameter) => parameter.name === name))) continue;
    const known = planned.map(({ experiment, declared }) => `${experiment.id}: ${declared.map((parameter) => parameter.name).join(", ")}`);
    throw new RangeError(`-p ${name}: no named experiment has this parameter. There are, for ${known.join("; for ")}`);
  }
  return {
    version: 1,
    seed,
    runs,
    quick,
    experiments: planned.map(({ experiment, declared }) => ({
      id: experiment.id,
      parameters: {
        ...(quick ? experiment.quick : {}),
        ...Object.fromEntries(
          settings.flatMap(({ name, value }) => {
            const parameter = declared.find((one) => one.name === name);
            return parameter === undefined ? [] : [[name, parameterValue(parameter, value)]];
          }),
        ),
      },
    })),
  };
}

/** All runs of a plan in its random order. */
export function tasksOf({ experiments, runs, seed }: Plan): Task[] {
  const random = new Random(seed);
  const left = experiments.flatMap(({ id, parameters }) =>
    Array.from({ length: runs }, (_, index) => ({ experiment: experimentNamed(id), parameters, run: index + 1 })),
  );
  // The seeds before the order: a run of a task is the same whatever comes before it.
  const tasks = left.map((task) => ({ ...task, name: taskName(task.experiment.id, task.run), seed: random.word() }));
  const order: Task[] = [];
  while (tasks.length > 0) order.push(...tasks.splice(random.below(tasks.length), 1));
  return order;
}

/** "msync-02" */
export function taskName(id: string, run: number): string {
  return `${id}-${String(run).padStart(2, "0")}`;
}
