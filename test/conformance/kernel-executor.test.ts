/** The executor on the live kernel: outcomes, exact counts, faults, and what it refuses. Files and looking are in kernel-files.test.ts. */
import { readdirSync, readlinkSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, MREMAP, MS, PAGE_SIZE, PROT, TASK_SIZE } from "../../kernel/src/abi/index.js";
import { bytes, readMaps } from "../../kernel/src/linux/index.js";
import { KernelExecutor, NotInThisExecutor } from "../../kernel/src/lab/kernel/index.js";
import type { Operation } from "../../kernel/src/model/operation.js";
import { ANON, LENGTH, PAGE, RW, at, kernel, run, traceBy, useKernel, value } from "./kernel-fixture.js";

useKernel();

describe.each([undefined, "counters around each touch"] as const)("fault counts (trace source: %s)", (trace) => {
  beforeEach(() => {
    if (trace === undefined) return;
    traceBy(trace);
    expect(kernel.traceSource.name).toBe(trace);
  });

  test("of 64 first stores are 64 minor, in 300 of 300 runs, while the program allocates", () => {
    const odd: unknown[] = [];
    for (let i = 0; i < 300; i++) {
      value({ op: "madvise", at, length: LENGTH, advice: MADV.DONTNEED });
      const { counts, faults, lost } = run({ op: "touch", at, access: "write", count: 64 });
      const right =
        faults.length === 64 &&
        faults.every(({ address, kind, access }, n) => address === at + BigInt(n) * PAGE && kind === "minor" && access === "write");
      if (counts.minor !== 64 || counts.major !== 0 || !right || lost !== undefined) odd.push({ i, counts, faults: faults.length });
    }
    expect(odd).toEqual([]);
  });

  test("are 0 for pages that are there, and for calls that only change rights", () => {
    run({ op: "touch", at, access: "write", count: 8 });
    expect(run({ op: "touch", at, access: "write", count: 8 }).counts).toEqual({ minor: 0, major: 0 });
    expect(run({ op: "mprotect", at, length: LENGTH, prot: PROT.READ }).counts).toEqual({ minor: 0, major: 0 });
  });

  test("of a read and then a write of one page are two: zero page, then a copy", () => {
    expect(run({ op: "touch", at, access: "read" }).counts.minor).toBe(1);
    expect(run({ op: "touch", at, access: "write" }).counts.minor).toBe(1);
  });

  test("include those the kernel takes: mlock and MAP_POPULATE fill every page", () => {
    expect(run({ op: "mlock", at, length: 8n * PAGE }).counts.minor).toBe(8);
    const populated = run({ op: "mmap", at, length: 8n * PAGE, prot: RW, flags: ANON | MAP.FIXED | MAP.POPULATE, file: null, offset: 0n });
    expect(populated.counts.minor).toBe(8);
  });

  test("hold beyond what one ring takes: 40 000 touches in order, none lost", () => {
    const length = 40_000n * PAGE;
    const large = value({ op: "mmap", at: 0n, length, prot: RW, flags: ANON, file: null, offset: 0n });
    value({ op: "madvise", at: large, length, advice: MADV.NOHUGEPAGE });
    const { counts, faults, lost } = run({ op: "touch", at: large, access: "write", count: 40_000 });
    value({ op: "munmap", at: large, length });
    expect(counts).toEqual({ minor: 40_000, major: 0 });
    expect(lost).toBeUndefined();
    expect(faults.filter(({ address }, i) => address !== large + BigInt(i) * PAGE)).toEqual([]);
    expect(faults.filter(({ atNs = 0 }, i) => i > 0 && atNs <= (faults[i - 1]?.atNs ?? 0))).toEqual([]);
  }, 20_000);
});

test("the result names the instrument", () => {
  const { name, missing } = kernel.traceSource;
  expect(["perf events", "counters around each touch"]).toContain(name);
  expect(run({ op: "touch", at, access: "write" }).instrument).toBe(missing === undefined ? name : `${name} (${missing})`);
});

describe("a refused access", () => {
  test("is a signal outcome with the touches before it done, and a fault of kind signal", () => {
    value({ op: "munmap", at: at + 3n * PAGE, length: PAGE });
    const { outcome, counts, faults } = run({ op: "touch", at, access: "write", count: 10 });
    expect(outcome).toEqual({ kind: "signal", signal: "SIGSEGV", code: "SEGV_MAPERR", address: at + 3n * PAGE });
    expect(counts).toEqual({ minor: 3, major: 0 });
    expect(faults.map(({ kind }) => kind)).toEqual(["minor", "minor", "minor", "signal"]);
  });

  test("of a non-canonical address is no page fault", () => {
    const { outcome, faults } = run({ op: "touch", at: 1n << 60n, access: "write" });
    expect(outcome).toMatchObject({ kind: "signal", code: "SI_KERNEL", address: 0n });
    expect(faults).toEqual([]);
  });

  test("by executing data is SEGV_ACCERR; a byte that would not come back is not run", () => {
    expect(run({ op: "touch", at, access: "write" }).outcome.kind).toBe("value");
    expect(run({ op: "touch", at, access: "exec" }).outcome).toMatchObject({ kind: "signal", code: "SEGV_ACCERR" });
    value({ op: "mprotect", at, length: PAGE, prot: RW | PROT.EXEC });
    expect(run({ op: "touch", at, access: "exec" }).outcome.kind).toBe("value");
    run({ op: "touch", at, access: "write", byte: 0xf4 });
    expect(() => run({ op: "touch", at, access: "exec" })).toThrow(/0xf4, not 0xc3/);
    value({ op: "mprotect", at: at + PAGE, length: PAGE, prot: PROT.EXEC });
    expect(run({ op: "touch", at: at + PAGE, access: "exec" })).toMatchObject({
      outcome: { code: "SEGV_MAPERR", address: 0n },
      counts: { minor: 1 },
    });
  });
});

