/** `mmaplab replay`: runs the calls of a trace again, and says where the answers differ from the recorded ones. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { replayOnKernel, replayOnModel, type ReplayedStep } from "../lab/trace/index.js";
import { callText, decodeTrace, type Trace } from "../model/index.js";
import { printable } from "../views/index.js";

type Executed = "model" | "real";

interface ReplayOptions {
  readonly on: Executed | "both";
  readonly kernel?: string;
  readonly json?: boolean;
}

interface Replay {
  readonly on: Executed;
  readonly steps: readonly ReplayedStep[];
}

/** How many steps had which verdict. */
interface Tally {
  readonly equal: number;
  readonly explained: number;
  readonly unexplained: number;
  readonly notCompared: number;
  readonly notRun: number;
}

const LONGEST_CALL = 300;

/** The command, to be added to the program. */
export function replayCommand(): Command {
  return new Command("replay")
    .description("run the calls of a trace again, and say where the answers differ from the recorded ones")
    .argument("<file>", "a trace that lab.trace().save() wrote (*.mmaptrace.json)")
    .addOption(new Option("--on <what>", "what answers").choices(["model", "real", "both"]).default("model"))
    .option("--kernel <release>", "the release whose rules the model follows, e.g. 6.12.48; the recorded one unless told")
    .option("--json", "print one JSON object")
    .action(replay);
}

function replay(file: string, options: ReplayOptions): void {
  const trace = readTraceFile(file);
  const executed: readonly Executed[] = options.on === "both" ? ["model", "real"] : [options.on];
  const replays = executed.map((on): Replay => ({
    on,
    steps: on === "model" ? replayOnModel(trace, options.kernel) : replayOnKernel(trace),
  }));
  if (options.json === true) console.log(JSON.stringify(jsonOf(file, trace, replays)));
  else report(trace, replays);
  if (replays.some(({ steps }) => steps.some(({ verdict }) => verdict === "unexplained" || verdict === "not run"))) process.exitCode = 1;
}

function readTraceFile(file: string): Trace {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    return decodeTrace(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function tallyOf(steps: readonly ReplayedStep[]): Tally {
  const count = (wanted: ReplayedStep["verdict"]): number => steps.filter(({ verdict }) => verdict === wanted).length;
  return {
    equal: count("equal"),
    explained: count("explained"),
    unexplained: count("unexplained"),
    notCompared: count("none"),
    notRun: count("not run"),
  };
}

function report(trace: Trace, replays: readonly Replay[]): void {
  console.log(`${printable(trace.title)}: ${String(trace.steps.length)} calls, recorded on Linux ${printable(trace.release)}`);
  for (const sentence of trace.leftOut) console.log(`  ${printable(sentence, LONGEST_CALL)}`);
  for (const { on, steps } of replays) {
    for (const step of steps) if (step.verdict !== "equal" && step.verdict !== "none") reportStep(on, step);
    const { equal, explained, unexplained, notCompared, notRun } = tallyOf(steps);
    const counts = [`${String(equal)} equal`, `${String(explained)} explained`, `${String(unexplained)} unexplained`];
    if (notCompared > 0) counts.push(`${String(notCompared)} with nothing recorded to compare`);
    if (notRun > 0) counts.push(`${String(notRun)} not run`);
    console.log(`on the ${on === "model" ? "model" : "live kernel"}: ${counts.join(", ")}`);
  }
}

function reportStep(on: Executed, { number, operation, verdict, differences, why, reason }: ReplayedStep): void {
  console.log(`${on} step ${String(number)}: ${printable(callText(operation), LONGEST_CALL)}: ${verdict}`);
  for (const { what, recorded, answered } of differences)
    console.log(`  ${what}: recorded ${printable(recorded, LONGEST_CALL)}, came ${printable(answered, LONGEST_CALL)}`);
  if (why !== null) console.log(`  why: ${printable(why, 1000)}`);
  const last = reason.at(-1);
  if (verdict === "unexplained" && last !== undefined) console.log(`  the model says: ${printable(last.text, 1000)}`);
}

function jsonOf(file: string, trace: Trace, replays: readonly Replay[]): Record<string, unknown> {
  return {
    file,
    title: trace.title,
    recordedOn: trace.release,
    leftOut: trace.leftOut,
    replays: replays.map(({ on, steps }) => ({
      on,
      steps: steps.length,
      ...tallyOf(steps),
      differences: steps
        .filter(({ verdict }) => verdict !== "equal" && verdict !== "none")
        .map(({ number, operation, verdict, differences, why, reason }) => ({
          step: number,
          call: callText(operation),
          verdict,
          differences,
          why,
          reason: reason.map(({ text }) => text),
        })),
    })),
  };
}
