/** What one miss brings into the page cache, and what a page with the mark of readahead, or one cut in two, does. */
import { describe, expect, it } from "vitest";
import { MADV, MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model, type Operation } from "../../../kernel/src/model/index.js";
import { at, faults, mmap, open, pages, resident, touch } from "./calls.js";

const PAGES = 16;

function mapped(size = PAGES, release = "6.18.44"): Model {
  const model = new Model({ release, readaheadPages: 2048 });
  model.run(open("a", { backing: "ext4", data: "cold", size: size * 4096 }));
  model.run(mmap(0, size, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.FIXED, "a"));
  return model;
}

const pread = (page: number, length: number): Operation => ({ op: "pread", file: "a", offset: page * 4096, length });
const punch = (offset: number, length: number): Operation => ({ op: "punch", file: "a", offset, length });

function cached(model: Model, size = PAGES): string {
  const { seen } = model.run({ op: "mincore", at: at(0), length: pages(size) });
  return seen?.kind === "mincore" ? seen.pages.join("") : "";
}

describe("read(2)", () => {
  it("of the first byte reads four pages and marks the second", () => {
    const model = mapped();
    model.run(pread(0, 1));
    expect(cached(model)).toBe("1111000000000000");
    model.run(touch(0, "read"));
    expect(resident(model, 8)).toBe("f.ff....");
  });

  it("elsewhere reads what is asked for, and in sequence more", () => {
    const model = mapped();
    model.run(pread(3, 1));
    expect(cached(model)).toBe("0001000000000000");
    model.run(pread(4, 1));
    expect(cached(model)).toBe("0001111100000000");
  });

  it("of a marked page reads on", () => {
    const model = mapped();
    model.run(pread(0, 1));
    model.run(pread(1, 1));
    expect(cached(model)).toBe("1".repeat(PAGES));
  });
});

describe("a fault on a marked page", () => {
  it("reads on, and is minor for an instruction and major for the kernel's own access", () => {
    for (const [operation, counts] of [
      [touch(1, "read"), "1/0"],
      [{ op: "kernel_copy", direction: "from_user", at: at(1) }, "0/1"],
      [{ op: "madvise", at: at(1), length: pages(1), advice: MADV.POPULATE_READ }, "0/1"],
      [{ op: "mlock", at: at(1), length: pages(1) }, "1/0"],
    ] as const) {
      const model = mapped();
      model.run(pread(0, 1));
      expect(faults(model.run(operation))).toBe(counts);
      expect(cached(model)).toBe("1".repeat(PAGES));
    }
  });

  it("was major for an instruction too before file faults took the lock of the VMA only", () => {
    const model = mapped(PAGES, "6.1.176");
    model.run(pread(0, 1));
    expect(faults(model.run(touch(1, "read")))).toBe("0/1");
  });
});

describe("a page of ext4 cut in two while it is not cached", () => {
  it("is cached and not counted, passed over as a neighbour, and completed by the next access", () => {
    const model = mapped();
    model.run(punch(4096 + 100, 10));
    expect(cached(model)).toBe("0".repeat(PAGES));
    expect(faults(model.run(touch(0, "read")))).toBe("0/1");
    expect(resident(model, 4)).toBe("f.ff");
    expect(faults(model.run(touch(1, "read")))).toBe("1/0");
    expect(cached(model)).toBe("1".repeat(PAGES));
  });

  it("has zeros where the hole is and keeps the rest", () => {
    const model = mapped();
    model.run(punch(4096 + 100, 10));
    const { seen } = model.run({ op: "peek", at: at(1, 99), length: 3 });
    expect(seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x5a, 0, 0) });
  });

  it("is not what happens on a memfd", () => {
    const model = new Model();
    model.run(open("a", { size: 4 * 4096 }));
    model.run(mmap(0, 4, PROT.READ, MAP.SHARED | MAP.FIXED, "a"));
    model.run(punch(4096 + 100, 10));
    expect(cached(model, 4)).toBe("1111");
  });
});
