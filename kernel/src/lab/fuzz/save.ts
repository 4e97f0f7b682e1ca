/** Writes a sequence with the kernel's answers as a golden scenario, so that `conform` can run it again. */
import { release } from "node:os";
import type { VmaRecord } from "../../model/index.js";
import { inArena, type Place } from "./difference.js";
import type { FuzzSequence, Step } from "./sequence.js";
import type { Answer, SequenceReport } from "./side-by-side.js";
import { thpSetting } from "../machine.js";
import { readaheadKib } from "./machine.js";

const PAGE = 4096n;
const RETURNS_ADDRESS: readonly string[] = ["mmap", "mremap"];
const RETURNS_COUNT: readonly string[] = ["pread", "pwrite"];

/** The kernel's answer in the words of a scenario. */
function expectation({ operation, result }: Answer, place: Place): Step {
  const { outcome, seen } = result;
  const faults = operation.op === "peek" ? {} : { min: result.counts.minor, maj: result.counts.major };
  switch (outcome.kind) {
    case "errno":
      return { errno: outcome.code, ...faults };
    case "signal":
      return { signal: outcome.signal, code: outcome.code, ...faults };
    case "value": {
      const { value } = outcome;
      if (RETURNS_ADDRESS.includes(operation.op))
        return { page: inArena(value, place) ? Number((value - place.base) / PAGE) : "elsewhere", ...faults };
      if (RETURNS_COUNT.includes(operation.op)) return { ret: Number(value), ...faults };
      if (seen?.kind === "mincore") return { ok: true, mincore: seen.pages.join(""), ...faults };
      const byte = seen?.kind === "bytes" ? seen.bytes[0] : undefined;
      return { ok: true, ...(byte === undefined ? {} : { byte }), ...faults };
    }
  }
}

function mapsOf(vmas: readonly VmaRecord[], { base }: Place): unknown[] {
  return vmas.map(({ start, end, perms, offset, object }) => [
    Number((start - base) / PAGE),
    Number((end - base) / PAGE),
    perms,
    Number(offset / PAGE),
    object,
  ]);
}

/** A last step that shows what differed, where the state at the end would not. */
function showingStep({ difference }: SequenceReport, { base }: Place): { step: Step; expected: Step } | undefined {
  if (difference === null) return undefined;
  const { field, kernel, at = base } = difference;
  const page = Number((at - base) / PAGE);
  switch (field) {
    case "vmflags":
      return { step: { op: "vmflags", at: page }, expected: { vmflags: kernel.split(" ") } };
    case "VmLck":
      return { step: { op: "status" }, expected: { VmLck_kB: Number(kernel) } };
    case "contents":
      return { step: { op: "peek", at: { page, byte: Number((at - base) % PAGE) } }, expected: { byte: Number(kernel) } };
    default:
      return undefined;
  }
}

/** The conditions a replay has to know, in the words of the other scenario files. */
function kernelText(): string {
  const readahead = readaheadKib();
  return `${release()} x86-64, 4 KiB pages, THP=${thpSetting() ?? "never"}${readahead === undefined ? "" : `, read_ahead_kb=${String(readahead)}`}`;
}

/**
 * A file with one scenario.
 * @param report of the run whose answers are to be expected; steps that did not run are left out
 * @param base address of the arena in that run
 */
export function scenarioFile(name: string, sequence: FuzzSequence, report: SequenceReport, base: bigint): string {
  const place = { base, pages: sequence.arenaPages };
  const ran = [...report.answers.entries()].sort(([a], [b]) => a - b);
  const steps = ran.map(([number]) => sequence.steps[number] ?? {});
  const results = ran.map(([, answer]) => expectation(answer, place));
  const showing = showingStep(report, place);
  if (showing !== undefined) {
    steps.push(showing.step);
    results.push(showing.expected);
  }
  const objects = Object.fromEntries(
    Object.entries(sequence.objects).map(([letter, { allowSeals, ...object }]) => [
      letter,
      allowSeals ? { ...object, allow_seals: true } : object,
    ]),
  );
  const { vmas, pages } = report.state;
  const scenario = {
    name,
    tags: ["fuzz"],
    arena: sequence.arenaPages,
    objects,
    ops: steps,
    expect: { results, final: { resident: pages.replace(/\.+$/, ""), maps: mapsOf(vmas, place) } },
  };
  return `${JSON.stringify({ schema: { kernel: kernelText() }, scenarios: [scenario] }, null, 1)}\n`;
}
