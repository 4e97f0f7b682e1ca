/** Which differences the fuzzer takes for explained, and that those beside them stay divergences. */
import { describe, expect, it } from "vitest";
import type { Difference } from "../../../kernel/src/lab/fuzz/difference.js";
import { explainDifference } from "../../../kernel/src/lab/fuzz/explained.js";
import type { FuzzSequence, Step } from "../../../kernel/src/lab/fuzz/index.js";

function sequence(kind: "ext4" | "memfd", init: "clean" | "cold", ...steps: Step[]): FuzzSequence {
  return { arenaPages: 64, objects: { a: { kind, pages: 8, init, open: "rw", allowSeals: false } }, steps };
}

const CUT: Step = { op: "punch", obj: "a", pgoff: 4, len: { bytes: 5000 } };
const WHOLE: Step = { op: "punch", obj: "a", pgoff: 4, len: 2 };
const TOUCH: Step = { op: "touch", kind: "read", at: 1 };
const faults = (model: string, kernel: string): Difference => ({ field: "minor faults", model, kernel });
const pages = (model: string, kernel: string): Difference => ({ field: "resident", model, kernel });
const told = (difference: Difference, steps: FuzzSequence): string | null =>
  explainDifference(difference, { sequence: steps, step: steps.steps.length - 1 });

describe("a page of ext4 that is cut in two", () => {
  it.each([faults("1", "2"), pages(".fff", ".ff."), { field: "mincore", model: "11", kernel: "10" } as const])(
    "explains $field",
    (difference) => {
      expect(told(difference, sequence("ext4", "clean", CUT, TOUCH))).toContain("cuts in two");
    },
  );

  it("explains neither outcomes nor VMAs nor contents", () => {
    for (const field of ["outcome", "maps", "contents", "bytes", "vmflags"] as const)
      expect(told({ field, model: "a", kernel: "b" }, sequence("ext4", "clean", CUT, TOUCH))).toBeNull();
  });

  it("explains nothing where whole pages are punched, on a memfd, or before it is cut", () => {
    expect(told(faults("1", "2"), sequence("ext4", "clean", WHOLE, TOUCH))).toBeNull();
    expect(told(faults("1", "2"), sequence("memfd", "clean", CUT, TOUCH))).toBeNull();
    expect(explainDifference(faults("1", "2"), { sequence: sequence("ext4", "clean", TOUCH, CUT), step: 0 })).toBeNull();
  });
});

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
