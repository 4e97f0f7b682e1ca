/** `mmaplab fuzz`: random call sequences on the model and on the live kernel, compared after every call. */
import { Command, InvalidArgumentError } from "commander";
import { MAX_SEED, fuzz, type Divergence, type FuzzCounts, type FuzzSummary } from "../lab/fuzz/index.js";

interface FuzzCommandOptions {
  readonly ops: number;
  readonly seed?: number;
  readonly save?: string;
  readonly json?: boolean;
}

const DEFAULT_OPS = 50_000;
/** How often the progress is told where nobody watches a terminal, in milliseconds; and where somebody does. */
const SELDOM_MS = 5000;
const OFTEN_MS = 200;
const INTERRUPTED = 130;

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It has to be a whole number from ${String(least)} to ${String(most)}.`);
    return value;
  };
}

/** The command, to be added to the program. */
export function fuzzCommand(): Command {
  return new Command("fuzz")
    .description("run random call sequences on the model and on the live kernel, and say where they differ")
    .option("--ops <number>", "how many operations to compare", wholeNumber(1, Number.MAX_SAFE_INTEGER), DEFAULT_OPS)
    .option("--seed <number>", "repeats the run with this seed; a random one unless told", wholeNumber(0, MAX_SEED))
    .option("--save <folder>", "where scenarios of divergences go; a folder for temporary files unless told")
    .option("--json", "end with one line of JSON")
    .action(runFuzz);
}

async function runFuzz(options: FuzzCommandOptions): Promise<void> {
  const seed = options.seed ?? Math.floor(Math.random() * (MAX_SEED + 1));
  process.stderr.write(`seed ${String(seed)}\n`);
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  const progress = new Progress(options.ops);
  try {
    const summary = await fuzz({
      ops: options.ops,
      seed,
      ...(options.save === undefined ? {} : { save: options.save }),
      signal: interrupt.signal,
      onProgress: (counts) => progress.show(counts),
      onDivergence: (divergence) => progress.note(divergenceText(divergence)),
    });
    progress.end();
    report(summary, options);
    if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
    if (summary.divergences > 0) process.exitCode = 1;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

function divergenceText({ text, steps, recurs, file }: Divergence): string {
  return [
    `divergence: ${text}`,
    recurs ? `  shrunk to ${String(steps)} calls: ${file}` : `  did not recur when its ${String(steps)} calls were repeated: ${file}`,
    `  again: npm run conform -- --scenarios ${file} --on both`,
    "",
  ].join("\n");
}

function report({ ops, seed, divergences, explained, explanations }: FuzzSummary, { json }: FuzzCommandOptions): void {
  if (json === true) {
    console.log(JSON.stringify({ ops, seed, divergences, explained }));
    return;
  }
  for (const [text, times] of explanations) console.log(`explained ${String(times)} times: ${text}`);
  console.log(
    `${String(ops)} operations with seed ${String(seed)}: ${String(divergences)} divergences, ${String(explained)} explained differences`,
  );
}

/** Says on stderr how far the run is. */
class Progress {
  readonly #startedMs = performance.now();
  readonly #terminal = process.stderr.isTTY;
  #lastMs = performance.now();

  constructor(private readonly goal: number) {}

  show({ ops, divergences, explained }: FuzzCounts): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < (this.#terminal ? OFTEN_MS : SELDOM_MS)) return;
    this.#lastMs = nowMs;
    const rate = Math.round((ops * 1000) / (nowMs - this.#startedMs));
    const text = `${String(ops)} of ${String(this.goal)} operations, ${String(rate)} a second, ${String(divergences)} divergences, ${String(explained)} explained`;
    process.stderr.write(this.#terminal ? `\r${text}\u001b[K` : `${text}\n`);
  }

  note(text: string): void {
    process.stderr.write(this.#terminal ? `\r\u001b[K${text}` : text);
  }

  end(): void {
    if (this.#terminal) process.stderr.write("\r\u001b[K");
  }
}
