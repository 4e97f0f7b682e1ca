/** What `lab.index`, `lab.pageTable` and `lab.sharing` show, on models. */
import { describe, expect, it } from "vitest";
import { MAP, PROT } from "../../../kernel/src/abi/index.js";
import { indexView } from "../../../kernel/src/lab/show/index-view.js";
import { pageTableView } from "../../../kernel/src/views/from-model/page-table.js";
import { sharedMemoryView } from "../../../kernel/src/lab/show/sharing.js";
import { Model, type IndexKind } from "../../../kernel/src/model/index.js";
import { packBundle, toText, validateBundle, type View } from "../../../kernel/src/views/index.js";

const BASE = 0x10000000n;
const RIGHTS = PROT.READ | PROT.WRITE;

/** A model with mappings that a hole keeps apart. */
function modelWith(count: number, index: IndexKind = "maple"): Model {
  const model = new Model({ index, maxMapCount: count + 10 });
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
  for (let number = 0; number < count; number += 1)
    model.run({ op: "mmap", at: BASE + BigInt(number) * 0x2000n, length: 0x1000n, prot: RIGHTS, flags, file: null, offset: 0n });
  return model;
}

function expectReadable(view: View): void {
  expect(validateBundle(JSON.parse(JSON.stringify(packBundle({ version: 1, ...view }))))).toEqual({
    ok: true,
    bundle: { version: 1, ...view },
  });
  expect(toText({ version: 1, ...view })).not.toContain("undefined");
}

describe("the index", () => {
  it.each<IndexKind>(["list", "list+avl", "rb", "maple"])(
    "is shown whole as a %s, with the nodes that the model's search visits",
    (kind) => {
      const model = modelWith(40, kind);
      const address = BASE + 30n * 0x2000n;
      const [frame] = indexView(model, address, {}).frames;
      const names = model.find(address).visited.map((id) => (typeof id === "bigint" ? `0x${id.toString(16)}` : `#${String(id)}`));
      expect(frame).toMatchObject({
        structure: kind,
        vmas: 40,
        folded: 0,
        lookup: { visited: names, found: "0x1003c000", contains: true },
      });
      expectReadable(indexView(model, address, {}));
    },
  );

  it.each<IndexKind>(["list", "rb", "maple"])("of 65 000 VMAs in a %s is folded into a small output that says so", (kind) => {
    const model = new Model({ index: kind, maxMapCount: 70_000 });
    const count = kind === "list" ? 5_000 : 65_000;
    model.importForeign(
      Array.from({ length: count }, (_, number) => {
        const start = BASE + BigInt(number) * 0x2000n;
        return { start, end: start + 0x1000n, perms: "rw-p", object: null };
      }),
    );
    const address = BASE + BigInt(count / 2) * 0x2000n;
    const view = indexView(model, address, {});
    const [frame] = view.frames;
    expect(frame?.vmas).toBe(count);
    expect(frame?.folded).toBeGreaterThan(count / 40);
    expect(frame?.lookup).toMatchObject({ found: `0x${address.toString(16)}`, contains: true });
    const known = new Set(frame?.nodes.map(({ id }) => id));
    for (const id of frame?.lookup?.visited ?? []) expect(known).toContain(id);
    // A list has thousands on the way; in a tree the whole way is listed however deep it goes.
    if (kind !== "list") expect(frame?.lookup?.visited).toHaveLength(frame?.lookup?.visits ?? -1);
    // Nothing is lost: what is listed and what is folded below or behind it is all there is.
    expect(frame?.nodes.reduce((sum, node) => sum + 1 + node.folded, 0)).toBe((frame?.nodes.length ?? 0) + (frame?.folded ?? 0));
    expect(JSON.stringify(view).length).toBeLessThan(200_000);
    expectReadable(view);
  });

  it("grows step by step, with the rotations of each step", () => {
    const view = indexView(modelWith(8), null, { kind: "rb", steps: 3 });
    expect(view.frames.map(({ label, vmas }) => [label, vmas])).toEqual([
      ["the VMA at 0x1000a000 comes in", 6],
      ["the VMA at 0x1000c000 comes in", 7],
      ["the VMA at 0x1000e000 comes in", 8],
    ]);
    for (const { changes } of view.frames) expect(changes[0]).toMatchObject({ change: "link" });
    expect(view.frames.at(-1)?.changes.some(({ change }) => change === "rotate-left")).toBe(true);
    expect(view.note).toContain("Built anew");
    expectReadable(view);
  });

  it("of nothing is empty", () => {
    const view = indexView(new Model(), 0x1000n, {});
    expect(view.frames[0]).toMatchObject({ vmas: 0, lookup: { found: null, contains: false } });
    expectReadable(view);
  });

  it.each([
    [{ kind: "btree" as IndexKind }, "kind is one of list, list+avl, rb, maple"],
    [{ steps: -1 }, "from 0 to 32"],
    [{ steps: 1.5 }, "from 0 to 32"],
    [{ steps: NaN }, "from 0 to 32"],
  ])("refuses %o and says what it takes", (options, message) => {
    expect(() => indexView(modelWith(1), null, options)).toThrow(message);
  });
});

describe("the page table", () => {
  it("is shown as the model walks it, before and after a write", () => {
    const model = modelWith(1);
    expect(pageTableView(model, BASE, "there").entry).toBeNull();
    model.run({ op: "touch", at: BASE, access: "write" });
    const view = pageTableView(model, BASE + 5n, "there");
    expect(view.levels.map(({ level }) => level)).toEqual(["PGD", "PUD", "PMD", "PTE"]);
    expect(view.entry).toMatchObject({ holds: "anonymous page", level: "PTE" });
    expect(view.entry?.flags).toContain("dirty");
    expectReadable(view);
  });

  it("is refused for an address no process can have", () => {
    expect(() => pageTableView(modelWith(1), 1n << 60n, "far")).toThrow("give an address below");
  });
});

describe("shared memory", () => {
  it("shows a page shared after fork, and its copy after a write", () => {
    const model = modelWith(1);
    model.run({ op: "touch", at: BASE, access: "write" });
    model.run({ op: "fork", child: 1 });
    const shared = sharedMemoryView("t", model, () => null);
    expect(shared).toMatchObject({ frames: 1, sharedFrames: 1, folded: 0 });
    expect(shared.processes.map(({ name }) => name)).toEqual(["notebook", "child 1"]);
    expect(shared.processes[1]?.mappings[0]?.runs).toMatchObject([{ page: 0, pages: 1, writable: false }]);
    model.run({ op: "touch", at: BASE, access: "write", process: 1 });
    expect(sharedMemoryView("t", model, () => null)).toMatchObject({ frames: 2, sharedFrames: 0 });
    expectReadable(shared);
  });

  it("folds what is too much, and says how much", () => {
    const view = sharedMemoryView("t", modelWith(500), () => "name");
    expect(view.processes[0]?.mappings).toHaveLength(200);
    expect(view.folded).toBe(300);
  });
});
