/** Writes a sequence with the kernel's answers as a golden scenario, so that `conform` can run it again. */
import { release } from "node:os";
import { FIRST_PROCESS, type VmaRecord } from "../../model/index.js";
import { inArena, type Place } from "./difference.js";
import type { FuzzSequence, Step } from "./sequence.js";
import type { Answer, SequenceReport } from "./side-by-side.js";
import { thpSetting } from "../machine.js";
import { fileReadaheadPages } from "./machine.js";

const PAGE = 4096n;
const RETURNS_ADDRESS: readonly string[] = ["mmap", "mremap"];
const RETURNS_COUNT: readonly string[] = ["pread", "pwrite"];

/** The kernel's answer in the words of a scenario. */
function expectation({ operation, result }: Answer, place: Place, initialBreak: bigint): Step {
  const { outcome, seen } = result;
  const faults = operation.op === "peek" || operation.op === "mlockall" ? {} : { min: result.counts.minor, maj: result.counts.major };
  switch (outcome.kind) {
    case "errno":
      return { errno: outcome.code, ...faults };
    case "signal":
      return { signal: outcome.signal, code: outcome.code, ...faults };
    case "value": {
      const { value } = outcome;
      if (RETURNS_ADDRESS.includes(operation.op))
        return { page: inArena(value, place) ? Number((value - place.base) / PAGE) : "elsewhere", ...faults };
      if (operation.op === "brk") return { brk: Number((value - initialBreak) / PAGE), ...faults };
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

/** A last step that shows what differed, where the state at the end, which is that of the first process, would not. */
function showingStep({ difference }: SequenceReport, place: Place): { step: Step; expected: Step } | undefined {
  if (difference === null) return undefined;
  const { base } = place;
  const { field, kernel, at = base, process = FIRST_PROCESS } = difference;
  const page = Number((at - base) / PAGE);
  const who = process === FIRST_PROCESS ? {} : { who: process };
  switch (field) {
    case "vmflags":
      return { step: { op: "vmflags", at: page, ...who }, expected: { vmflags: kernel.split(" ") } };
    case "VmLck":
      return { step: { op: "status", ...who }, expected: { VmLck_kB: Number(kernel) } };
    case "contents":
      return { step: { op: "peek", at: { page, byte: Number((at - base) % PAGE) }, ...who }, expected: { byte: Number(kernel) } };
    case "resident":
      return process === FIRST_PROCESS
        ? undefined
        : { step: { op: "resident", at: 0, len: place.pages, ...who }, expected: { resident: kernel } };
    default:
      return undefined;
  }
}

const KIB_PER_PAGE = 4;

/** The conditions a replay has to know, in the words of the other scenario files. */
function kernelText(): string {
  const readahead = fileReadaheadPages();
  return `${release()} x86-64, 4 KiB pages, THP=${thpSetting() ?? "never"}${readahead === undefined ? "" : `, read_ahead_kb=${String(readahead * KIB_PER_PAGE)}`}`;
}

/**
 * A file with one scenario.
 * @param report of the run whose answers are to be expected; steps that did not run are left out
 */
export function scenarioFile(name: string, sequence: FuzzSequence, report: SequenceReport): string {
  const place = { base: report.base, pages: sequence.arenaPages };
  const ran = [...report.answers.entries()].sort(([a], [b]) => a - b);
  const steps = ran.map(([number]) => sequence.steps[number] ?? {});
  const results = ran.map(([, answer]) => expectation(answer, place, report.initialBreak));
  const showing = showingStep(report, place);
  if (showing !== undefined) {
    steps.push(showing.step);
    results.push(showing.expected);
  }
  const objects = Object.fromEntries(
    Object.entries(sequence.objects).map(([letter, { allowSeals, sameInodeAs, ...object }]) => [
      letter,
      { ...object, ...(allowSeals ? { allow_seals: true } : {}), ...(sameInodeAs === undefined ? {} : { same_inode_as: sameInodeAs }) },
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
