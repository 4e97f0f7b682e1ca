/** The views of an index, a page-table walk and shared page frames: what is refused, and what the text says. */
import { describe, expect, it } from "vitest";
import {
  addressBits,
  entryMeaning,
  frameUses,
  indexLayout,
  toText,
  validateBundle,
  type IndexFrame,
} from "../../../kernel/src/views/index.js";
import { INDEX, MAPLE, PAGE_TABLE, SHARING } from "./samples.js";

/** A deep copy with one field replaced; undefined takes it away. */
function changed(view: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify({ version: 1, ...view }));
  let place: unknown = copy;
  for (const key of path.slice(0, -1)) place = Reflect.get(Object(place), key);
  Reflect.set(Object(place), path.at(-1) ?? "", value);
  return copy;
}

function frameOf(view: typeof INDEX): IndexFrame {
  const frame = view.frames.at(-1);
  if (!frame) throw new Error("the sample has no frame");
  return frame;
}

describe("the border", () => {
  it.each([
    ["an index without a moment", changed(INDEX, ["frames"], []), "at least one moment"],
    ["a parent that comes after its child", changed(INDEX, ["frames", 0, "nodes", 0, "parent"], 1), "or less"],
    ["a node that is its own parent", changed(INDEX, ["frames", 0, "nodes", 1, "parent"], 1), "not 0 or less"],
    ["a node named by markup", changed(INDEX, ["frames", 0, "nodes", 0, "id"], "<b>"), "not a node's name"],
    ["a node of negative size", changed(INDEX, ["frames", 0, "nodes", 0, "last"], "0x1"), "below its start"],
    ["a third colour", changed(INDEX, ["frames", 0, "nodes", 0, "colour"], "green"), "not one of red, black"],
    ["an unknown structure", changed(INDEX, ["frames", 0, "structure"], "btree"), "not one of list"],
    ["a slot that holds anything else", changed(MAPLE, ["frames", 0, "nodes", 1, "slots", 0, "holds"], "x"), "not rights"],
    ["too many nodes", changed(INDEX, ["frames", 0, "nodes"], new Array(5000).fill({})), "at most 4096"],
    ["a lookup that neither found nor did not", changed(INDEX, ["frames", 1, "lookup", "contains"], "yes"), "not true or false"],
    ["an entry beyond its table", changed(PAGE_TABLE, ["levels", 0, "index"], 512), "not 511 or less"],
    ["levels from the bottom up", changed(PAGE_TABLE, ["levels", 1, "level"], "PGD"), "PGD below PGD"],
    ["a bit that does not exist", changed(PAGE_TABLE, ["entry", "flags", 0], "hot"), "not one of present"],
    ["a page frame of -1", changed(PAGE_TABLE, ["entry", "frame"], -1), "not 0 or more"],
    ["a page size of 0", changed(PAGE_TABLE, ["pageSize"], 0), "not 512 or more"],
    ["a run beyond its mapping", changed(SHARING, ["processes", 0, "mappings", 0, "runs", 0, "pages"], 5), "not 4 or less"],
    ["runs that overlap", changed(SHARING, ["processes", 1, "mappings", 0, "runs", 1, "page"], 0), "sorted and apart"],
    ["a mapping of half a page", changed(SHARING, ["processes", 0, "mappings", 0, "end"], "0x10800"), "whole pages"],
    ["a process name of 10 MB", changed(SHARING, ["processes", 0, "name"], "x".repeat(10_000_000)), "at most 4096"],
  ])("refuses %s and says why", (_what, json, reason) => {
    const checked = validateBundle(json);
    expect(checked.ok ? "accepted" : checked.reason).toContain(reason);
  });
});

