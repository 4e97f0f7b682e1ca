/** The mappings figure of an address space with more VMAs than an output should hold. */
import { describe, expect, it } from "vitest";
import { mappingsView, type Snapshot } from "../../../kernel/src/lab/observation/mappings.js";
import type { VmaView } from "../../../kernel/src/views/index.js";

function vmas(count: number, perms = (_: number): string => "rw-p"): VmaView[] {
  return Array.from({ length: count }, (_, index) => ({
    start: `0x${(0x10000000 + index * 0x2000).toString(16)}`,
    end: `0x${(0x10000000 + index * 0x2000 + 0x1000).toString(16)}`,
    perms: perms(index),
    offset: "0x0",
    object: null,
  }));
}

function both(list: VmaView[]): Snapshot[] {
  return [
    { source: "kernel", vmas: list },
    { source: "model", vmas: list.map((vma) => ({ ...vma })) },
  ];
}

describe("the mappings of an observation", () => {
  it("are all shown where there are few", () => {
    const view = mappingsView("t", both(vmas(1999)), both(vmas(2000)));
    expect(view.title).toBe("t");
    expect(view.states.map(({ before, after }) => [before.length, after.length])).toEqual([
      [1999, 2000],
      [1999, 2000],
    ]);
  });

  it("are folded where there are 65 000, but none that changed, and the title says how many", () => {
    const late = [64_000, 64_500, 64_999];
    const view = mappingsView("t", both(vmas(65_000)), both(vmas(65_000, (index) => (late.includes(index) ? "r--p" : "rw-p"))));
    expect(view.title).toBe("t (63000 of 65000 VMAs not shown)");
    for (const { before, after } of view.states) {
      expect(after.filter(({ perms }) => perms === "r--p")).toHaveLength(3);
      expect(before.map(({ start }) => start)).toEqual(after.map(({ start }) => start));
      expect(after.map(({ start }) => BigInt(start))).toEqual(after.map(({ start }) => BigInt(start)).sort((a, b) => Number(a - b)));
    }
    expect(JSON.stringify(view).length).toBeLessThan(1_000_000);
  });
});
