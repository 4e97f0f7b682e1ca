/** Golden scenarios on the live kernel: it must answer as the recording of its own release says. */
import { readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Arena, KernelExecutor, ProcessExecutor, lackingFor } from "../../kernel/src/lab/kernel/index.js";
import { munmap } from "../../kernel/src/linux/index.js";
import {
  describeMismatch,
  parseRelease,
  parseScenarios,
  runScenario,
  type Scenario,
  type ScenarioReport,
} from "../../kernel/src/model/index.js";

const FOLDER = join(import.meta.dirname, "scenarios");

function sameRelease(text: string): boolean {
  const [mine, theirs] = [parseRelease(release()), parseRelease(text)];
  return JSON.stringify(mine) === JSON.stringify(theirs);
}

/** Operations that need a process of their own. */
const OWN_PROCESS: readonly string[] = ["fork", "exit", "wait", "rlimit", "dropcaps", "brk"];

/** Runs a scenario in a process of its own. */
function runInProcess(scenario: Scenario): ScenarioReport {
  const kernel = new ProcessExecutor();
  try {
    return runScenario(kernel, scenario);
  } finally {
    kernel.close();
  }
}

/** Runs a scenario in an arena of this process and leaves nothing behind. */
function runInArena(scenario: Scenario): ScenarioReport {
  const arena = new Arena(scenario.arenaPages);
  const kernel = new KernelExecutor();
  try {
    return runScenario(kernel, scenario, { arenaBase: arena.base });
  } finally {
    arena.clear();
    kernel.close();
  }
}

const recorded = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseScenarios(readFileSync(join(FOLDER, name), "utf8")))
  .find((file) => sameRelease(file.kernel));

describe.skipIf(recorded === undefined)(`the live kernel ${release()} (needs a recording of this release)`, () => {
  for (const scenario of recorded?.scenarios ?? []) {
    const missing = lackingFor(scenario);
    const needs = missing === undefined ? "" : ` (needs ${missing})`;
    it.skipIf(missing !== undefined)(`answers as recorded in ${scenario.name}${needs}`, () => {
      expect(runInProcess(scenario).mismatches.map(describeMismatch)).toEqual([]);
    });
    if (scenario.steps.some(({ op }) => OWN_PROCESS.includes(String(op)))) continue;
    it.skipIf(missing !== undefined)(`answers a busy Node process alike in ${scenario.name}${needs}`, () => {
      expect(runInArena(scenario).mismatches.map(describeMismatch)).toEqual([]);
    });
  }
});

it("an arena lies at a 2 MiB boundary, and the next one does not overlap what is mapped in it", () => {
  const first = new Arena(512);
  expect(first.base % (1n << 21n)).toBe(0n);
  const kernel = new KernelExecutor();
  try {
    kernel.run({ op: "mmap", at: first.base, length: 4096n, prot: 0, flags: 0x100022, file: null, offset: 0n });
    expect(new Arena(512).base).toBeGreaterThan(first.base + 512n * 4096n);
    munmap(first.base, 4096);
    expect(new Arena(512).base).toBe(first.base);
  } finally {
    first.clear();
    kernel.close();
  }
});
