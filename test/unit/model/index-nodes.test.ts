/** What an index shows of itself: its nodes, the nodes a search looks at, and the steps of a change. */
import { describe, expect, it } from "vitest";
import { Model, type IndexKind, type IndexStepKind, type MapleNodeView, type MapleSnapshot } from "../../../kernel/src/model/index.js";
import { at, mmap, mprotect, munmap } from "./calls.js";

/** A model with VMAs of one page at every second page. */
function modelWith(count: number, index: IndexKind): Model {
  const model = new Model({ index, recordIndexSteps: true });
  for (let i = 0; i < count; i++) model.run(mmap(2 * i, 1));
  return model;
}

const kindsOf = (model: Model): IndexStepKind[] => model.indexSteps().map(({ kind }) => kind);

function maple(model: Model): MapleSnapshot {
  const snapshot = model.index();
  if (snapshot.kind !== "maple") throw new Error(`The index is a ${snapshot.kind}.`);
  return snapshot;
}

/** The slots of a node: a page range of the arena for a VMA, `free`, or the number of a node. */
const slotsOf = ({ slots }: MapleNodeView): string[] =>
  slots.map(({ content }) => {
    if (content.kind === "vma") return `vma ${String((content.start - at(0)) / 4096n)}-${String((content.end - at(0)) / 4096n)}`;
    return content.kind === "node" ? `node ${String(content.node)}` : "free";
  });

describe("the sorted list", () => {
  it("is walked from its head, and remembers the VMA that was found last", () => {
    const model = modelWith(5, "list");
    expect(model.find(at(6))).toMatchObject({ found: { start: at(6) }, visited: [at(0), at(2), at(4), at(6)], cache: null });
    model.run({ op: "touch", at: at(6), access: "read" });
    expect(model.index()).toMatchObject({ kind: "list", cache: at(6) });
    expect(model.find(at(6))).toMatchObject({ found: { start: at(6) }, visited: [at(6)], cache: "hit" });
    expect(model.find(at(2))).toMatchObject({ found: { start: at(2) }, visited: [at(0), at(2)], cache: "miss" });
    const visits = model.indexVisits();
    model.run({ op: "touch", at: at(6), access: "read" });
    expect(model.indexVisits() - visits).toBe(1);
  });

  it("remembers the VMA of a first write too, although its neighbour's anon_vma is asked for", () => {
    const model = modelWith(5, "list");
    model.run({ op: "touch", at: at(4), access: "write" });
    expect(model.index()).toMatchObject({ cache: at(4) });
  });

  it("forgets the remembered VMA when a VMA goes", () => {
    const model = modelWith(5, "list");
    model.run({ op: "touch", at: at(6), access: "read" });
    model.run(munmap(0, 1));
    expect(model.find(at(6)).cache).not.toBe("hit");
  });
});

describe("the AVL tree", () => {
  it("tells that it was built, and how it turns to stay balanced", () => {
    const model = modelWith(31, "list+avl");
    model.run(mmap(62, 1));
    expect(kindsOf(model)).toEqual(["link", "build"]);
    const seen = new Set<IndexStepKind>();
    for (let i = 32; i < 64; i++) {
      model.run(mmap(2 * i, 1));
      for (const kind of kindsOf(model)) seen.add(kind);
    }
    expect([...seen].sort()).toEqual(["link", "rotate-left"]);
  });
});

describe("the red-black tree", () => {
  it("turns once and paints two nodes when a third VMA lies in line with two", () => {
    const model = modelWith(2, "rb");
    model.run(mmap(4, 1));
    expect(model.indexSteps().map(({ kind, node }) => [kind, node])).toEqual([
      ["link", at(4)],
      ["rotate-left", at(0)],
      ["recolour", at(2)],
      ["recolour", at(0)],
    ]);
    expect(model.index()).toMatchObject({
      kind: "rb",
      root: at(2),
      nodes: [
        { start: at(0), fields: { vm_next: at(2), "vm_rb.rb_color": "red", "vm_rb.rb_parent": at(2) } },
        { start: at(2), fields: { "vm_rb.rb_color": "black", "vm_rb.rb_parent": null, "vm_rb.rb_left": at(0), "vm_rb.rb_right": at(4) } },
        { start: at(4), fields: { vm_next: null, "vm_rb.rb_color": "red" } },
      ],
    });
  });

  it("only paints where the uncle is red", () => {
    const model = modelWith(3, "rb");
    model.run(mmap(6, 1));
    expect(kindsOf(model)).toEqual(["link", "recolour", "recolour", "recolour", "recolour"]);
    expect(model.indexSteps().at(-1)).toMatchObject({ node: at(2), text: "It becomes black: the root is always black." });
  });

  it("looks at no more than 2 log2(n + 1) nodes", () => {
    const model = modelWith(3000, "rb");
    for (let i = 0; i < 3000; i += 37) expect(model.find(at(2 * i)).visited.length).toBeLessThanOrEqual(2 * Math.log2(3001));
  });
});

