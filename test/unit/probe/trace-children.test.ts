/** The fault trace of a child: from the same source as the parent's, each fault with its address. */
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { KernelExecutor } from "../../../kernel/src/lab/kernel/index.js";
import { mmap, munmap } from "../../../kernel/src/linux/index.js";
import { faultTraceSources, type TraceSourceName } from "../../../kernel/src/probe/index.js";

const PAGES = 20_000;
const PAGE = BigInt(PAGE_SIZE);
const child = 1;
let at = 0n;

beforeEach(() => {
  at = mmap(null, PAGES * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
});

afterEach(() => {
  munmap(at, PAGES * PAGE_SIZE);
});

const [perf] = faultTraceSources();
const needs = perf?.allowed === "no" ? ` (needs perf events: ${perf.how ?? ""})` : "";
const SOURCES: readonly (readonly [TraceSourceName, string])[] = [
  ["perf events", needs],
  ["counters around each touch", ""],
];

describe.each(SOURCES)("by %s", (trace, reason) => {
  const run = test.skipIf(reason !== "");
  let kernel: KernelExecutor;

  beforeEach(() => {
    kernel = new KernelExecutor({ trace });
    kernel.run({ op: "fork", child });
    kernel.run({ op: "madvise", at, length: BigInt(PAGES) * PAGE, advice: MADV.NOHUGEPAGE, process: child });
  });

  afterEach(() => {
    kernel.close();
  });

  run(`each of 20 000 first stores, with its address, and nothing of the probe's own${reason}`, () => {
    const result = kernel.run({ op: "touch", at, access: "write", count: PAGES, process: child });
    expect(result.instrument).toMatch(trace);
    expect(result.counts).toEqual({ minor: PAGES, major: 0 });
    expect(result.lost).toBeUndefined();
    expect(result.faults).toHaveLength(PAGES);
    expect(result.faults.filter(({ address, kind }, i) => address !== at + BigInt(i) * PAGE || kind !== "minor")).toEqual([]);
    const again = kernel.run({ op: "touch", at, access: "write", count: 100, process: child });
    expect([again.counts, again.faults]).toEqual([{ minor: 0, major: 0 }, []]);
  });

  run(`copy-on-write in either process is a fault of that one alone${reason}`, () => {
    kernel.run({ op: "touch", at, access: "write", count: 4, process: child });
    kernel.run({ op: "fork", child: 2, process: child });
    const addresses = (process: number, page: number): bigint[] =>
      kernel.run({ op: "touch", at: at + BigInt(page) * PAGE, access: "write", count: 2, process }).faults.map(({ address }) => address);
    expect(addresses(2, 0)).toEqual([at, at + PAGE]);
    expect(addresses(child, 1)).toEqual([at + PAGE, at + 2n * PAGE]);
  });
});

test.skipIf(perf?.allowed !== "yes")(
  "faults inside a child's system call are listed (needs perf events of the kernel's own faults)",
  () => {
    const kernel = new KernelExecutor();
    try {
      kernel.run({ op: "fork", child });
      const { counts, faults } = kernel.run({ op: "kernel_copy", direction: "to_user", at: at + 3n * PAGE, process: child });
      expect(counts).toEqual({ minor: 1, major: 0 });
      expect(faults.map(({ address }) => address)).toEqual([at + 3n * PAGE]);
    } finally {
      kernel.close();
    }
  },
);

test("a child's events are closed when it is gone", () => {
  const before = readdirSync("/proc/self/fd").length;
  const kernel = new KernelExecutor();
  kernel.run({ op: "fork", child });
  kernel.run({ op: "touch", at, access: "write", process: child });
  kernel.close();
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});
