/** `mmaplab conform`: golden scenarios against the model, and against the live kernel. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { ProcessExecutor, lackingFor } from "../lab/kernel/index.js";
import {
  Model,
  describeMismatch,
  modelOptionsFor,
  parseScenarios,
  runScenario,
  type Mismatch,
  type Scenario,
  type ScenarioFile,
} from "../model/index.js";

type Executed = "model" | "real";

interface ConformOptions {
  readonly scenarios: string;
  readonly on: Executed | "both";
  readonly kernel?: string;
  readonly only?: string;
  readonly json?: boolean;
}

interface Verdict {
  readonly name: string;
  readonly on: Executed;
  readonly status: "passed" | "failed" | "skipped";
  /** What differed, or why it was skipped. */
  readonly details: readonly string[];
}

/** The command, to be added to the program. */
export function conformCommand(): Command {
  return new Command("conform")
    .description("run golden scenarios, and say where the answers differ from the recorded ones")
    .requiredOption("--scenarios <file>", "JSON file of scenarios")
    .addOption(new Option("--on <what>", "what answers").choices(["model", "real", "both"]).default("model"))
    .option("--kernel <release>", "the release whose rules the model follows, e.g. 6.12.48; the file's own unless told")
    .option("--only <text>", "only scenarios whose name contains this text")
    .option("--json", "print one JSON object before the closing line")
    .action(conform);
}

function conform(options: ConformOptions): void {
  const file = parseScenarios(readFileSync(options.scenarios, "utf8"));
  const chosen = file.scenarios.filter(({ name }) => options.only === undefined || name.includes(options.only));
  if (chosen.length === 0) throw new Error(`no scenario of ${options.scenarios} has a name with "${options.only ?? ""}" in it`);
  const executed: readonly Executed[] = options.on === "both" ? ["model", "real"] : [options.on];
  const verdicts = executed.flatMap((on) =>
    chosen.map((scenario) => (on === "model" ? onModel(file, scenario, options.kernel) : onKernel(scenario))),
  );
  if (options.json === true) console.log(JSON.stringify({ scenarios: options.scenarios, recordedOn: file.kernel, verdicts }));
  else for (const verdict of verdicts) report(verdict, options);
  const count = (status: Verdict["status"]): string =>
    `${String(verdicts.filter((verdict) => verdict.status === status).length)} ${status}`;
  console.log(`${count("passed")}, ${count("failed")}, ${count("skipped")}`);
  if (verdicts.some(({ status }) => status === "failed")) process.exitCode = 1;
}

function onModel(file: ScenarioFile, scenario: Scenario, release: string | undefined): Verdict {
  const options = modelOptionsFor(file);
  return judged(
    scenario,
    "model",
    () => runScenario(new Model(release === undefined ? options : { ...options, release }), scenario).mismatches,
  );
}

/** In a process of its own, so that limits and dropped rights end with it. */
function onKernel(scenario: Scenario): Verdict {
  const lacking = lackingFor(scenario);
  if (lacking !== undefined) return { name: scenario.name, on: "real", status: "skipped", details: [`needs ${lacking}`] };
  return judged(scenario, "real", () => {
    const kernel = new ProcessExecutor();
    try {
      return runScenario(kernel, scenario).mismatches;
    } finally {
      kernel.close();
    }
  });
}

function judged({ name }: Scenario, on: Executed, run: () => readonly Mismatch[]): Verdict {
  try {
    const mismatches = run();
    return { name, on, status: mismatches.length === 0 ? "passed" : "failed", details: mismatches.map(describeMismatch) };
  } catch (error) {
    // One scenario that cannot be run says so; the others still get their turn.
    return { name, on, status: "failed", details: [error instanceof Error ? error.message : String(error)] };
  }
}

function report({ name, on, status, details }: Verdict, { scenarios }: ConformOptions): void {
  console.log(`${status === "passed" ? "ok     " : status === "failed" ? "FAILED " : "skipped"} ${on} ${name}`);
  for (const line of details) console.log(`          ${line}`);
  if (status === "failed")
    console.log(`          again: npm run conform -- --scenarios ${scenarios} --on ${on} --only ${JSON.stringify(name)}`);
}
