import { describe, expect, it } from "vitest";
import {
  addressAxis,
  addressOfPage,
  changedPages,
  compareStates,
  differingRuns,
  formatBytes,
  formatNs,
  pageMarks,
  pageOfAddress,
  quantile,
  tallyChanges,
  thinnedRanks,
  type VmaView,
} from "../../../kernel/src/views/index.js";

const PAGE = 4096;
function vma(startPage: number, pages: string, more: Partial<VmaView> = {}): VmaView {
  return {
    start: addressOfPage(startPage, PAGE),
    end: addressOfPage(startPage + pages.length, PAGE),
    perms: "rw-p",
    offset: "0x0",
    object: null,
    pages,
    ...more,
  };
}

describe("an address axis", () => {
  it("draws neighbours and short holes to scale and breaks at long holes", () => {
    const axis = addressAxis([
      { start: 1_000_000, end: 1_000_010 },
      { start: 0, end: 10 },
      { start: 12, end: 20 },
    ]);
    expect(axis.segments.map(({ start, end, at }) => [start, end, at])).toEqual([
      [0, 20, 0],
      [1_000_000, 1_000_010, 20 + (axis.breaks[0]?.width ?? 0)],
    ]);
    expect(axis.breaks.map((hole) => hole.pages)).toEqual([1_000_000 - 20]);
    expect(axis.position(12)).toBe(12);
    expect(axis.position(1_000_003) - axis.position(1_000_000)).toBe(3);
  });

  it("never turns the order of two pages round", () => {
    const axis = addressAxis([
      { start: 50, end: 60 },
      { start: 5000, end: 5002 },
      { start: 90_000, end: 90_001 },
    ]);
    const pages = [0, 49, 50, 55, 60, 61, 4999, 5000, 5002, 6000, 90_000, 90_001, 99_999];
    const places = pages.map((page) => axis.position(page));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place >= 0 && place <= axis.length)).toBe(true);
  });

  it("has a length even where nothing is mapped", () => {
    expect(addressAxis([]).length).toBe(1);
  });

  it("keeps addresses exact to the top of 64 bits", () => {
    expect(addressOfPage(pageOfAddress("0xfffffffffffff000", PAGE), PAGE)).toBe("0xfffffffffffff000");
  });
});

describe("what changed between two states", () => {
  it.each<[string, VmaView[], VmaView[], string[], string[]]>([
    ["nothing", [vma(1, "..")], [vma(1, "..")], ["same"], ["same"]],
    ["pages only", [vma(1, "..")], [vma(1, "a.")], ["pages"], ["pages"]],
    ["a new mapping", [], [vma(1, "..")], [], ["new"]],
    ["an unmapped one", [vma(1, "..")], [], ["gone"], []],
    [
      "a split by mprotect",
      [vma(1, "....")],
      [vma(1, "."), vma(2, "..", { perms: "r--p" }), vma(4, ".")],
      ["changed"],
      ["changed", "changed", "changed"],
    ],
    ["pages nobody looked at", [vma(1, "..", { pages: undefined })], [vma(1, "aa")], ["same"], ["same"]],
  ])("is told apart: %s", (_what, before, after, expectedBefore, expectedAfter) => {
    expect(compareStates(before, after, PAGE)).toEqual({ before: expectedBefore, after: expectedAfter });
  });

  it("is counted by page, across VMAs that were split", () => {
    const before = [vma(1, "....", { dirty: "...." }), vma(9, "aa", { dirty: "d." })];
    const after = [vma(1, "aa", { dirty: "dd" }), vma(3, "..", { perms: "r--p", dirty: ".." }), vma(9, ".a", { dirty: ".." })];
    expect(tallyChanges(before, after, PAGE)).toEqual({
      newVmas: 0,
      goneVmas: 0,
      changedVmas: 2,
      pagesFilled: 2,
      pagesEmptied: 1,
      pagesDirtied: 2,
      pagesCleaned: 1,
    });
    expect([...changedPages(before, after, PAGE)]).toEqual([1, 2, 9]);
  });

  it("does not walk the pages of a huge mapping nobody looked into", () => {
    const huge: VmaView = { start: "0x100000000000", end: "0x7fffffff0000", perms: "---p", offset: "0x0", object: null };
    expect(tallyChanges([], [huge], PAGE)).toMatchObject({ newVmas: 1, pagesFilled: 0 });
  });
});

describe("where kernel and model differ", () => {
  it("is given as runs of pages, each with what differs", () => {
    const kernel = [vma(1, "aaaa.", { dirty: "dd..." }), vma(10, "."), vma(20, ".", { perms: "r--p" })];
    const model = [vma(1, "aa..a", { dirty: "d...." }), vma(20, ".")];
    expect(differingRuns(kernel, model, PAGE).map(({ start, end, what }) => [start, end, what])).toEqual([
      [2, 3, "dirty"],
      [3, 6, "pages"],
      [10, 11, "mapped"],
      [20, 21, "vma"],
    ]);
  });
});

describe("page letters as marks", () => {
  it.each([
    ["one a page where they fit", "aa.", 3, ["a1", "a1", ".1"]],
    ["one a run where pages do not fit", "aaaa....", 3, ["a4", ".4"]],
    ["equal stretches where runs do not fit, mixed ones marked", "a.a.aa..", 4, ["+2", "+2", "a2", ".2"]],
    ["none for no pages", "", 4, []],
  ])("are %s", (_how, letters, most, expected) => {
    expect(pageMarks(letters, most).map((mark) => `${mark.letter}${mark.count}`)).toEqual(expected);
  });
});

describe("quantities", () => {
  it.each([
    [0, "0 ns"],
    [0.5, "0.5 ns"],
    [999, "999 ns"],
    [999.9, "1 µs"],
    [1234, "1.23 µs"],
    [999_900, "1 ms"],
    [12_345_678, "12.3 ms"],
    [3.6e12, "3600 s"],
  ])("prints %d ns as %s", (ns, text) => {
    expect(formatNs(ns)).toBe(text);
  });

  it.each([
    [512, "512 B"],
    [4096, "4 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 4 * 1.5, "1.5 TiB"],
  ])("prints %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("takes quantiles by nearest rank", () => {
    const sorted = [10, 20, 30, 40];
    expect([0, 0.25, 0.26, 0.5, 0.9, 0.99, 1].map((q) => quantile(sorted, q))).toEqual([10, 10, 20, 20, 40, 40, 40]);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });

  it("thins to the asked number with the first and the last kept", () => {
    const ranks = thinnedRanks(1000, 10);
    expect([ranks.length, ranks[0], ranks.at(-1)]).toEqual([10, 0, 999]);
    expect(thinnedRanks(3, 10)).toEqual([0, 1, 2]);
  });
});
