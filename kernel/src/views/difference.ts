/**
 * What differs between two lists of VMAs: between before and after, and between kernel and model. Lists are sorted and
 * do not overlap, as a checked view has them.
 */
import { spanOf, type PageSpan } from "./address.js";
import type { VmaView } from "./view.js";

/**
 * What became of a VMA: `same`; `pages` the VMA is the same but its pages are not; `changed` its range, rights, file or
 * offset is another; `new` or `gone` where the other list has nothing there.
 */
export type VmaChange = "same" | "pages" | "changed" | "new" | "gone";

/** A range of pages, and the VMA of each list that covers the whole of it. */
export interface PageRange extends PageSpan {
  readonly first: VmaView | null;
  readonly second: VmaView | null;
}

/** Cuts the address space at every VMA boundary of both lists; ranges mapped in neither are left out. */
function overlay(first: readonly VmaView[], second: readonly VmaView[], pageSize: number): PageRange[] {
  const spans = [first, second].map((vmas) => vmas.map((vma) => ({ vma, ...spanOf(vma, pageSize) })));
  const cuts = [...new Set(spans.flat().flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const next = [0, 0];
  const ranges: PageRange[] = [];
  for (let index = 1; index < cuts.length; index += 1) {
    const start = cuts[index - 1] ?? 0;
    const end = cuts[index] ?? 0;
    const [a, b] = spans.map((list, which) => {
      while ((list[next[which] ?? 0]?.end ?? Infinity) <= start) next[which] = (next[which] ?? 0) + 1;
      const candidate = list[next[which] ?? 0];
      return candidate && candidate.start <= start ? candidate.vma : null;
    });
    if (a || b) ranges.push({ start, end, first: a ?? null, second: b ?? null });
  }
  return ranges;
}

function sameVma(a: VmaView, b: VmaView): boolean {
  return a.start === b.start && a.end === b.end && a.perms === b.perms && a.offset === b.offset && a.object === b.object;
}

/** Compares where both are known: a source that could not look does not differ. */
function lettersDiffer(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** What became of each VMA of `before` and of `after`, in their order. */
export function compareStates(
  before: readonly VmaView[],
  after: readonly VmaView[],
  pageSize: number,
): { readonly before: readonly VmaChange[]; readonly after: readonly VmaChange[] } {
  const gone = new Map<VmaView, VmaChange>(before.map((vma) => [vma, "gone"]));
  const fresh = new Map<VmaView, VmaChange>(after.map((vma) => [vma, "new"]));
  for (const { first, second } of overlay(before, after, pageSize)) {
    if (!first || !second) continue;
    let change: VmaChange = "changed";
    if (sameVma(first, second))
      change = lettersDiffer(first.pages, second.pages) || lettersDiffer(first.dirty, second.dirty) ? "pages" : "same";
    gone.set(first, change);
    fresh.set(second, change);
  }
  return { before: [...gone.values()], after: [...fresh.values()] };
}

/** How many VMAs and pages changed between before and after. */
export interface ChangeTally {
  readonly newVmas: number;
  readonly goneVmas: number;
  readonly changedVmas: number;
  /** Pages that held nothing, or were not mapped, and hold something now. */
  readonly pagesFilled: number;
  /** Pages that held something and hold nothing now, or are no longer mapped. */
  readonly pagesEmptied: number;
  readonly pagesDirtied: number;
  readonly pagesCleaned: number;
}

/** Counts what changed between before and after. */
export function tallyChanges(before: readonly VmaView[], after: readonly VmaView[], pageSize: number): ChangeTally {
  const changes = compareStates(before, after, pageSize);
  const count = (list: readonly VmaChange[], change: VmaChange): number => list.filter((one) => one === change).length;
  let [pagesFilled, pagesEmptied, pagesDirtied, pagesCleaned] = [0, 0, 0, 0];
  for (const range of overlay(before, after, pageSize)) {
    if (!hasLetters(range)) continue;
    const [held, holds] = [lettersOf(range.first, "pages", range, pageSize), lettersOf(range.second, "pages", range, pageSize)];
    const [was, is] = [lettersOf(range.first, "dirty", range, pageSize), lettersOf(range.second, "dirty", range, pageSize)];
    for (let index = 0; index < range.end - range.start; index += 1) {
      const [letterBefore, letterAfter] = [held(index), holds(index)];
      if (letterBefore !== undefined && letterAfter !== undefined) {
        if (letterBefore === "." && letterAfter !== ".") pagesFilled += 1;
        if (letterBefore !== "." && letterAfter === ".") pagesEmptied += 1;
      }
      if (was(index) !== "d" && is(index) === "d") pagesDirtied += 1;
      if (was(index) === "d" && is(index) === ".") pagesCleaned += 1;
    }
  }
  return {
    newVmas: count(changes.after, "new"),
    goneVmas: count(changes.before, "gone"),
    changedVmas: count(changes.after, "changed"),
    pagesFilled,
    pagesEmptied,
    pagesDirtied,
    pagesCleaned,
  };
}

function hasLetters({ first, second }: PageRange): boolean {
  return [first, second].some((vma) => vma?.pages !== undefined || vma?.dirty !== undefined);
}

/**
 * Reads the letters of a VMA by index into a range that lies inside it; undefined where nobody looked. Where nothing is
 * mapped, a page holds nothing: ".".
 */
function lettersOf(
  vma: VmaView | null,
  column: "pages" | "dirty",
  range: PageSpan,
  pageSize: number,
): (index: number) => string | undefined {
  if (!vma) return () => ".";
  const letters = vma[column];
  if (letters === undefined) return () => undefined;
  const offset = range.start - spanOf(vma, pageSize).start;
  return (index) => letters[offset + index];
}

/** The numbers of the pages of `after` whose letter or dirtiness is not that of `before`. */
export function changedPages(before: readonly VmaView[], after: readonly VmaView[], pageSize: number): ReadonlySet<number> {
  const changed = new Set<number>();
  for (const range of overlay(before, after, pageSize)) {
    if (!range.second || !hasLetters(range)) continue;
    const [held, holds] = [lettersOf(range.first, "pages", range, pageSize), lettersOf(range.second, "pages", range, pageSize)];
    const [was, is] = [lettersOf(range.first, "dirty", range, pageSize), lettersOf(range.second, "dirty", range, pageSize)];
    for (let index = 0; index < range.end - range.start; index += 1) {
      if (lettersDiffer(held(index), holds(index)) || lettersDiffer(was(index), is(index))) changed.add(range.start + index);
    }
  }
  return changed;
}

/** Pages on which two sources do not agree. */
export interface DifferingRun extends PageRange {
  /** `mapped` only one of them has a VMA there; `vma` both have one, of another range, rights, file or offset; `pages`; `dirty`. */
  readonly what: "mapped" | "vma" | "pages" | "dirty";
}

/** Where two sources do not agree about the same moment, as runs of pages, lowest first. */
export function differingRuns(kernel: readonly VmaView[], model: readonly VmaView[], pageSize: number): DifferingRun[] {
  const runs: DifferingRun[] = [];
  for (const range of overlay(kernel, model, pageSize)) {
    const { first, second } = range;
    if (!first || !second) runs.push({ ...range, what: "mapped" });
    else if (!sameVma(first, second)) runs.push({ ...range, what: "vma" });
    else if (hasLetters(range)) runs.push(...differingLetters(range, first, second, pageSize));
  }
  return runs;
}

function differingLetters(range: PageSpan, first: VmaView, second: VmaView, pageSize: number): DifferingRun[] {
  const whatAt = (index: number): "pages" | "dirty" | null => {
    if (lettersDiffer(held(index), holds(index))) return "pages";
    return lettersDiffer(was(index), is(index)) ? "dirty" : null;
  };
  const [held, holds] = [lettersOf(first, "pages", range, pageSize), lettersOf(second, "pages", range, pageSize)];
  const [was, is] = [lettersOf(first, "dirty", range, pageSize), lettersOf(second, "dirty", range, pageSize)];
  const runs: DifferingRun[] = [];
  const length = range.end - range.start;
  for (let index = 0; index < length;) {
    const what = whatAt(index);
    let end = index + 1;
    while (end < length && whatAt(end) === what) end += 1;
    if (what) runs.push({ start: range.start + index, end: range.start + end, first, second, what });
    index = end;
  }
  return runs;
}
