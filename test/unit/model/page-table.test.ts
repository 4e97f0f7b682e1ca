/** Walks through the page table: which tables exist, and what the last entry says. */
import { describe, expect, it } from "vitest";
import { MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model, type PageWalk } from "../../../kernel/src/model/index.js";
import { ANON, at, mmap, mprotect, munmap, open, pages, RW, touch } from "./calls.js";

const GIB_PAGES = 2 ** 18;

/** The levels at which there is a table: `PGD PUD`. */
const tablesIn = ({ levels }: PageWalk): string =>
  levels
    .filter(({ table }) => table !== null)
    .map(({ level }) => level)
    .join(" ");

/** Kind and bits of the last entry. */
const entryIn = ({ entry }: PageWalk): string => (entry === null ? "no entry" : `${entry.kind}: ${entry.flags.join(" ")}`);

function modelWith(...operations: Parameters<Model["run"]>[0][]): Model {
  const model = new Model();
  for (const operation of operations) model.run(operation);
  return model;
}

describe("a walk", () => {
  it("takes nine bits of the address at each level", () => {
    const { levels } = new Model().walk(0x7f12_3456_7000n);
    expect(levels.map(({ level, index, entryBytes }) => [level, index, entryBytes])).toEqual([
      ["PGD", 0xfe, 1n << 39n],
      ["PUD", 0x48, 1n << 30n],
      ["PMD", 0x1a2, 1n << 21n],
      ["PTE", 0x167, 1n << 12n],
    ]);
  });

  it("passes a P4D between PGD and PUD where there are five levels", () => {
    const { levels } = new Model({ pageTableLevels: 5 }).walk(0x7f12_3456_7000n);
    expect(levels.map(({ level, index }) => [level, index])).toEqual([
      ["PGD", 0],
      ["P4D", 0xfe],
      ["PUD", 0x48],
      ["PMD", 0x1a2],
      ["PTE", 0x167],
    ]);
  });

  it("finds only the top table before the first fault, whatever is mapped", () => {
    const walk = modelWith(mmap(0, 4)).walk(at(0));
    expect([tablesIn(walk), entryIn(walk)]).toEqual(["PGD", "no entry"]);
    expect(walk.levels[0]).toMatchObject({ table: 0, flags: [] });
  });

  it("finds a table at every level after one, and the upper ones for addresses nearby", () => {
    const model = modelWith(mmap(0, 4), touch(0, "write"));
    expect(tablesIn(model.walk(at(0)))).toBe("PGD PUD PMD PTE");
    expect(model.walk(at(0)).levels[0]!.flags).toEqual(["present", "rw", "user", "accessed", "dirty"]);
    expect([tablesIn(model.walk(at(1))), entryIn(model.walk(at(1)))]).toEqual(["PGD PUD PMD PTE", "none: "]);
    expect(tablesIn(model.walk(at(512)))).toBe("PGD PUD PMD");
    expect(tablesIn(model.walk(at(GIB_PAGES)))).toBe("PGD PUD");
    expect(tablesIn(model.walk(at(512 * GIB_PAGES)))).toBe("PGD");
  });

  it("numbers each table once", () => {
    const model = modelWith(mmap(0, 1024), touch(0, "write"), touch(600, "write"));
    const numbers = [0, 600].map((page) => model.walk(at(page)).levels.map(({ table }) => table));
    expect(numbers[0]!.slice(0, 3)).toEqual(numbers[1]!.slice(0, 3));
    expect(new Set(numbers.flat()).size).toBe(5);
  });

  it("finds the tables gone with the last mapping in their range, and not before", () => {
    const model = modelWith(mmap(0, 1), mmap(5, 1), mmap(GIB_PAGES, 1), touch(0, "write"), munmap(0, 1));
    expect(tablesIn(model.walk(at(0)))).toBe("PGD PUD PMD PTE");
    model.run(munmap(5, 1));
    expect(tablesIn(model.walk(at(0)))).toBe("PGD PUD");
    model.run(munmap(GIB_PAGES, 1));
    expect(tablesIn(model.walk(at(0)))).toBe("PGD");
  });

  it("finds the upper tables kept for a mapping below", () => {
    const model = modelWith(mmap(0, 1), mmap(1024, 1), touch(1024, "write"), munmap(1024, 1));
    expect(tablesIn(model.walk(at(1024)))).toBe("PGD PUD PMD");
  });

  it("is refused for an address no process can map", () => {
    expect(() => new Model().walk(0xffff_8000_0000_0000n)).toThrow("above what a process can map: give an address below 0x7ffffffff000");
  });

  it("changes nothing, not even what searches count", () => {
    const model = modelWith(mmap(0, 4), touch(0, "write"));
    const visits = model.indexVisits();
    model.walk(at(0));
    expect(model.indexVisits()).toBe(visits);
  });
});

