/** The four structures that order VMAs give the same answers, and each keeps its own rules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAP, MREMAP } from "../../../kernel/src/abi/index.js";
import {
  describeMismatch,
  Model,
  modelOptionsFor,
  parseScenarios,
  runScenario,
  type IndexKind,
  type Operation,
  type Result,
} from "../../../kernel/src/model/index.js";
import { hex } from "../../../kernel/src/model/address.js";
import { newIndex } from "../../../kernel/src/model/index-choice.js";
import { Vma } from "../../../kernel/src/model/vma.js";
import type { VmaIndex } from "../../../kernel/src/model/vma-index.js";
import { ANON, at, mmap, mprotect, munmap, pages, RW } from "./calls.js";
import { checkRules } from "./index-invariants.js";
import { random } from "./random.js";

const KINDS: readonly IndexKind[] = ["list", "list+avl", "rb", "maple"];

/** How many pages the random sequences play with. */
const PAGES = 4000;

interface Range {
  start: number;
  end: number;
}

const vma = (start: number, end: number): Vma => new Vma({ start, end, flags: 0, pgoff: 0, file: null });

/** The VMA that starts at a page. */
function vmaAt(index: VmaIndex, start: number): Vma {
  const found = index.find(start);
  if (found?.start !== start) throw new Error(`No VMA starts at page ${String(start)}.`);
  return found;
}

/** One random change, made to a sorted array and to the index. `fill` in percent says whether there shall be more VMAs or fewer. */
function change(index: VmaIndex, ranges: Range[], next: (below: number) => number, fill: number): void {
  const place = ranges.length === 0 ? 0 : next(ranges.length);
  const range = ranges[place];
  const low = ranges[place - 1]?.end ?? 0;
  const high = ranges[place + 1]?.start ?? PAGES;
  if (range === undefined || next(100) < fill) {
    const page = next(PAGES);
    const after = ranges.findIndex(({ end }) => end > page);
    const limit = after < 0 ? PAGES : ranges[after]!.start;
    if (limit <= page) {
      // The page is taken: cut its VMA in two there.
      const taken = ranges[after]!;
      if (page === taken.start) return;
      const upper = { start: page, end: taken.end };
      index.resize(vmaAt(index, taken.start), taken.start, page);
      taken.end = page;
      index.insert(vma(upper.start, upper.end));
      ranges.splice(after + 1, 0, upper);
      return;
    }
    const added = { start: page, end: Math.min(limit, page + 1 + next(4)) };
    index.insert(vma(added.start, added.end));
    ranges.splice(after < 0 ? ranges.length : after, 0, added);
    return;
  }
  const known = vmaAt(index, range.start);
  const resize = (start: number, end: number): void => {
    index.resize(known, start, end);
    range.start = start;
    range.end = end;
  };
  switch (next(6)) {
    case 0:
      return resize(low + next(range.start - low + 1), range.end);
    case 1:
      return resize(range.start, high - next(high - range.end + 1));
    case 2:
      return resize(range.start + next(range.end - range.start), range.end);
    case 3:
      return resize(range.start, range.end - next(range.end - range.start));
    case 4:
      if (ranges[place + 1] !== undefined) {
        // Merge with the next one.
        const { start, end } = ranges[place + 1]!;
        index.remove(vmaAt(index, start));
        ranges.splice(place + 1, 1);
        return resize(range.start, end);
      }
      return;
    default:
      index.remove(known);
      ranges.splice(place, 1);
  }
}

function contents(index: VmaIndex): Range[] {
  const listed: Range[] = [];
  for (let one = index.first(); one !== null; one = index.next(one)) listed.push({ start: one.start, end: one.end });
  return listed;
}

/** The highest gap, by looking at each page. */
function highestGap(ranges: readonly Range[], wanted: number, low: number, high: number): Range | null {
  const free = (page: number): boolean => page >= low && page < high && !ranges.some(({ start, end }) => start <= page && page < end);
  for (let end = high; end > low; end--) {
    let start = end;
    while (free(start - 1)) start--;
    if (end - start >= wanted) return { start, end };
    if (start < end) end = start;
  }
  return null;
}

