/** The sources of the fault trace as executors of operations use them. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { KernelExecutor } from "../../../kernel/src/lab/kernel/index.js";
import { Measure } from "../../../kernel/src/lab/kernel/measure.js";
import { mmap, munmap } from "../../../kernel/src/linux/index.js";
import { userfaultfdAbility, type TraceSourceName } from "../../../kernel/src/probe/index.js";

const PAGES = 200;
const { allowed, how } = userfaultfdAbility();
const needs = allowed === "no" ? ` (needs userfaultfd: ${how ?? ""})` : "";
let at = 0n;

beforeEach(() => {
  at = mmap(null, PAGES * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
});

afterEach(() => {
  munmap(at, PAGES * PAGE_SIZE);
});

const SOURCES: readonly (readonly [TraceSourceName, string])[] = [
  ["userfaultfd", needs],
  ["counters around each touch", ""],
];

describe.each(SOURCES)("an executor that traces by %s", (trace, reason) => {
  test.skipIf(reason !== "")(`names it and gives each fault${reason}`, () => {
    const kernel = new KernelExecutor({ trace });
    try {
      expect(kernel.traceSource.name).toBe(trace);
      const result = kernel.run({ op: "touch", at, access: "write", count: 50 });
      expect(result.instrument).toMatch(trace);
      expect(result.counts).toEqual({ minor: 50, major: 0 });
      expect(result.faults.map(({ address, kind }) => [address, kind])).toEqual(
        Array.from({ length: 50 }, (_, i) => [at + BigInt(i * PAGE_SIZE), "minor"]),
      );
      expect(result.lost).toBeUndefined();
      // A system call is run and counted as ever; its faults are not listed.
      const populated = kernel.run({ op: "madvise", at: at + BigInt(100 * PAGE_SIZE), length: BigInt(8 * PAGE_SIZE), advice: 23 });
      expect([populated.outcome.kind, populated.faults]).toEqual(["value", []]);
    } finally {
      kernel.close();
    }
  });
});

test("userfaultfd cannot trace another process, and says what can", () => {
  const other = { pid: 1, touchesAtOnce: 1, samplesAtOnce: 1, run: () => expect.unreachable() };
  expect(() => new Measure(other, "userfaultfd")).toThrow(/perf events or by counters/);
});