describe("the last entry", () => {
  it("of a page that was read is the zero page, read-only; after a write a page of its own", () => {
    const model = modelWith(mmap(0, 4), touch(0, "read"));
    expect(entryIn(model.walk(at(0)))).toBe("zero page: present user accessed special nx");
    model.run(touch(0, "write"));
    expect(entryIn(model.walk(at(0)))).toBe("anonymous page: present rw user accessed dirty nx");
    expect(model.walk(at(0)).entry).toMatchObject({ level: "PTE", exclusive: true });
  });

  it("has its bits where the processor looks for them", () => {
    const model = modelWith(mmap(0, 1), touch(0, "write"));
    const { value, frame } = model.walk(at(0)).entry!;
    expect(value).toBe((1n << 63n) | (BigInt(frame!) << 12n) | 0x67n);
  });

  it("has no nx where instructions may be fetched", () => {
    const model = modelWith(mmap(0, 1, PROT.READ | PROT.EXEC), touch(0, "read"));
    expect(model.walk(at(0)).entry!.flags).not.toContain("nx");
  });

  it("is kept under PROT_NONE, but not present", () => {
    const model = modelWith(mmap(0, 1), touch(0, "write"), mprotect(0, 1, PROT.NONE));
    expect(entryIn(model.walk(at(0)))).toBe("anonymous page: protnone accessed dirty nx");
  });

  it("tells a guard, which is not the processor's business", () => {
    const model = modelWith(mmap(0, 2), { op: "madvise", at: at(0), length: pages(1), advice: 102 });
    expect(model.walk(at(0)).entry).toMatchObject({ kind: "guard", flags: [], frame: null, value: null });
  });

  it("of a file page is shared by two mappings, and by two processes after a fork", () => {
    const model = modelWith(open("f"), mmap(0, 1, RW, MAP.SHARED | MAP.FIXED, "f"), mmap(8, 1, RW, MAP.SHARED | MAP.FIXED, "f"));
    model.run(touch(0, "write"));
    model.run(touch(8, "write"));
    const frame = model.walk(at(0)).entry!.frame;
    expect(model.walk(at(0)).entry).toMatchObject({ kind: "file page", exclusive: false });
    expect(model.walk(at(8)).entry!.frame).toBe(frame);
    model.run({ op: "fork", child: 1 });
    model.run({ ...touch(0, "read"), process: 1 });
    expect(model.walk(at(0), 1).entry!.frame).toBe(frame);
  });

  it("loses rw in both processes at fork, until one writes", () => {
    const model = modelWith(mmap(0, 1), touch(0, "write"), { op: "fork", child: 1 });
    expect([0, 1].map((process) => entryIn(model.walk(at(0), process)))).toEqual(
      Array(2).fill("anonymous page: present user accessed dirty nx"),
    );
    model.run({ ...touch(0, "write"), process: 1 });
    expect(model.walk(at(0), 1).entry!.flags).toContain("rw");
    expect(model.walk(at(0), 1).entry!.frame).not.toBe(model.walk(at(0)).entry!.frame);
  });

  it("of a huge page is in the PMD table, with no table below", () => {
    const model = new Model({ thp: "always" });
    model.run(mmap(0, 1024, RW, ANON));
    model.run(touch(3, "write"));
    const walk = model.walk(at(3));
    expect(tablesIn(walk)).toBe("PGD PUD PMD");
    expect(walk.entry).toMatchObject({ level: "PMD", kind: "anonymous page" });
    expect(entryIn(walk)).toBe("anonymous page: present rw user accessed dirty huge nx");
    expect(model.walk(at(400)).entry!.frame).toBe(walk.entry!.frame);
  });
});
