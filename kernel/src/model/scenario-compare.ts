/** Compares what a step led to with what a scenario expects of it, field by field. */
import type { Operation } from "./operation.js";
import type { Outcome, Result, VmaRecord } from "./result.js";
import { parseMaps, type Scenario, type ScenarioVma } from "./scenario-format.js";
import { array, count, string } from "./scenario-json.js";
import type { StepContext } from "./scenario-steps.js";

/** A field that was not as expected. */
export interface Mismatch {
  /** Number of the step, from 0; null for the final state. */
  readonly step: number | null;
  readonly op: string;
  readonly field: string;
  readonly expected: string;
  readonly came: string;
}

const PAGE = 4096n;

/** The recorder of the final state wrote down the letters of this many pages; what a larger arena holds beyond is not known. */
const FINAL_RESIDENT_PAGES = 525;

/** Fields that say how a step ended well. */
const VALUE_FIELDS = ["page", "ret", "brk"] as const;

/** Where one step differs from what is expected. */
export function compareStep(scenario: Scenario, number: number, operation: Operation, result: Result, context: StepContext): Mismatch[] {
  const expected = scenario.results[number] ?? {};
  const place = `scenario "${scenario.name}", result ${String(number)}`;
  const mismatches: Mismatch[] = [];
  const check = (field: string, want: string, came: string): void => {
    if (want !== came) mismatches.push({ step: number, op: operation.op, field, expected: want, came });
  };
  check("outcome", expectedOutcome(expected, place), outcomeOf(operation, result.outcome, expected, context));
  if (expected.min !== undefined) check("minor faults", String(count(expected.min, place)), String(result.counts.minor));
  if (expected.maj !== undefined) check("major faults", String(count(expected.maj, place)), String(result.counts.major));
  const { seen } = result;
  if (expected.mincore !== undefined)
    check("mincore", string(expected.mincore, place), seen?.kind === "mincore" ? seen.pages.join("") : "nothing");
  if (expected.byte !== undefined)
    check("byte", String(count(expected.byte, place)), seen?.kind === "bytes" ? String(seen.bytes[0]) : "nothing");
  if (expected.maps !== undefined)
    check(
      "maps",
      mapsText(parseMaps(expected.maps, place)),
      seen?.kind === "maps" ? mapsText(inArena(seen.vmas, scenario, context)) : "nothing",
    );
  if (expected.resident !== undefined)
    check("resident", fold(string(expected.resident, place)), seen?.kind === "resident" ? fold(seen.pages) : "nothing");
  if (expected.VmLck_kB !== undefined)
    check("VmLck", String(count(expected.VmLck_kB, place)), seen?.kind === "status" ? String(seen.vmLckKb) : "nothing");
  if (expected.vmflags !== undefined) {
    const flags = array(expected.vmflags, place).map((flag) => string(flag, place));
    check("vmflags", flagsText(flags), seen?.kind === "vmflags" ? flagsText(seen.flags) : "nothing");
  }
  return mismatches;
}

/** Where the final state differs. */
export function compareFinal(scenario: Scenario, maps: Result, resident: Result, context: StepContext): Mismatch[] {
  const mismatches: Mismatch[] = [];
  const check = (field: string, expected: string, came: string): void => {
    if (expected !== came) mismatches.push({ step: null, op: "final", field, expected, came });
  };
  check(
    "maps",
    mapsText(scenario.finalMaps),
    maps.seen?.kind === "maps" ? mapsText(inArena(maps.seen.vmas, scenario, context)) : "nothing",
  );
  check(
    "resident",
    fold(scenario.finalResident),
    resident.seen?.kind === "resident" ? fold(resident.seen.pages.slice(0, FINAL_RESIDENT_PAGES)) : "nothing",
  );
  return mismatches;
}

/** What brk(2) returned. */
export function brkOf(result: Result): bigint {
  return result.outcome.kind === "value" ? result.outcome.value : 0n;
}

function expectedOutcome(expected: Readonly<Record<string, unknown>>, place: string): string {
  if (expected.errno !== undefined) return string(expected.errno, place);
  if (expected.signal !== undefined) return `${string(expected.signal, place)} ${string(expected.code, place)}`;
  for (const field of VALUE_FIELDS) {
    const value = expected[field];
    if (value !== undefined) return `${field} ${String(value)}`;
  }
  return "success";
}

/** The outcome in the words of what is expected of it. */
function outcomeOf(operation: Operation, outcome: Outcome, expected: Readonly<Record<string, unknown>>, context: StepContext): string {
  if (outcome.kind === "errno") return outcome.code;
  if (outcome.kind === "signal") return `${outcome.signal} ${outcome.code}`;
  const field = VALUE_FIELDS.find((name) => expected[name] !== undefined);
  if (field === undefined) return "success";
  if (operation.op === "brk") return `${field} ${String((outcome.value - context.initialBreak) / PAGE)}`;
  if (field !== "page") return `${field} ${String(outcome.value)}`;
  const page = (outcome.value - context.arenaBase) / PAGE;
  return `page ${page < 0n || page >= BigInt(context.arenaPages) ? "elsewhere" : String(page)}`;
}

/** The VMAs of the arena, in pages relative to it. A file that is open twice has the name of the first open, as the kernel knows only one. */
function inArena(vmas: readonly VmaRecord[], { objects }: Scenario, { arenaBase }: StepContext): ScenarioVma[] {
  return vmas.map(({ start, end, perms, offset, object }) => [
    Number((start - arenaBase) / PAGE),
    Number((end - arenaBase) / PAGE),
    perms,
    Number(offset / PAGE),
    objects[object ?? ""]?.sameInodeAs ?? object,
  ]);
}

function mapsText(vmas: readonly ScenarioVma[]): string {
  return vmas.length === 0
    ? "no VMAs"
    : vmas
        .map(
          ([start, end, perms, offset, object]) => `[${String(start)},${String(end)}) ${perms} ${String(offset)} ${object ?? "anonymous"}`,
        )
        .join("; ");
}

/** How often a page is mapped is left out, and so are trailing empty pages. */
function fold(letters: string): string {
  return letters.replaceAll("F", "f").replaceAll("A", "a").replace(/\.+$/, "");
}

/** `sd` depends on how the kernel was built. */
function flagsText(flags: readonly string[]): string {
  return flags
    .filter((flag) => flag !== "sd")
    .sort()
    .join(" ");
}