describe("the maple tree", () => {
  it("is one leaf with 16 slots at first: each VMA takes one, and so does each free range", () => {
    const model = new Model();
    model.run(mmap(0, 1));
    model.run(mmap(2, 3));
    const { nodes, height } = maple(model);
    expect([nodes.length, height, nodes[0]!.type]).toEqual([1, 1, "maple_leaf_64"]);
    expect(slotsOf(nodes[0]!)).toEqual(["free", "vma 0-1", "free", "vma 2-5", "free"]);
    expect(nodes[0]!.slots[1]).toMatchObject({ pivot: at(1) - 1n, gap: 0n });
    expect(nodes[0]!.slots[2]).toMatchObject({ pivot: at(2) - 1n, gap: 4096n });
    expect(nodes[0]!.slots[4]!.pivot).toBeNull();
  });

  it("splits the leaf when a seventeenth slot is needed, and keeps the longest gap of each half above it", () => {
    const model = modelWith(7, "maple");
    expect(maple(model).height).toBe(1);
    model.run(mmap(14, 1));
    expect(kindsOf(model)).toEqual(["write", "split", "grow"]);
    const { nodes, height, root } = maple(model);
    expect(height).toBe(2);
    expect(nodes[0]).toMatchObject({ id: root, type: "maple_arange_64", capacity: 10 });
    expect(nodes.slice(1).map(slotsOf)).toEqual([
      ["free", "vma 0-1", "free", "vma 2-3", "free", "vma 4-5", "free", "vma 6-7"],
      ["free", "vma 8-9", "free", "vma 10-11", "free", "vma 12-13", "free", "vma 14-15", "free"],
    ]);
    expect(nodes[0]!.slots.map(({ gap }) => gap)).toEqual([at(0), 2n ** 64n - at(15)]);
  });

  it("moves the free range at the end of a leaf to the next leaf", () => {
    const model = modelWith(8, "maple");
    model.run(munmap(6, 1));
    expect(maple(model).nodes.slice(1).map(slotsOf)).toEqual([
      ["free", "vma 0-1", "free", "vma 2-3", "free", "vma 4-5"],
      ["free", "vma 8-9", "free", "vma 10-11", "free", "vma 12-13", "free", "vma 14-15", "free"],
    ]);
    expect(maple(model).nodes[1]!.max).toBe(at(5) - 1n);
  });

  it("merges a leaf that is left with fewer than six slots, and drops the root above it", () => {
    const model = modelWith(8, "maple");
    model.run(munmap(6, 1));
    model.run(munmap(4, 1));
    expect(kindsOf(model)).toEqual(["write", "merge", "shrink"]);
    expect(maple(model).height).toBe(1);
  });

  it("writes a cut VMA as two, and one that lost its cut as one", () => {
    const model = new Model();
    model.run(mmap(0, 3));
    model.run(mprotect(1, 1, 1));
    expect(slotsOf(maple(model).nodes[0]!)).toEqual(["free", "vma 0-1", "vma 1-2", "vma 2-3", "free"]);
    model.run(mprotect(1, 1, 3));
    expect(slotsOf(maple(model).nodes[0]!)).toEqual(["free", "vma 0-3", "free"]);
  });

  it("looks at one node a level, five for 3000 VMAs that came one behind the other", () => {
    const model = modelWith(3000, "maple");
    expect(maple(model).height).toBe(5);
    expect(model.find(at(2000))).toMatchObject({ found: { start: at(2000) }, cache: null });
    expect(model.find(at(2000)).visited).toHaveLength(5);
    expect(model.find(at(2000)).visited[0]).toBe(maple(model).root);
  });

  it("finds free addresses by its gaps, and looks at fewer nodes for it than the other indexes", () => {
    const visitsFor = (index: IndexKind): number => {
      const model = new Model({ index, mmapBase: at(4000) });
      // Every second page is taken up to the top, so that two free pages in a row are only below all of them.
      for (let i = 0; i < 2000; i++) model.run(mmap(2 * i + 1, 1));
      const visits = model.indexVisits();
      const { outcome } = model.run({ op: "mmap", at: 0n, length: 8192n, prot: 3, flags: 0x22, file: null, offset: 0n });
      expect(outcome).toEqual({ kind: "value", value: at(-1) });
      return model.indexVisits() - visits;
    };
    expect(visitsFor("maple")).toBeLessThan(60);
    expect(visitsFor("rb")).toBeGreaterThan(2000);
  });
});

describe("the steps of an index", () => {
  it("are those of the last operation only, and are not kept unless asked for", () => {
    const model = modelWith(3, "rb");
    model.run({ op: "touch", at: at(0), access: "read" });
    expect(model.indexSteps()).toEqual([]);
    const silent = new Model();
    silent.run(mmap(0, 1));
    expect(silent.indexSteps()).toEqual([]);
  });

  it("say in words what happened and why", () => {
    const model = modelWith(2, "rb");
    model.run(mmap(4, 1));
    expect(model.indexSteps()[1]!.text).toBe("It goes down to the left: two red nodes lie in line below it.");
    for (const { text } of model.indexSteps()) expect(text).toMatch(/^[A-Z].*\.$/);
  });
});
