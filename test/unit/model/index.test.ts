import { describe, expect, it } from "vitest";
import { heightOf } from "../../../kernel/src/model/avl.js";
import { AVL_MIN_MAP_COUNT, ListAvlIndex } from "../../../kernel/src/model/list-avl-index.js";
import { Model } from "../../../kernel/src/model/index.js";
import { Vma } from "../../../kernel/src/model/vma.js";
import { at, mmap, munmap, RW } from "./calls.js";

/** A small generator of numbers, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const vmaAt = (page: number): Vma => new Vma({ start: page, end: page + 1, flags: 0, pgoff: 0, file: null });

/** Checks order, balance and heights of a tree; returns its VMAs in order. */
function checkedTree(node: Vma | null): Vma[] {
  if (node === null) return [];
  const left = checkedTree(node.vm_avl_left);
  const right = checkedTree(node.vm_avl_right);
  expect(Math.abs(heightOf(node.vm_avl_left) - heightOf(node.vm_avl_right))).toBeLessThanOrEqual(1);
  expect(node.vm_avl_height).toBe(1 + Math.max(heightOf(node.vm_avl_left), heightOf(node.vm_avl_right)));
  return [...left, node, ...right];
}

function rootOf(vmas: readonly Vma[]): Vma | null {
  const children = new Set(vmas.flatMap((vma) => [vma.vm_avl_left, vma.vm_avl_right]));
  return vmas.find((vma) => !children.has(vma)) ?? null;
}

describe("the sorted list with its AVL tree", () => {
  it(`builds the tree with the VMA number ${String(AVL_MIN_MAP_COUNT)} and keeps it`, () => {
    const model = new Model();
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

  it.each([1, 2, 3])("agrees with a sorted array over random insertions and removals, and stays balanced (seed %i)", (seed) => {
    const next = random(seed);
    const index = new ListAvlIndex();
    let sorted: Vma[] = [];
    for (let step = 0; step < 1500; step++) {
      const page = next(700);
      const known = sorted.find((vma) => vma.start === page);
      if (known === undefined) {
        const vma = vmaAt(page);
        index.insert(vma);
        sorted = [...sorted, vma].sort((a, b) => a.start - b.start);
      } else {
        index.remove(known);
        sorted = sorted.filter((vma) => vma !== known);
      }
      const probe = next(700);
      expect(index.find(probe)).toBe(sorted.find((vma) => vma.end > probe) ?? null);
      expect(index.before(probe)).toBe(sorted.filter((vma) => vma.end <= probe).at(-1) ?? null);
      expect(index.size).toBe(sorted.length);
      if (step % 50 === 0) {
        const listed: Vma[] = [];
        for (let vma = index.first(); vma !== null; vma = index.next(vma)) listed.push(vma);
        expect(listed).toEqual(sorted);
        if (index.snapshot().kind === "list+avl") expect(checkedTree(rootOf(sorted))).toEqual(sorted);
      }
    }
  });

  it("looks at no more than 1.44 log2(n) nodes, where the list alone would look at n", () => {
    const model = new Model();
    for (let i = 0; i < 4096; i++) model.run(mmap(2 * i, 1, i % 2 === 0 ? RW : 1));
    const { found, visited } = model.find(at(2 * 4000));
    expect(found?.start).toBe(at(8000));
    expect(visited.length).toBeLessThanOrEqual(Math.ceil(1.44 * Math.log2(4097)));
    expect(visited.at(-1)).toBe(at(8000));
  });

  it("tells the nodes it looked at in a plain list, and finds the next VMA for an address in a hole", () => {
    const model = new Model();
    for (const page of [0, 2, 4]) model.run(mmap(page, 1));
    expect(model.find(at(3))).toMatchObject({ found: { start: at(4) }, visited: [at(0), at(2), at(4)] });
    expect(model.find(at(9))).toMatchObject({ found: null, visited: [at(0), at(2), at(4)] });
  });
});