describe("a failed call is an errno outcome", () => {
  const FAR = TASK_SIZE + PAGE;
  const rows: readonly (readonly [string, (at: bigint) => Operation])[] = [
    ["EINVAL", (m) => ({ op: "munmap", at: m + 1n, length: PAGE })],
    ["EINVAL", () => ({ op: "munmap", at: 0n, length: (1n << 64n) - 1n })],
    ["ENOMEM", () => ({ op: "mprotect", at: FAR, length: PAGE, prot: PROT.READ })],
    ["EBADF", () => ({ op: "mmap", at: 0n, length: PAGE, prot: RW, flags: MAP.SHARED, file: null, offset: 0n })],
    ["ENOMEM", () => ({ op: "mincore", at: FAR, length: PAGE })],
    ["ENOMEM", () => ({ op: "mincore", at: 0n, length: (1n << 64n) - 1n })],
    ["EINVAL", () => ({ op: "munmap", at: (1n << 65n) + 1n, length: PAGE })],
    ["EINVAL", (m) => ({ op: "mremap", at: m, oldLength: PAGE, newLength: 0n, flags: 0, to: 0n })],
    ["EINVAL", (m) => ({ op: "madvise", at: m, length: PAGE, advice: 1212 })],
    ["EINVAL", (m) => ({ op: "msync", at: m, length: PAGE, flags: MS.SYNC | MS.ASYNC })],
    ["EINVAL", (m) => ({ op: "mlock2", at: m, length: PAGE, flags: 2 })],
    ["EFAULT", () => ({ op: "kernel_copy", direction: "to_user", at: 0n })],
    ["EFAULT", () => ({ op: "kernel_copy", direction: "from_user", at: 0n })],
  ];
  test.each(rows)("%s (case %#)", (code, operation) => {
    expect(run(operation(at)).outcome).toEqual({ kind: "errno", code });
  });
});

test("views go when an operation takes their range", () => {
  const rows: readonly Operation[] = [
    { op: "munmap", at, length: PAGE },
    { op: "mmap", at, length: PAGE, prot: RW, flags: ANON | MAP.FIXED, file: null, offset: 0n },
    { op: "mprotect", at, length: PAGE, prot: PROT.READ },
    { op: "mremap", at, oldLength: PAGE, newLength: PAGE, flags: MREMAP.MAYMOVE | MREMAP.FIXED, to: at + 4n * PAGE },
  ];
  for (const operation of rows) {
    value({ op: "mmap", at, length: PAGE, prot: RW, flags: ANON | MAP.FIXED, file: null, offset: 0n });
    const view = bytes(at, PAGE_SIZE);
    value(operation);
    expect(view, operation.op).toHaveLength(0);
  }
});

test("kernel copies fault on behalf of the process", () => {
  expect(run({ op: "kernel_copy", direction: "from_user", at })).toMatchObject({
    outcome: { kind: "value", value: 1n },
    counts: { minor: 1, major: 0 },
  });
  expect(run({ op: "kernel_copy", direction: "to_user", at })).toMatchObject({
    outcome: { kind: "value", value: 1n },
    counts: { minor: 1, major: 0 },
  });
  expect(run({ op: "kernel_copy", direction: "to_user", at })).toMatchObject({ counts: { minor: 0, major: 0 } });
});

test.each(["exit", "rlimit", "dropcaps", "brk"] as const)("%s is refused: it needs a process of its own", (op) => {
  const operations: Record<typeof op, Operation> = {
    exit: { op: "exit" },
    rlimit: { op: "rlimit", which: "AS", value: 0n },
    dropcaps: { op: "dropcaps" },
    brk: { op: "brk", to: 0n },
  };
  expect(() => run(operations[op])).toThrow(NotInThisExecutor);
  expect(() => run({ op: "munlockall", process: 1 })).toThrow(/no running process 1: fork makes processes/);
});

test("an executor that is closed leaves no descriptor and no mapping behind", () => {
  const descriptors = () =>
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return []; // the descriptor of the listing itself
      }
    });
  const mine = () => descriptors().filter((path) => /perf_event|mmaplab-|memfd:|pipe:|\/dev\/zero/.test(path)).length;
  const second = new KernelExecutor();
  const before = mine();
  const mapped = readMaps().filter(({ path }) => path.includes("perf_event")).length;
  second.run({ op: "open", file: "F", backing: "tmpfs", access: "rw", size: 10, data: "data" });
  second.run({ op: "kernel_copy", direction: "from_user", at });
  second.run({ op: "kernel_copy", direction: "to_user", at });
  expect(mine()).toBeGreaterThan(before);
  second.close();
  expect(mine()).toBe(before);
  expect(readMaps().filter(({ path }) => path.includes("perf_event"))).toHaveLength(mapped);
});
