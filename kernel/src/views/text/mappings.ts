/** VMAs as lines of /proc/pid/maps, with what changed in front and the letters of their pages behind. */
import { compareStates, differingRuns, type VmaChange } from "../difference.js";
import { pageRuns } from "../page-runs.js";
import { printable } from "../printable.js";
import type { MappingsView, VmaView } from "../view.js";
import { alignedColumns } from "./columns.js";

const MOST_LINES = 40;
const MOST_LETTERS = 64;
const MOST_RUNS = 8;

export function mappingsText(view: MappingsView): string[] {
  const lines: string[] = [];
  let kernel: MappingsView["states"][number] | undefined;
  for (const state of view.states) {
    if (state.source === "model" && kernel && agrees(kernel, state, view.pageSize)) {
      lines.push("model: the same");
      continue;
    }
    lines.push(`${state.source}:`, ...alignedColumns(limited(stateRows(state, view.pageSize))).map((line) => `  ${line}`));
    if (state.source === "kernel") kernel = state;
  }
  return [...lines, ...legend(view)];
}

function agrees(kernel: MappingsView["states"][number], model: MappingsView["states"][number], pageSize: number): boolean {
  return (["before", "after"] as const).every((moment) => differingRuns(kernel[moment], model[moment], pageSize).length === 0);
}

const MARKS: Readonly<Record<VmaChange, string>> = { same: " ", pages: "~", changed: "+", new: "+", gone: "-" };

/** A line a VMA: those that went away or became another with "-", new ones with "+", those whose pages changed with "~". */
function stateRows(state: MappingsView["states"][number], pageSize: number): string[][] {
  const changes = compareStates(state.before, state.after, pageSize);
  const earlier = new Map(state.before.map((vma) => [vma.start, vma]));
  const rows: { start: bigint; cells: string[] }[] = [];
  state.before.forEach((vma, index) => {
    const change = changes.before[index];
    if (change === "gone" || change === "changed") rows.push({ start: BigInt(vma.start), cells: vmaCells("-", vma, undefined) });
  });
  state.after.forEach((vma, index) => {
    const change = changes.after[index] ?? "same";
    rows.push({ start: BigInt(vma.start), cells: vmaCells(MARKS[change], vma, change === "pages" ? earlier.get(vma.start) : undefined) });
  });
  if (rows.length === 0) return [["nothing mapped"]];
  // Sorting is stable: what went away stands above what came in its place.
  return rows.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)).map((row) => row.cells);
}

function vmaCells(mark: string, vma: VmaView, before: VmaView | undefined): string[] {
  const hex = (address: string, digits: number): string => address.slice(2).padStart(digits, "0");
  const object = vma.object === null ? "" : printable(vma.object, 80);
  const label = vma.label === undefined ? "" : `"${printable(vma.label, 60)}"`;
  return [
    `${mark} ${hex(vma.start, 8)}-${hex(vma.end, 8)} ${vma.perms} ${hex(vma.offset, 8)}`,
    [object, label].filter(Boolean).join(" "),
    lettersChange(before?.pages, vma.pages),
    vma.dirty?.includes("d") || before?.dirty?.includes("d") ? `dirty ${lettersChange(before?.dirty, vma.dirty)}` : "",
  ];
}

function lettersChange(before: string | undefined, after: string | undefined): string {
  if (after === undefined) return "";
  return before === undefined || before === after ? letters(after) : `${letters(before)} -> ${letters(after)}`;
}

/** The letters as they are, or as runs such as `a*200 .*56` where there are many. */
function letters(pages: string): string {
  if (pages.length <= MOST_LETTERS) return pages;
  const runs = pageRuns(pages);
  const shown = runs.slice(0, MOST_RUNS).map((run) => `${run.letter}*${run.count}`);
  if (runs.length > MOST_RUNS) shown.push(`(${runs.length - MOST_RUNS} more runs)`);
  return shown.join(" ");
}

function limited(rows: string[][]): string[][] {
  if (rows.length <= MOST_LINES) return rows;
  return [...rows.slice(0, MOST_LINES), [`... and ${rows.length - MOST_LINES} more`]];
}

const LETTER_MEANINGS: Readonly<Record<string, string>> = {
  ".": "nothing",
  a: "anonymous",
  A: "anonymous, mapped more than once",
  z: "zero page",
  f: "file",
  F: "file, mapped more than once",
  s: "swapped",
  g: "guard",
};

/** What the marks and letters that occur mean. */
function legend(view: MappingsView): string[] {
  const vmas = view.states.flatMap((state) => [...state.before, ...state.after]);
  const used = Object.keys(LETTER_MEANINGS).filter((letter) => vmas.some((vma) => vma.pages?.includes(letter)));
  return used.length === 0 ? [] : [`pages: ${used.map((letter) => `${letter} ${LETTER_MEANINGS[letter] ?? ""}`).join(", ")}`];
}
