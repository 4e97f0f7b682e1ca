import { describe, expect, it } from "vitest";
import { MADV, MAP, MS, PROT } from "../../../kernel/src/abi/index.js";
import { Model } from "../../../kernel/src/model/index.js";
import { ARENA, at, bytesAt, ended, faults, mmap, open, pages, resident, RW, SHARED_ANON, touch } from "./calls.js";

const SHARED = MAP.SHARED | MAP.FIXED;
const PRIVATE = MAP.PRIVATE | MAP.FIXED;

function modelWith(...operations: Parameters<Model["run"]>[0][]): Model {
  const model = new Model();
  for (const operation of operations) expect(model.run(operation).outcome.kind).toBe("value");
  return model;
}

describe("what memory holds", () => {
  it("is zeros until it is written", () => {
    const model = modelWith(mmap(0, 1));
    expect(bytesAt(model, 0, 0, 4096)).toEqual(new Array(4096).fill(0));
  });

  it("keeps every byte written, at any place of a page", () => {
    const model = modelWith(mmap(0, 2));
    for (const [byte, value] of [
      [0, 1],
      [4095, 2],
      [4096, 3],
      [7, 4],
      [0, 5],
    ] as const) {
      model.run({ op: "touch", at: at(0, byte), access: "write", byte: value });
    }
    expect([bytesAt(model, 0), bytesAt(model, 0, 7), bytesAt(model, 0, 4095, 2)]).toEqual([[5], [4], [2, 3]]);
  });

  it("is seen through every shared mapping of a file, and by read(2)", () => {
    const model = modelWith(open("a"), mmap(0, 1, RW, SHARED, "a"), mmap(4, 1, PROT.READ, SHARED, "a"), touch(0, "write", 1, 0x77));
    expect(bytesAt(model, 4, 0, 2)).toEqual([0x77, 0x5a]);
    const read = model.run({ op: "pread", file: "a", offset: 0, length: 2 });
    expect(read.seen).toEqual({ kind: "bytes", bytes: new Uint8Array([0x77, 0x5a]) });
  });

  it("of a private mapping never reaches the file", () => {
    const model = modelWith(open("a"), mmap(0, 1, RW, PRIVATE, "a"), mmap(4, 1, PROT.READ, SHARED, "a"), touch(0, "write", 1, 0x77));
    expect([bytesAt(model, 0, 0, 2), bytesAt(model, 4, 0, 2)]).toEqual([
      [0x77, 0x5a],
      [0x5a, 0x5a],
    ]);
  });

  it("shows a later write(2) to the file in a private page that was not copied yet", () => {
    const model = modelWith(open("a"), mmap(0, 2, RW, PRIVATE, "a"), touch(0, "read"), touch(1, "write", 1, 0x77));
    model.run({ op: "pwrite", file: "a", offset: 0, length: 8192, byte: 0x33 });
    expect([bytesAt(model, 0), bytesAt(model, 1)]).toEqual([[0x33], [0x77]]);
  });

  it("past the end of a file is zeros, and what is written there is lost at write-back", () => {
    const model = modelWith(open("a", { backing: "ext4", size: 100 }), mmap(0, 1, RW, SHARED, "a"));
    expect(bytesAt(model, 0, 98, 4)).toEqual([0x5a, 0x5a, 0, 0]);
    model.run({ op: "touch", at: at(0, 200), access: "write", byte: 9 });
    expect(bytesAt(model, 0, 200)).toEqual([9]);
    model.run({ op: "msync", at: at(0), length: pages(1), flags: MS.SYNC });
    model.run({ op: "munmap", at: at(0), length: pages(1) });
    model.run({ op: "evict", file: "a" });
    model.run({ op: "ftruncate", file: "a", size: 4096 });
    model.run(mmap(0, 1, RW, SHARED, "a"));
    expect([bytesAt(model, 0, 99), bytesAt(model, 0, 200)]).toEqual([[0x5a], [0]]);
  });

  it("that was written back survives leaving the page cache", () => {
    const model = modelWith(open("a", { backing: "ext4" }), mmap(0, 1, RW, SHARED, "a"), touch(0, "write", 1, 0x42));
    model.run({ op: "fsync", file: "a" });
    model.run({ op: "munmap", at: at(0), length: pages(1) });
    model.run({ op: "evict", file: "a" });
    model.run(mmap(0, 1, PROT.READ, SHARED, "a"));
    expect(faults(model.run(touch(0, "read")))).toBe("0/1");
    expect(bytesAt(model, 0)).toEqual([0x42]);
  });

  it("is shared after fork through MAP_SHARED and parts ways through MAP_PRIVATE", () => {
    const model = modelWith(mmap(0, 1), mmap(4, 1, RW, SHARED_ANON), touch(0, "write", 1, 1), touch(4, "write", 1, 1), {
      op: "fork",
      child: 1,
    });
    model.run({ ...touch(0, "write", 1, 2), process: 1 });
    model.run({ ...touch(4, "write", 1, 2), process: 1 });
    expect([bytesAt(model, 0), bytesAt(model, 4)]).toEqual([[1], [2]]);
    expect([bytesAt(model, 0, 0, 1, 1), bytesAt(model, 4, 0, 1, 1)]).toEqual([[2], [2]]);
  });

  it("goes along when the mapping is moved, and is gone after MADV_DONTNEED", () => {
    const model = modelWith(mmap(0, 2), touch(0, "write", 2, 6), {
      op: "mremap",
      at: at(0),
      oldLength: pages(2),
      newLength: pages(2),
      flags: 3,
      to: at(10),
    });
    expect(bytesAt(model, 11)).toEqual([6]);
    model.run({ op: "madvise", at: at(10), length: pages(1), advice: MADV.DONTNEED });
    expect([bytesAt(model, 10), bytesAt(model, 11)]).toEqual([[0], [6]]);
  });

  it("of a file comes back as zeros after truncation and growth, private copies included", () => {
    const model = modelWith(open("a"), mmap(0, 4, RW, PRIVATE, "a"), touch(2, "write", 1, 7));
    model.run({ op: "ftruncate", file: "a", size: 4096 });
    expect(ended(model.run(touch(2, "read")))).toBe("SIGBUS BUS_ADRERR");
    model.run({ op: "ftruncate", file: "a", size: 16384 });
    expect([bytesAt(model, 0), bytesAt(model, 2)]).toEqual([[0x5a], [0]]);
  });

  it("of private copies survives a hole in the file", () => {
    const model = modelWith(open("a"), mmap(0, 2, RW, PRIVATE, "a"), touch(0, "write", 1, 7), touch(1, "read"));
    model.run({ op: "punch", file: "a", offset: 0, length: 8192 });
    expect([bytesAt(model, 0), bytesAt(model, 1)]).toEqual([[7], [0]]);
  });
});

describe("a copy of the model", () => {
  it("shares nothing with the original", () => {
    const model = modelWith(open("a"), mmap(0, 40), mmap(100, 4, RW, SHARED, "a"), touch(0, "write", 3, 1), touch(100, "write", 1, 1));
    model.run({ op: "touch", at: at(0, 9), access: "write", byte: 1 });
    const before = [resident(model, 104), bytesAt(model, 0, 0, 16), model.vmas()] as const;
    const copy = model.clone();
    copy.run({ op: "touch", at: at(0, 9), access: "write", byte: 2 });
    copy.run(touch(0, "write", 9, 2));
    copy.run(touch(100, "write", 4, 2));
    copy.run({ op: "ftruncate", file: "a", size: 4096 });
    copy.run({ op: "munmap", at: ARENA, length: pages(20) });
    expect([resident(model, 104), bytesAt(model, 0, 0, 16), model.vmas()]).toEqual(before);
    model.run(touch(100, "write", 1, 5));
    expect(bytesAt(copy, 100)).toEqual([2]);
  });
});