describe.each(KINDS)("an index of kind %s", (kind) => {
  it.each([1, 2, 3])(
    "agrees with a sorted array over random insertions, removals, cuts and merges, and keeps its rules (seed %i)",
    (seed) => {
      const next = random(seed);
      const index = newIndex(kind, false);
      const ranges: Range[] = [];
      for (let step = 0; step < 4000; step++) {
        change(index, ranges, next, [75, 25, 75, 10][Math.floor(step / 1000)] ?? 0);
        const probe = next(PAGES + 10);
        const found = ranges.find(({ end }) => end > probe);
        const before = ranges.findLast(({ end }) => end <= probe);
        const answers = [index.path(probe).found?.start, index.find(probe)?.start, index.before(probe)?.start, index.size];
        const right = [found?.start, found?.start, before?.start, ranges.length];
        if (answers.some((answer, i) => answer !== right[i])) expect({ step, probe, answers }).toEqual({ step, probe, answers: right });
        if (step % 100 !== 99) continue;
        expect(contents(index)).toEqual(ranges);
        checkRules(index.snapshot());
        const [wanted, low, high] = [1 + next(12), next(PAGES / 2), PAGES / 2 + next(PAGES / 2)];
        expect(index.gapTopDown(wanted, low, high)).toEqual(highestGap(ranges, wanted, low, high));
      }
    },
  );

  it("keeps its rules down to the last VMA, and is as empty as it was then", () => {
    const index = newIndex(kind, false);
    const all = Array.from({ length: 600 }, (_, i) => vma(2 * i, 2 * i + 1));
    const next = random(7);
    for (const one of all) index.insert(one);
    checkRules(index.snapshot());
    while (all.length > 0) {
      index.remove(all.splice(next(all.length), 1)[0]!);
      if (all.length % 20 === 0) checkRules(index.snapshot());
    }
    expect([index.size, index.first(), index.find(0), index.before(9999)]).toEqual([0, null, null, null]);
    expect(index.gapTopDown(1, 5, 99)).toEqual({ start: 5, end: 99 });
  });

  it("gives a copy that later changes of either do not reach", () => {
    const index = newIndex(kind, false);
    const next = random(11);
    const ranges: Range[] = [];
    for (let step = 0; step < 600; step++) change(index, ranges, next, 80);
    const before = ranges.map((range) => ({ ...range }));
    const copy = index.clone(({ start, end }) => vma(start, end));
    for (let step = 0; step < 600; step++) change(index, ranges, next, 30);
    expect(contents(copy)).toEqual(before);
    expect(copy.size).toBe(before.length);
    checkRules(copy.snapshot());
    for (let step = 0; step < 600; step++) change(copy, before, next, 30);
    expect(contents(copy)).toEqual(before);
    expect(contents(index)).toEqual(ranges);
    checkRules(copy.snapshot());
  });

  it("finds nothing and shows nothing while it is empty", () => {
    const index = newIndex(kind, false);
    expect([index.find(0), index.before(5), index.first(), index.path(3).found, index.size]).toEqual([null, null, null, null, 0]);
    checkRules(index.snapshot());
  });
});

/** Random calls, addresses chosen by the kernel among them. */
function randomCall(next: (below: number) => number): Operation {
  const page = next(120);
  const length = 1 + next(6);
  switch (next(6)) {
    case 0:
      return munmap(page, length);
    case 1:
      return mprotect(page, length, next(4));
    case 2:
      return mmap(page, length, next(4));
    case 3:
      return { op: "mremap", at: at(page), oldLength: pages(length), newLength: pages(1 + next(6)), flags: MREMAP.MAYMOVE, to: 0n };
    case 4:
      return { op: "touch", at: at(page), access: next(2) === 0 ? "read" : "write" };
    default:
      return {
        op: "mmap",
        at: 0n,
        length: pages(length),
        prot: next(2) === 0 ? RW : next(4),
        flags: MAP.PRIVATE | MAP.ANONYMOUS,
        file: null,
        offset: 0n,
      };
  }
}

describe("the index of a model", () => {
  it.each([1, 2])("changes no answer: results, chosen addresses and VMAs are the same with all four (seed %i)", (seed) => {
    const next = random(seed);
    const models = KINDS.map((index) => new Model({ index }));
    for (let step = 0; step < 700; step++) {
      const operation = randomCall(next);
      const [first, ...others] = models.map((model) => model.run(operation));
      const ending = ({ outcome, counts }: Result): string =>
        JSON.stringify([outcome, counts], (_, value: unknown) => (typeof value === "bigint" ? hex(value) : value));
      for (const other of others) if (ending(other) !== ending(first!)) expect(other).toEqual(first);
      if (step % 50 !== 49) continue;
      const [vmas, ...rest] = models.map((model) => model.vmas());
      for (const other of rest) expect(other).toEqual(vmas);
      for (const model of models) checkRules(model.index());
    }
    expect(models[0]!.vmas().length).toBeGreaterThan(32);
  });

  it("has no part in how far a chosen address keeps from a stack", () => {
    for (const index of KINDS) {
      const model = new Model({ index, mmapBase: at(4000) });
      model.run(mmap(3000, 1000, RW, ANON | MAP.GROWSDOWN));
      const { outcome } = model.run({ ...mmap(0, 4), at: 0n, flags: MAP.PRIVATE | MAP.ANONYMOUS } as Operation);
      expect(outcome).toEqual({ kind: "value", value: at(3000 - 256 - 4) });
    }
  });

  it("is copied to the child of a fork with the kind it has", () => {
    for (const index of KINDS) {
      const model = new Model({ index });
      for (let i = 0; i < 40; i++) model.run(mmap(2 * i, 1));
      model.run({ op: "fork", child: 1 });
      expect(model.index(1).kind).toBe(index);
      model.run({ ...munmap(0, 1), process: 1 });
      expect(model.vmas(1)).toHaveLength(39);
      expect(model.vmas(0)).toHaveLength(40);
    }
  });
});

const file = parseScenarios(readFileSync(join(import.meta.dirname, "../../conformance/scenarios/scenarios.json"), "utf8"));

describe.each(KINDS)("with an index of kind %s", (index) => {
  it("the model answers every third golden scenario as the kernel", () => {
    const lines = file.scenarios
      .filter((_, i) => i % 3 === 0)
      .flatMap((scenario) => runScenario(new Model({ ...modelOptionsFor(file), index }), scenario).mismatches.map(describeMismatch));
    expect(lines).toEqual([]);
  });
});
