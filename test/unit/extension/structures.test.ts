/** The figures of an index, a page-table walk and shared page frames. */
import { describe, expect, it } from "vitest";
import { figureOf } from "../../../extension/src/figures/index.js";
import { INDEX, MAPLE, PAGE_TABLE, SHARING } from "../views/samples.js";
import { context, DARK } from "./context.js";
import { trace, traces } from "./traces.js";

const HOSTILE = "<b onclick=x>&</b>\u001b<script>";

describe("the index figure", () => {
  const figure = figureOf(INDEX, context());

  it("has a bar a node, with its colour told by a letter too, and the way of the lookup numbered", () => {
    const nodes = trace(figure, { part: "nodes" });
    expect(nodes.rows.map(({ id, colour, visit }) => [id, colour, visit])).toEqual([
      ["0x20000", "black", 1],
      ["0x10000", "red", null],
      ["0x30000", "red", 2],
    ]);
    expect(nodes.raw["text"]).toEqual(["B 0x20000", "R 0x10000", "R 0x30000"]);
    expect(trace(figure, { part: "visits" }).raw["text"]).toEqual(["1", "2"]);
  });

  it("draws the links on the way apart from the others", () => {
    expect(trace(figure, { part: "way" }).x).toEqual([1.5, 2.5, null]);
    expect(trace(figure, { part: "edges" }).x).toEqual([1.5, 0.5, null]);
  });

  it("says what the index did to itself in its summary and at the node", () => {
    expect(figure.summary).toContain("rotate-left 0x10000: It goes down to the left");
    expect(trace(figure, { part: "nodes" }).hovertext[1]).toContain("rotate-left");
    expect(figure.summary).toContain("4 nodes are folded");
  });

  it("can be drawn at each of its moments", () => {
    expect(figure.steps).toEqual(["the VMA at 0x20000 comes in", "the VMA at 0x30000 comes in"]);
    expect(trace(figureOf(INDEX, context({ step: 0 })), { part: "nodes" }).rows).toHaveLength(2);
    expect(figureOf(MAPLE, context()).steps).toBeUndefined();
  });

  it("has a cell for each slot of a maple node, in its place", () => {
    const maple = figureOf(MAPLE, context());
    const slots = trace(maple, { part: "slots" });
    expect(slots.rows.map(({ id, holds }) => [id, holds])).toEqual([
      ["#2", "node"],
      ["#2", "node"],
      ["#0", "free"],
      ["#0", "rw-p"],
      ["#0", "free"],
    ]);
    // The link begins in the slot that leads to the leaf, the first of the root's two.
    const [from] = trace(maple, { part: "way" }).x;
    expect(Number(from)).toBeCloseTo(Number((slots.raw["base"] as number[])[0]) + 0.44);
  });
});

describe("the page table figure", () => {
  const figure = figureOf(PAGE_TABLE, context());

  it("marks the selected entry of each table, and leads on from it", () => {
    expect(trace(figure, { part: "entries" }).rows.map(({ level, index }) => `${String(level)} ${String(index)}`)).toEqual([
      "PGD 254",
      "PUD 74",
      "PMD 256",
      "PTE 1",
    ]);
    expect(trace(figure, { part: "way" }).x.filter((x) => x === null)).toHaveLength(4);
  });

  it("has the 64 bits of the entry, and names those that have a name", () => {
    const { rows } = trace(figure, { part: "bits" });
    expect(rows.filter(({ set }) => set === 1).map(({ bit, name }) => [bit, name])).toEqual([
      [63, "nx"],
      [16, "page frame number"],
      [13, "page frame number"],
      [6, "dirty"],
      [5, "accessed"],
      [2, "user"],
      [1, "rw"],
      [0, "present"],
    ]);
  });

  it("ends where a table is missing", () => {
    const levels = PAGE_TABLE.levels.map((level, index) => (index < 2 ? level : { ...level, table: null, flags: [] }));
    const ended = figureOf({ ...PAGE_TABLE, levels, entry: null }, context());
    expect(trace(ended, { part: "entries" }).rows).toHaveLength(2);
    expect(traces(ended, { part: "bits" })).toEqual([]);
    expect(ended.summary).toContain("There is no PMD table");
  });
});

describe("the shared memory figure", () => {
  const figure = figureOf(SHARING, context());

  it("draws a line from each page to its frame, those to shared frames apart", () => {
    expect(trace(figure, { part: "shared" }).x.filter((x) => x === null)).toHaveLength(4);
    expect(trace(figure, { part: "alone" }).x.filter((x) => x === null)).toHaveLength(2);
  });

  it("counts the pages on each frame", () => {
    expect(trace(figure, { part: "frames" }).rows).toEqual([
      { frame: 7, pages: 2 },
      { frame: 8, pages: 2 },
      { frame: 12, pages: 1 },
      { frame: 13, pages: 1 },
    ]);
    expect(figure.summary).toContain("2 of them under more than one page");
  });
});

describe("each of these figures", () => {
  it.each([INDEX, MAPLE, PAGE_TABLE, SHARING].map((view) => [view.title, view] as const))("follows the theme: %s", (_title, view) => {
    const dark = figureOf(view, context({ theme: DARK }));
    expect(JSON.stringify(dark)).not.toContain(context().theme.ground);
  });

  it.each([INDEX, PAGE_TABLE, SHARING].map((view) => [view.kind, view] as const))("gives plotly no markup: %s", (_kind, view) => {
    const outside = new Set(["title", "note", "label", "text", "change", "place", "holds", "name", "object"]);
    const hostile = JSON.parse(
      JSON.stringify(view, (key, value: unknown) => (outside.has(key) && typeof value === "string" ? HOSTILE : value)),
    ) as typeof view;
    const figure = figureOf(hostile, context());
    const shown = JSON.stringify([figure.layout, figure.data.map((one) => ({ ...one, customdata: null, meta: null }))]);
    expect(shown).not.toContain("<b onclick");
    expect(shown).not.toContain("<script");
    expect(shown).toContain("&lt;b onclick");
  });
});
