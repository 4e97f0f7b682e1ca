import { describe, expect, it } from "vitest";
import { MADV, MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model } from "../../../kernel/src/model/index.js";
import { ANON, ARENA, at, mmap, mprotect, munmap, open, pages, RW, touch, vmas } from "./calls.js";

describe("a new mapping among its neighbours", () => {
  it("merges in the seven steps of the kernel's merge_new", () => {
    const model = new Model();
    for (const [start, end] of [
      [0, 2],
      [3, 4],
      [0xb, 0xc],
    ] as const)
      model.run(mmap(start, end - start));
    const steps = [
      { range: [7, 9], expected: ["0-2", "3-4", "7-9", "11-12"], why: "no merge" },
      { range: [2, 3], expected: ["0-4", "7-9", "11-12"], why: "both sides" },
      { range: [4, 5], expected: ["0-5", "7-9", "11-12"], why: "to the previous" },
      { range: [6, 7], expected: ["0-5", "6-9", "11-12"], why: "to the next" },
      { range: [5, 6], expected: ["0-9", "11-12"], why: "both" },
      { range: [0xa, 0xb], expected: ["0-9", "10-12"], why: "to the next" },
      { range: [9, 0xa], expected: ["0-12"], why: "both" },
    ] as const;
    for (const { range, expected, why } of steps) {
      model.run(mmap(range[0], range[1] - range[0]));
      expect(vmas(model), why).toEqual(expected.map((bounds) => `${bounds} rw-p`));
    }
  });

  it("joins four mappings into two as in mmap_region_basic", () => {
    const model = new Model();
    for (const address of [0x300000n, 0x250000n, 0x303000n, 0x24d000n]) {
      model.run({ op: "mmap", at: address, length: pages(3), prot: RW, flags: ANON, file: null, offset: 0n });
    }
    expect(model.vmas().map(({ start, end, pgoff }) => [start, end, pgoff])).toEqual([
      [0x24d000n, 0x253000n, 0x24d],
      [0x300000n, 0x306000n, 0x300],
    ]);
  });

  it.each([
    { name: "flags differ", second: mmap(4, 4, RW, ANON | MAP.NORESERVE) },
    { name: "rights differ", second: mmap(4, 4, PROT.READ) },
    { name: "one is a file", second: mmap(4, 4, RW, MAP.PRIVATE | MAP.FIXED, "a") },
  ])("stays apart where $name", ({ second }) => {
    const model = new Model();
    model.run(open("a"));
    model.run(mmap(0, 4));
    model.run(second);
    expect(model.vmas()).toHaveLength(2);
  });

  it("merges file mappings only where offsets run on and the descriptor is the same", () => {
    const model = new Model();
    model.run(open("a"));
    model.run(open("again", { sameInodeAs: "a" }));
    const file = MAP.SHARED | MAP.FIXED;
    model.run(mmap(0, 2, RW, file, "a", 0));
    model.run(mmap(2, 2, RW, file, "a", 2));
    model.run(mmap(4, 2, RW, file, "a", 5));
    model.run(mmap(6, 2, RW, file, "again", 7));
    expect(vmas(model)).toEqual(["0-4 rw-s", "4-6 rw-s", "6-8 rw-s"]);
  });
});

