/** Runs golden scenarios on anything that runs operations, and says where the results differ. */
import { brkOf, compareFinal, compareStep, type Mismatch } from "./scenario-compare.js";
import type { Scenario } from "./scenario-format.js";
import { guardOperations, openOperations, stepOperation, type StepContext } from "./scenario-steps.js";
import type { Executor, Result } from "./result.js";

export {
  modelOptionsFor,
  parseScenarios,
  type Scenario,
  type ScenarioFile,
  type ScenarioObject,
  type ScenarioVma,
} from "./scenario-format.js";
export { guardOperations, openOperations, stepOperation } from "./scenario-steps.js";
export type { Mismatch } from "./scenario-compare.js";

/** Where a scenario runs. */
export interface ScenarioPlace {
  /**
   * Address of the arena: 2 MiB aligned, with nothing mapped from the page below it to the page above its end.
   * 0x6000_0000_0000 unless told, which suits a fresh model.
   */
  readonly arenaBase?: bigint;
}

/** How a scenario went. */
export interface ScenarioReport {
  readonly name: string;
  /** Empty when all was as expected. */
  readonly mismatches: readonly Mismatch[];
  /** What each step led to. */
  readonly results: readonly Result[];
}

const DEFAULT_ARENA_BASE = 0x6000_0000_0000n;
const FIRST_TRANSFER_BYTE = 0x5a;

/**
 * Runs one scenario and compares every result and the final state.
 * f and F, and a and A, count as equal in residency: how often a page is mapped elsewhere is not the scenario's business.
 * @param executor one in a fresh state: a new model, or a new process on the kernel
 * @throws Error that names the scenario and the step where a step cannot be read, or the executor cannot run it
 */
export function runScenario(executor: Executor, scenario: Scenario, place: ScenarioPlace = {}): ScenarioReport {
  const arenaBase = place.arenaBase ?? DEFAULT_ARENA_BASE;
  for (const operation of [...guardOperations(arenaBase, scenario.arenaPages), ...openOperations(scenario)]) {
    const { outcome } = executor.run(operation);
    if (outcome.kind !== "value")
      throw new Error(
        `scenario "${scenario.name}" cannot be set up: ${operation.op} ended with ${JSON.stringify(outcome, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part))}.`,
      );
  }
  let context: StepContext = {
    arenaBase,
    arenaPages: scenario.arenaPages,
    initialBreak: initialBreak(executor, scenario),
    transferByte: FIRST_TRANSFER_BYTE,
  };
  const mismatches: Mismatch[] = [];
  const results: Result[] = [];
  scenario.steps.forEach((_step, number) => {
    const operation = stepOperation(scenario, number, context);
    const result = executor.run(operation);
    results.push(result);
    mismatches.push(...compareStep(scenario, number, operation, result, context));
    if (operation.op === "pread" && result.seen?.kind === "bytes")
      context = { ...context, transferByte: result.seen.bytes[0] ?? context.transferByte };
  });
  const length = BigInt(scenario.arenaPages) * 4096n;
  const maps = executor.run({ op: "maps", at: arenaBase, length });
  const resident = executor.run({ op: "resident", at: arenaBase, length });
  mismatches.push(...compareFinal(scenario, maps, resident, context));
  return { name: scenario.name, mismatches, results };
}

/** Only scenarios that move the break need to know where it is. */
function initialBreak(executor: Executor, scenario: Scenario): bigint {
  return scenario.steps.some((step) => step.op === "brk") ? brkOf(executor.run({ op: "brk", to: 0n })) : 0n;
}

/** A mismatch as a line for people. */
export function describeMismatch(mismatch: Mismatch): string {
  const where = mismatch.step === null ? "at the end" : `step ${String(mismatch.step)} (${mismatch.op})`;
  return `${where}: ${mismatch.field}: expected ${mismatch.expected}, came ${mismatch.came}`;
}
