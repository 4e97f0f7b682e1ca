/** Which differences the fuzzer takes for explained, and that those beside them stay divergences. */
import { describe, expect, it } from "vitest";
import { MADV, MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model } from "../../../kernel/src/model/index.js";
import type { Difference } from "../../../kernel/src/lab/fuzz/difference.js";
import { explainDifference } from "../../../kernel/src/lab/fuzz/explained.js";
import type { FuzzSequence, Step } from "../../../kernel/src/lab/fuzz/index.js";

function sequence(kind: "ext4" | "memfd", init: "data" | "clean" | "cold", ...steps: Step[]): FuzzSequence {
  return { arenaPages: 64, runsIn: "this process", objects: { a: { kind, pages: 8, init, open: "rw", allowSeals: false } }, steps };
}

const WHOLE: Step = { op: "punch", obj: "a", pgoff: 4, len: 2 };
const TOUCH: Step = { op: "touch", kind: "read", at: 1 };
const faults = (model: string, kernel: string): Difference => ({ field: "minor faults", model, kernel });
const pages = (model: string, kernel: string): Difference => ({ field: "resident", model, kernel });
const told = (
  difference: Difference,
  steps: FuzzSequence,
  undetermined = "",
  reached: readonly [number, number] = [0, 64],
): string | null => explainDifference(difference, { sequence: steps, step: steps.steps.length - 1, undetermined, reached });

describe("pages of ext4 still being read", () => {
  it("explain more faults, or fewer pages, behind a hole of a cold file", () => {
    expect(told(faults("1", "2"), sequence("ext4", "cold", WHOLE, TOUCH))).toContain("still being read");
    expect(told(pages(".fff", ".ff."), sequence("ext4", "cold", WHOLE, TOUCH))).toContain("still being read");
  });

  it("explain neither fewer faults nor more pages, and nothing of a warm file or one without a hole", () => {
    expect(told(faults("2", "1"), sequence("ext4", "cold", WHOLE, TOUCH))).toBeNull();
    expect(told(pages(".ff.", ".fff"), sequence("ext4", "cold", WHOLE, TOUCH))).toBeNull();
    expect(told(pages(".aff", ".a.a"), sequence("ext4", "cold", WHOLE, TOUCH))).toBeNull();
    expect(told(faults("1", "2"), sequence("ext4", "clean", WHOLE, TOUCH))).toBeNull();
    expect(told(faults("1", "2"), sequence("ext4", "cold", TOUCH))).toBeNull();
  });
});

describe("huge pages", () => {
  const grows = (pages: number): FuzzSequence => sequence("memfd", "data", { op: "mremap", at: 1, old: 1, new: pages, flags: ["MAYMOVE"] });

  it("that were not to be had explain 511 faults more each, of what is large enough", () => {
    expect(told(faults("445", "956"), grows(957))).toContain("huge page");
    expect(told(faults("445", "955"), grows(957))).toBeNull();
    expect(told(faults("956", "445"), grows(957))).toBeNull();
    expect(told(faults("0", "511"), grows(511))).toBeNull();
  });
});

describe("pages of ext4 that were dirty when they were evicted", () => {
  const SEQUENCE = sequence("ext4", "data", { op: "evict", obj: "a" }, TOUCH);

  it("may be gone: a major fault for a minor one, fewer pages", () => {
    for (const difference of [faults("1", "0"), { field: "major faults", model: "0", kernel: "1" } as const, pages("ff", "f.")])
      expect(told(difference, SEQUENCE, ".u")).toContain("evicted");
    expect(told({ field: "mincore", model: "11", kernel: "10" }, SEQUENCE, ".....u", [4, 6])).toContain("evicted");
  });

  it("explain nothing of other pages, of what the step did not reach, or the other way round", () => {
    expect(told(faults("1", "0"), SEQUENCE, "")).toBeNull();
    expect(told(faults("1", "0"), SEQUENCE, ".u", [0, 1])).toBeNull();
    expect(told(faults("0", "1"), SEQUENCE, ".u")).toBeNull();
    expect(told(pages("ff", "f."), SEQUENCE, "u.")).toBeNull();
    expect(told(pages("aa", "a."), SEQUENCE, ".u")).toBeNull();
    expect(told({ field: "mincore", model: "11", kernel: "10" }, SEQUENCE, ".....u", [3, 5])).toBeNull();
    expect(told({ field: "contents", model: "0", kernel: "1" }, SEQUENCE, "uuuu")).toBeNull();
  });

  it("are named by the model: dirty, mapped by nobody, and not accessed since", () => {
    const model = new Model();
    const undetermined = (): string => model.undetermined(at(0), pagesLong(8));
    model.run({ op: "open", file: "a", backing: "ext4", access: "rw", size: 8 * 4096, data: "clean" });
    model.run({ op: "mmap", at: at(0), length: pagesLong(8), prot: PROT.READ, flags: MAP.SHARED | MAP.FIXED, file: "a", offset: 0n });
    model.run({ op: "madvise", at: at(0), length: pagesLong(8), advice: MADV.RANDOM });
    model.run({ op: "pwrite", file: "a", offset: 2 * 4096, length: 3 * 4096 });
    model.run({ op: "touch", at: at(3), access: "read" });
    expect(undetermined()).toBe("........");
    model.run({ op: "evict", file: "a" });
    const found = undetermined();
    // Fault-around mapped what was cached around page 3; what it mapped stays.
    expect(model.pages(at(0), pagesLong(8)).states).toBe("ffffffff");
    expect(found).toBe("........");
    model.run({ op: "munmap", at: at(0), length: pagesLong(8) });
    model.run({ op: "pwrite", file: "a", offset: 5 * 4096, length: 2 * 4096 });
    model.run({ op: "evict", file: "a" });
    model.run({ op: "mmap", at: at(0), length: pagesLong(8), prot: PROT.READ, flags: MAP.SHARED | MAP.FIXED, file: "a", offset: 0n });
    expect(undetermined()).toBe(".....uu.");
    expect(model.clone().undetermined(at(0), pagesLong(8))).toBe(".....uu.");
    model.run({ op: "touch", at: at(5), access: "read" });
    expect(undetermined()).toBe("......u.");
    model.run({ op: "touch", at: at(0), access: "read" });
    // Readahead of page 0 met a page that may be gone: what it read is not known either.
    expect(undetermined()).toBe("uuuuuuuu");
  });
});

const at = (page: number): bigint => 0x10_0000_0000n + BigInt(page) * 4096n;
const pagesLong = (count: number): bigint => BigInt(count) * 4096n;
