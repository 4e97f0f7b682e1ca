/** Which differences the fuzzer takes for explained, and that those beside them stay divergences. */
import { describe, expect, it } from "vitest";
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
const told = (difference: Difference, steps: FuzzSequence): string | null =>
  explainDifference(difference, { sequence: steps, step: steps.steps.length - 1 });

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

describe("pages of ext4 that were dirty when they were evicted", () => {
  const EVICT: Step = { op: "evict", obj: "a" };
  const SYNC: Step = { op: "fsync", obj: "a" };

  it("may be gone: a major fault for a minor one, fewer pages", () => {
    for (const difference of [faults("1", "0"), { field: "major faults", model: "0", kernel: "1" } as const, pages("ff", "f.")])
      expect(told(difference, sequence("ext4", "data", EVICT, TOUCH))).toContain("evicted");
    expect(told({ field: "mincore", model: "11", kernel: "10" }, sequence("ext4", "data", EVICT, TOUCH))).toContain("evicted");
  });

  it("explain nothing after fsync, before the eviction, on a memfd, or the other way round", () => {
    expect(told(faults("1", "0"), sequence("ext4", "data", SYNC, EVICT, TOUCH))).toBeNull();
    expect(told(faults("1", "0"), sequence("ext4", "data", TOUCH))).toBeNull();
    expect(told(faults("1", "0"), sequence("memfd", "data", EVICT, TOUCH))).toBeNull();
    expect(told(faults("0", "1"), sequence("ext4", "data", EVICT, TOUCH))).toBeNull();
    expect(told({ field: "contents", model: "0", kernel: "1" }, sequence("ext4", "data", EVICT, TOUCH))).toBeNull();
  });
});
