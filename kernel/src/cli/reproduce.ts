/** `mmaplab reproduce`: published experiments, rerun on this machine, with their figures side by side. */
import { randomInt } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { comparisonTable } from "../reproduce/report/compare.js";
import { htmlReport } from "../reproduce/report/html.js";
import { resultTables } from "../reproduce/report/results.js";
import { EXPERIMENTS } from "../reproduce/experiments/index.js";
import { parseRecords, type ExperimentRecord } from "../reproduce/record.js";
import { declaredParameters } from "../reproduce/running/notebooks.js";
import { makePlan } from "../reproduce/running/plan.js";
import { ResultFolder } from "../reproduce/running/result-folder.js";
import { runPlan } from "../reproduce/running/run-plan.js";
import { terminalProgress } from "../reproduce/running/terminal-progress.js";
import { VIEW_VERSION, toText, type TableView } from "../views/index.js";

interface ReproduceOptions {
  readonly list?: boolean;
  readonly quick?: boolean;
  readonly parameter: readonly string[];
  readonly runs?: number;
  readonly out: string;
  readonly seed?: number;
  readonly html?: boolean;
  readonly figures?: boolean;
  readonly compare?: readonly string[];
  readonly resume?: boolean;
}

const STOPPED_STATUS = 130;
const LARGEST_SEED = 2 ** 32 - 1;

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** The command, to be added to the program. */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description("rerun published experiments on this machine, and put the published figures beside its own")
    .argument("[name...]", 'the experiments; "all" runs every one')
    .option("--list", "list the experiments and their parameters")
    .option("--quick", "smaller and shorter: less than a minute each")
    .option(
      "-p, --parameter <name=value>",
      "set a parameter of the notebooks; may be given several times",
      (text, all: string[]) => [...all, text],
      [],
    )
    .option("--runs <N>", "how often each is run, in fresh processes and random order (3; 1 with --quick)", wholeNumber(1, 999))
    .option("--out <DIR>", "the folder for the results", "mmaplab-results")
    .option("--seed <S>", "what decides the order; drawn and printed unless given", wholeNumber(0, LARGEST_SEED))
    .option("--resume", "go on with the results in the folder, where a run was stopped")
    .option("--figures", "print every figure, not only the published ones and the expected shapes")
    .option("--html", "also write report.html, with figures")
    .option("--compare <A B...>", "compare two result sets: folders, or files of records")
    .action(reproduce);
}

async function reproduce(names: readonly string[], options: ReproduceOptions): Promise<void> {
  if (options.list === true) return list();
  if (options.compare !== undefined) return compare([...options.compare, ...names]);
  const folder = options.resume === true ? resumed(names, options) : planned(names, options);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Error("stopped"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  console.log(`seed ${folder.plan.seed}, results in ${folder.path}`);
  const progress = terminalProgress(folder, (line) => console.log(line));
  let failures;
  try {
    failures = await runPlan(folder, stopping.signal, progress);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    console.log(`Stopped; ${folder.missing().length} runs are left. Go on: npx mmaplab reproduce --resume --out ${options.out}`);
    process.exitCode = STOPPED_STATUS;
    return;
  }
  for (const table of resultTables(folder, options.figures === true)) print(table);
  if (options.html === true) console.log(`report: ${folder.addReport(htmlReport(folder))}`);
  if (failures.size === 0) return void console.log(`records: ${folder.recordsFile}`);
  for (const [task, { message }] of failures) console.error(`${task.name} failed: ${message}`);
  console.error(`Runs that failed can be made again: npx mmaplab reproduce --resume --out ${options.out}`);
  process.exitCode = 1;
}

function planned(names: readonly string[], { quick = false, runs, out, seed, parameter }: ReproduceOptions): ResultFolder {
  if (names.length === 0) throw new Error("name the experiments to run, or all; --list lists them");
  const chosen = names.includes("all") ? EXPERIMENTS.map(({ id }) => id) : names;
  const plan = makePlan({
    names: chosen,
    runs: runs ?? (quick ? 1 : 3),
    seed: seed ?? randomInt(LARGEST_SEED),
    quick,
    parameters: parameter,
  });
  return ResultFolder.create(out, plan);
}

/** What was asked for when the results were begun stays: only then are they the records of one plan. */
function resumed(names: readonly string[], { quick, runs, out, seed, parameter }: ReproduceOptions): ResultFolder {
  const folder = ResultFolder.open(out);
  const given = [
    ...(names.length > 0 ? ["names"] : []),
    ...(quick === true ? ["--quick"] : []),
    ...(runs === undefined ? [] : ["--runs"]),
    ...(seed === undefined ? [] : ["--seed"]),
    ...(parameter.length > 0 ? ["-p"] : []),
  ];
  if (given.length > 0)
    throw new Error(`--resume goes on with the plan in ${out}: leave out ${given.join(", ")}, or begin anew in another folder`);
  return folder;
}

function list(): void {
  for (const experiment of EXPERIMENTS) {
    const { id, title, seconds, needs } = experiment;
    console.log(`${id.padEnd(14)} ${title}`);
    console.log(
      `${" ".repeat(15)}about ${seconds.whole} s a run, ${seconds.quick} s with --quick; ${Math.ceil(needs.diskBytes / 2 ** 20)} MiB of disk`,
    );
    for (const { name, value, help } of declaredParameters(experiment)) console.log(`${" ".repeat(15)}-p ${name}=${value}  ${help}`);
  }
}

function compare(sets: readonly string[]): void {
  const [a, b, ...others] = sets;
  if (a === undefined || b === undefined || others.length > 0)
    throw new Error("--compare takes two result sets: npx mmaplab reproduce --compare A B");
  print(comparisonTable([a, b], [recordsIn(a), recordsIn(b)]));
}

function recordsIn(path: string): ExperimentRecord[] {
  if (!existsSync(path)) throw new Error(`${path} is not there. Name a folder of results, or a file of records (.jsonl).`);
  if (!statSync(path).isDirectory()) return parseRecords(readFileSync(path, "utf8"), path);
  const whole = join(path, "records.jsonl");
  return existsSync(whole) ? parseRecords(readFileSync(whole, "utf8"), whole) : ResultFolder.open(path).records();
}

function print(table: TableView): void {
  console.log(`\n${toText({ version: VIEW_VERSION, ...table })}`);
}