describe("anon_vma and merging", () => {
  const fill = [mmap(0, 4), touch(0, "write"), mmap(8, 4), touch(8, "write"), mmap(4, 4)];

  it("lets the left side win where both neighbours were faulted on their own", () => {
    const model = new Model();
    for (const operation of fill) model.run(operation);
    expect(vmas(model)).toEqual(["0-8 rw-p", "8-12 rw-p"]);
  });

  it("let the right side win in Linux 6.1", () => {
    const model = new Model({ release: "6.1.176" });
    for (const operation of fill) model.run(operation);
    expect(vmas(model)).toEqual(["0-4 rw-p", "4-12 rw-p"]);
  });

  it("is shared by neighbours that differ in rights only, so that they can merge later", () => {
    const model = new Model();
    model.run(mmap(0, 3));
    model.run(mmap(3, 3, RW | PROT.EXEC));
    model.run(touch(0, "write"));
    model.run(touch(3, "write"));
    const [first, second] = model.vmas();
    expect(second?.anonVma).toBe(first?.anonVma);
    model.run(mprotect(3, 3, RW));
    expect(vmas(model)).toEqual(["0-6 rw-p"]);
  });

  it.each([
    { release: "6.18.44", count: 1 },
    { release: "6.12.117", count: 2 },
  ])("lets an unfaulted VMA take in a faulted one since 6.16 ($release: $count)", ({ release, count }) => {
    const model = new Model({ release });
    model.run(mmap(0, 3));
    model.run(mmap(3, 3, RW | PROT.EXEC));
    model.run(touch(3, "write"));
    model.run(mprotect(3, 3, RW));
    expect(model.vmas()).toHaveLength(count);
  });

  it("stays null after reading, and after writing survives MADV_DONTNEED", () => {
    const model = new Model();
    model.run(mmap(0, 4));
    model.run(touch(0, "read"));
    expect(model.vmas()[0]?.anonVma).toBeNull();
    model.run(touch(0, "write"));
    model.run({ op: "madvise", at: ARENA, length: pages(4), advice: MADV.DONTNEED });
    expect(model.vmas()[0]?.anonVma).not.toBeNull();
  });

  it("inherited through fork is shared with no new neighbour", () => {
    const model = new Model();
    model.run(mmap(0, 4));
    model.run(touch(0, "write"));
    model.run({ op: "fork", child: 7 });
    model.run({ ...mmap(4, 4), process: 7 });
    expect(vmas(model, 7)).toEqual(["0-4 rw-p", "4-8 rw-p"]);
    model.run(mmap(4, 4));
    expect(vmas(model)).toEqual(["0-8 rw-p"]);
  });
});

describe("changing part of a mapping", () => {
  it("splits it in three, and merging back makes it one again", () => {
    const model = new Model();
    model.run(mmap(0, 9));
    model.run(mprotect(3, 3, PROT.READ));
    expect(vmas(model)).toEqual(["0-3 rw-p", "3-6 r--p", "6-9 rw-p"]);
    model.run(mprotect(3, 3, RW));
    expect(vmas(model)).toEqual(["0-9 rw-p"]);
  });

  it("moves a border when the neighbour has the new rights already", () => {
    const model = new Model();
    model.run(mmap(0, 4));
    model.run(mmap(4, 4, PROT.READ));
    model.run(mprotect(4, 2, RW));
    expect(vmas(model)).toEqual(["0-6 rw-p", "6-8 r--p"]);
    model.run(mprotect(3, 3, PROT.READ));
    expect(vmas(model)).toEqual(["0-3 rw-p", "3-8 r--p"]);
  });

  it("tries no merge where nothing changes", () => {
    const model = new Model();
    for (const operation of [mmap(0, 4), touch(0, "write"), mmap(8, 4), touch(8, "write"), mmap(4, 4)]) model.run(operation);
    model.run(munmap(4, 4));
    model.run(mprotect(0, 4, RW));
    expect(vmas(model)).toEqual(["0-4 rw-p", "8-12 rw-p"]);
  });

  it("keeps a page's contents across splits and merges", () => {
    const model = new Model();
    model.run(mmap(0, 3));
    model.run(touch(0, "write", 3, 0x11));
    model.run(mprotect(1, 1, PROT.READ));
    model.run(mprotect(1, 1, RW));
    const read = model.run({ op: "touch", at: at(0), access: "read", count: 3 });
    expect(read.seen).toEqual({ kind: "bytes", bytes: new Uint8Array([0x11, 0x11, 0x11]) });
    expect(read.counts).toEqual({ minor: 0, major: 0 });
  });
});