describe("the layout of an index", () => {
  it("puts nodes of a tree in the order of their addresses, each below its parent", () => {
    const { places, edges } = indexLayout(frameOf(INDEX));
    expect(places.map(({ node, x, y }) => [node.id, x, y])).toEqual([
      ["0x20000", 1.5, 0],
      ["0x10000", 0.5, 1],
      ["0x30000", 2.5, 1],
    ]);
    expect(edges).toEqual([
      { from: 0, to: 1, direct: true },
      { from: 0, to: 2, direct: true },
    ]);
  });

  it("puts no node of a maple tree onto another of its level", () => {
    const leaf = frameOf(MAPLE).nodes[1];
    const root = frameOf(MAPLE).nodes[0];
    if (!leaf || !root) throw new Error("the sample has no leaf");
    const leaves = Array.from({ length: 7 }, (_, slot) => ({ ...leaf, id: `#${slot + 5}`, slot }));
    const { places } = indexLayout({ ...frameOf(MAPLE), nodes: [root, ...leaves] });
    const below = places.filter(({ y }) => y === 1).sort((a, b) => a.x - b.x);
    expect(below.map(({ node }) => node.slot)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    below.slice(1).forEach((place, index) => {
      const before = below[index];
      expect(place.x - place.width / 2).toBeGreaterThan((before?.x ?? 0) + (before?.width ?? 0) / 2);
    });
    expect(places[0]?.x).toBeCloseTo(((below[0]?.x ?? 0) + (below.at(-1)?.x ?? 0)) / 2);
  });

  it("folds a list into rows and marks where nodes are left out", () => {
    const [node] = frameOf(INDEX).nodes;
    if (!node) throw new Error("the sample has no node");
    const nodes = Array.from({ length: 14 }, (_, index) => ({ ...node, parent: -1, folded: index === 3 ? 900 : 0 }));
    const { places, edges } = indexLayout({ ...frameOf(INDEX), structure: "list", nodes });
    expect(places.map(({ y }) => y)).toEqual([...new Array<number>(12).fill(0), 1, 1]);
    expect(edges.filter(({ direct }) => !direct)).toEqual([{ from: 3, to: 4, direct: false }]);
  });
});

describe("the text", () => {
  it("of an index shows the way of the lookup and what changed", () => {
    expect(toText({ version: 1, ...INDEX })).toBe(
      [
        "VMAs in a red-black tree",
        "  Built anew.",
        "  red-black tree of 3 VMAs, 2 levels (4 nodes folded)",
        "  find_vma(0x30010): 2 nodes looked at, mmap_cache miss; found the VMA at 0x30000",
        "  1> 0x20000 r--p black",
        "       0x10000 rw-p red",
        "  2>   0x30000 rw-s red (+4 folded)",
        "  the VMA at 0x30000 comes in:",
        "    link 0x30000: It goes below, to the right.",
        "    rotate-left 0x10000: It goes down to the left: two red nodes lie in line below it.",
      ].join("\n"),
    );
    expect(toText({ version: 1, ...MAPLE })).toContain("3 of 16 slots: 1 free, 1 VMAs, 1 free");
  });

  it("of a walk shows the bits of the address at each level and the last entry", () => {
    const text = toText({ version: 1, ...PAGE_TABLE });
    expect(text).toContain("PGD   011111110     entry 254");
    expect(text).toContain("0x8000000000012067  present rw user accessed dirty nx");
    expect(text).toContain("anonymous page, page frame 18, this process's alone");
    const bits = addressBits(PAGE_TABLE).map((part) => part.bits);
    expect(BigInt(`0b${bits.join("")}`)).toBe(BigInt(PAGE_TABLE.address));
  });

  it("of a walk that ends early says at which table", () => {
    const levels = PAGE_TABLE.levels.map((level, index) => (index < 2 ? level : { ...level, table: null, flags: [] }));
    expect(entryMeaning({ ...PAGE_TABLE, levels, entry: null })).toBe("There is no PMD table: the next access faults.");
  });

  it("of shared memory shows who lies on which frame", () => {
    const text = toText({ version: 1, ...SHARING });
    expect(text).toContain("4 page frames, 2 of them under more than one page");
    expect(text).toContain("0x10000-0x14000 rw-s /tmp/lab/data.bin: page 0 on frame 7, page 1 on frame 8 (read-only)");
    const uses = frameUses(SHARING);
    expect([...uses].map(([frame, list]) => [frame, list.map(({ process }) => process)])).toEqual([
      [7, ["process 0", "process 1"]],
      [8, ["process 0", "process 1"]],
      [12, ["process 0"]],
      [13, ["process 1"]],
    ]);
  });
});
