/** Random sequences: the model must answer as the live kernel does, and a model that does not must be found out. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAP, PROT } from "../../kernel/src/abi/index.js";
import { MAX_SEED, fuzz, type Predictor } from "../../kernel/src/lab/fuzz/index.js";
import { Arena, KernelExecutor } from "../../kernel/src/lab/kernel/index.js";
import { modelsOfThisMachine } from "../../kernel/src/lab/fuzz/machine.js";
import {
  Model,
  describeMismatch,
  modelOptionsFor,
  parseScenarios,
  runScenario,
  type Operation,
  type ProcessId,
  type Result,
  type RunOptions,
} from "../../kernel/src/model/index.js";

const FIXED_SEED = 20_241;
const RANDOM_SEED = Math.floor(Math.random() * (MAX_SEED + 1));

const models = modelsOfThisMachine();

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-fuzz-test-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The divergences of a run, each with the scenario that shows it: what a failing test prints. */
async function divergences(seed: number, ops: number): Promise<unknown[]> {
  const summary = await fuzz({ ops, seed, save: folder });
  expect(summary.ops).toBeGreaterThanOrEqual(ops);
  expect(summary.divergences).toBe(summary.divergent.length);
  return summary.divergent.map(({ text, file }) => ({ text, scenario: readFileSync(file, "utf8") }));
}

describe("the model answers random sequences as the live kernel does", () => {
  for (const [seed, ops] of [
    [FIXED_SEED, 40_000],
    [RANDOM_SEED, 10_000],
  ] as const) {
    it(`in ${String(ops)} operations with seed ${String(seed)}`, { timeout: 600_000 }, async () => {
      expect(await divergences(seed, ops)).toEqual([]);
    });
  }
});

/** Differences that earlier runs found, each with the answers of Linux 6.18.44: rules the model lacked then. */
describe("what was found by fuzzing stays mended", () => {
  const found = parseScenarios(readFileSync(join(import.meta.dirname, "found-by-fuzzing.json"), "utf8"));
  for (const scenario of found.scenarios) {
    it(`the model answers as recorded in ${scenario.name}`, () => {
      const model = new Model(modelOptionsFor(found));
      expect(runScenario(model, scenario).mismatches.map(describeMismatch)).toEqual([]);
    });
  }

  it("a fetch of two zero bytes is `add [rax], al`, a write to address 0", () => {
    const model = new Model();
    const at = 0x6000_0000_0000n;
    model.run({
      op: "mmap",
      at,
      length: 4096n,
      prot: PROT.READ | PROT.EXEC,
      flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED,
      file: null,
      offset: 0n,
    });
    const { outcome, counts } = model.run({ op: "touch", at, access: "exec" });
    expect(outcome).toEqual({ kind: "signal", signal: "SIGSEGV", code: "SEGV_MAPERR", address: 0n });
    expect(counts).toEqual({ minor: 1, major: 0 });
  });

  it("a refused address of the kernel's half is given in full", () => {
    const { outcome } = new Model().run({ op: "touch", at: 0xffff_ffff_ffff_f001n, access: "read" });
    expect(outcome).toEqual({ kind: "signal", signal: "SIGSEGV", code: "SEGV_MAPERR", address: 0xffff_ffff_ffff_f001n });
  });
});

/** A model in which one rule is wrong. */
class WrongModel implements Predictor {
  constructor(
    private readonly model: Predictor,
    private readonly falsify: (operation: Operation, result: Result) => Result,
  ) {}

  run(operation: Operation, options?: RunOptions): Result {
    return this.falsify(operation, this.model.run(operation, options));
  }

  clone(): Predictor {
    return new WrongModel(this.model.clone(), this.falsify);
  }

  undetermined(at: bigint, length: bigint, process?: ProcessId): string {
    return this.model.undetermined(at, length, process);
  }
}

/** Each takes away one rule of the model. Shrinking need not find the shortest sequence, only a short one. */
const WRONG_RULES: readonly {
  readonly rule: string;
  readonly mostCalls: number;
  readonly falsify: (operation: Operation, result: Result) => Result;
}[] = [
  {
    rule: "a write to private anonymous memory takes no fault",
    mostCalls: 3,
    falsify: (operation, result) =>
      operation.op === "touch" && operation.access === "write" && result.counts.minor === 1 && result.outcome.kind === "value"
        ? { ...result, counts: { minor: 0, major: 0 } }
        : result,
  },
  {
    rule: "munmap refuses a range where nothing is mapped",
    mostCalls: 2,
    falsify: (operation, result) =>
      operation.op === "munmap" && result.reason.some(({ text }) => text.startsWith("Nothing is mapped"))
        ? { ...result, outcome: { kind: "errno", code: "EINVAL" } }
        : result,
  },
  {
    rule: "read-only mappings are listed as writable",
    mostCalls: 2,
    falsify: (operation, result) =>
      operation.op === "maps" && result.seen?.kind === "maps"
        ? { ...result, seen: { kind: "maps", vmas: result.seen.vmas.map((vma) => ({ ...vma, perms: vma.perms.replace("r--", "rw-") })) } }
        : result,
  },
];

describe("a model with a wrong rule is found out", () => {
  for (const { rule, mostCalls, falsify } of WRONG_RULES) {
    it(`where ${rule}: in at most ${String(mostCalls)} calls, saved as a scenario that the kernel and the right model pass`, async () => {
      const summary = await fuzz({
        ops: 300,
        seed: 1,
        save: folder,
        mostSaved: 1,
        predictors: (facts) => new WrongModel(models(facts), falsify),
      });
      expect(summary.divergences).toBeGreaterThan(0);
      const [found] = summary.divergent;
      expect(found?.recurs).toBe(true);
      expect(found?.steps).toBeLessThanOrEqual(mostCalls);
      expect(readdirSync(folder)).toHaveLength(1);

      const file = parseScenarios(readFileSync(found!.file, "utf8"));
      const [scenario] = file.scenarios;
      const replayed = (executor: Parameters<typeof runScenario>[0], base?: bigint) =>
        runScenario(executor, scenario!, base === undefined ? {} : { arenaBase: base }).mismatches.map(describeMismatch);
      expect(replayed(new WrongModel(new Model(modelOptionsFor(file)), falsify))).not.toEqual([]);
      expect(replayed(new Model(modelOptionsFor(file)))).toEqual([]);
      const arena = new Arena(scenario!.arenaPages);
      const kernel = new KernelExecutor();
      try {
        expect(replayed(kernel, arena.base)).toEqual([]);
      } finally {
        arena.clear();
        kernel.close();
      }
    });
  }
});

it("a run that is interrupted ends with the counts so far", async () => {
  const interrupt = new AbortController();
  const summary = await fuzz({ ops: 1_000_000, seed: 5, signal: interrupt.signal, save: folder, onProgress: () => interrupt.abort() });
  expect(summary.ops).toBeGreaterThan(0);
  expect(summary.ops).toBeLessThan(1000);
});

it("the same seed gives the same run", async () => {
  const answers = async (): Promise<string[]> => {
    const seen: string[] = [];
    const listening = (operation: Operation, result: Result): Result => {
      seen.push(`${operation.op} ${result.outcome.kind}`);
      return result;
    };
    await fuzz({ ops: 300, seed: 7, save: folder, predictors: (facts) => new WrongModel(models(facts), listening) });
    return seen;
  };
  expect(await answers()).toEqual(await answers());
});
