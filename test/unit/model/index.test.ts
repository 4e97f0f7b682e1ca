import { describe, expect, it } from "vitest";
import { AVL_MIN_MAP_COUNT, Model } from "../../../kernel/src/model/index.js";
import { at, mmap, munmap, RW } from "./calls.js";

/** The article's index. */
const list = { index: "list+avl" } as const;

describe("the sorted list with its AVL tree", () => {
  it(`builds the tree with the VMA number ${String(AVL_MIN_MAP_COUNT)} and keeps it`, () => {
    const model = new Model(list);
    for (let i = 0; i < 31; i++) model.run(mmap(2 * i, 1));
    expect(model.index().kind).toBe("list");
    model.run(mmap(100, 1));
    expect(model.index().kind).toBe("list+avl");
    model.run(munmap(0, 90));
    expect(model.index()).toMatchObject({
      kind: "list+avl",
      root: at(100),
      nodes: [{ fields: { vm_next: null, vm_avl_height: 1, vm_avl_left: null, vm_avl_right: null } }],
    });
  });

  it("looks at no more than 1.44 log2(n) nodes, where the list alone would look at n", () => {
    const model = new Model(list);
    for (let i = 0; i < 4096; i++) model.run(mmap(2 * i, 1, i % 2 === 0 ? RW : 1));
    const { found, visited } = model.find(at(2 * 4000));
    expect(found?.start).toBe(at(8000));
    expect(visited.length).toBeLessThanOrEqual(Math.ceil(1.44 * Math.log2(4097)));
    expect(visited.at(-1)).toBe(at(8000));
  });

  it("tells the nodes it looked at in a plain list, and finds the next VMA for an address in a hole", () => {
    const model = new Model(list);
    for (const page of [0, 2, 4]) model.run(mmap(page, 1));
    expect(model.find(at(3))).toMatchObject({ found: { start: at(4) }, visited: [at(0), at(2), at(4)] });
    expect(model.find(at(9))).toMatchObject({ found: null, visited: [at(0), at(2), at(4)] });
  });
});
