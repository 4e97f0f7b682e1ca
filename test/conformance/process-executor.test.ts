/** The executor in processes of its own: fork, limits, dropped rights, and that nothing of it reaches or outlives the caller. */
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../kernel/src/abi/index.js";
import { close, ftruncate, memfd_create, readMaps, readProcessEnd, readStatus } from "../../kernel/src/linux/index.js";
import { KernelExecutor, ProcessExecutor } from "../../kernel/src/lab/kernel/index.js";
import type { Operation } from "../../kernel/src/model/operation.js";
import type { Result } from "../../kernel/src/model/result.js";

const RW = PROT.READ | PROT.WRITE;
const PAGE = BigInt(PAGE_SIZE);
const AT = 0x6000_0000_0000n;
const PRIVATE = AT;
const SHARED = AT + 16n * PAGE;
const CAP_SETUID = 1n << 7n;
const NO_FAULT = { minor: 0, major: 0 };
const maySetUid = (BigInt(`0x${readStatus().text["CapEff"] ?? "0"}`) & CAP_SETUID) !== 0n;

let kernel: ProcessExecutor;

function run(operation: Operation): Result {
  return kernel.run(operation);
}

function map(at: bigint, pages: number, kind: number, process = 0): Result {
  return run({
    op: "mmap",
    at,
    length: BigInt(pages) * PAGE,
    prot: RW,
    flags: kind | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE,
    file: null,
    offset: 0n,
    process,
  });
}

function store(process: number, at: bigint, byte: number, count = 1): Result["counts"] {
  const { outcome, counts } = run({ op: "touch", at, access: "write", byte, count, process });
  expect(outcome.kind).toBe("value");
  return counts;
}

function byteAt(process: number, at: bigint): number | undefined {
  const { seen } = run({ op: "peek", at, process });
  return seen?.kind === "bytes" ? seen.bytes[0] : undefined;
}

function descriptors(): string[] {
  return readdirSync("/proc/self/fd");
}

beforeEach(() => {
  kernel = new ProcessExecutor();
});

afterEach(() => {
  kernel.close();
});

describe("fork", () => {
  test("lets parent and child share a MAP_SHARED mapping and diverge on a MAP_PRIVATE one, with faults counted on both sides", () => {
    map(PRIVATE, 4, MAP.PRIVATE);
    map(SHARED, 4, MAP.SHARED);
    expect(store(0, PRIVATE, 1, 4)).toEqual({ minor: 4, major: 0 });
    expect(store(0, SHARED, 1, 4)).toEqual({ minor: 4, major: 0 });
    expect(run({ op: "fork", child: 1 })).toMatchObject({ outcome: { kind: "value", value: 1n }, counts: NO_FAULT });

    // The child copies each private page it writes; the parent, then alone with its page, only gets its write bit back.
    expect(store(1, PRIVATE, 2, 4)).toEqual({ minor: 4, major: 0 });
    expect([byteAt(0, PRIVATE), byteAt(1, PRIVATE)]).toEqual([1, 2]);
    expect(store(0, PRIVATE, 3)).toEqual({ minor: 1, major: 0 });
    expect([byteAt(0, PRIVATE), byteAt(1, PRIVATE)]).toEqual([3, 2]);

    // Entries of shared memory are not copied by fork: the child faults once a page, the parent not at all.
    expect(store(1, SHARED, 2)).toEqual({ minor: 1, major: 0 });
    expect(store(1, SHARED, 2)).toEqual(NO_FAULT);
    expect(store(0, SHARED + PAGE, 3)).toEqual(NO_FAULT);
    expect([byteAt(0, SHARED), byteAt(1, SHARED + PAGE)]).toEqual([2, 3]);
  });

  test("takes turns as often as wanted, with one fault for each page written first", () => {
    map(PRIVATE, 200, MAP.PRIVATE);
    run({ op: "madvise", at: PRIVATE, length: 200n * PAGE, advice: MADV.NOHUGEPAGE });
    run({ op: "fork", child: 1 });
    const odd: unknown[] = [];
    for (let page = 0; page < 200; page++) {
      for (const process of [0, 1]) {
        const counts = store(process, PRIVATE + BigInt(page) * PAGE, page);
        if (counts.minor !== 1 || counts.major !== 0) odd.push({ page, process, counts });
      }
    }
    expect(odd).toEqual([]);
  });

  test("of a child makes a grandchild, which sees what the child had", () => {
    map(PRIVATE, 1, MAP.PRIVATE);
    run({ op: "fork", child: 1 });
    store(1, PRIVATE, 7);
    expect(run({ op: "fork", child: 2, process: 1 }).outcome).toEqual({ kind: "value", value: 2n });
    store(1, PRIVATE, 8);
    expect([0, 1, 2].map((process) => byteAt(process, PRIVATE))).toEqual([0, 8, 7]);
    expect(run({ op: "wait", child: 2 }).outcome).toEqual({ kind: "errno", code: "ECHILD" });
    run({ op: "exit", process: 1 });
    expect(byteAt(2, PRIVATE)).toBe(7);
  });

  test("shows each process its own VMAs, pages and flags", () => {
    map(PRIVATE, 4, MAP.PRIVATE);
    run({ op: "fork", child: 1 });
    run({ op: "munmap", at: PRIVATE, length: PAGE, process: 1 });
    store(1, PRIVATE + PAGE, 1);
    run({ op: "madvise", at: PRIVATE + PAGE, length: PAGE, advice: MADV.DONTFORK, process: 1 });
    const look = (process: number) => [
      run({ op: "maps", at: PRIVATE, length: 4n * PAGE, process }).seen,
      run({ op: "resident", at: PRIVATE, length: 4n * PAGE, process }).seen,
    ];
    expect(look(0)).toMatchObject([{ vmas: [{ start: PRIVATE, end: PRIVATE + 4n * PAGE }] }, { pages: "...." }]);
    expect(look(1)).toMatchObject([{ vmas: [{ start: PRIVATE + PAGE }, { start: PRIVATE + 2n * PAGE }] }, { pages: ".a.." }]);
    const flags = run({ op: "vmflags", at: PRIVATE + PAGE, process: 1 }).seen;
    expect(flags?.kind === "vmflags" ? flags.flags : []).toContain("dc");
  });

  test("leaves a refused access of the child a signal with no fault served, and the child alive", () => {
    map(PRIVATE, 1, MAP.PRIVATE);
    store(0, PRIVATE, 1);
    run({ op: "fork", child: 1 });
    const refused = run({ op: "touch", at: PRIVATE - PAGE, access: "read", process: 1 });
    expect(refused).toMatchObject({ outcome: { kind: "signal", signal: "SIGSEGV", address: PRIVATE - PAGE }, counts: NO_FAULT });
    expect(store(1, PRIVATE, 2)).toEqual({ minor: 1, major: 0 });
  });

  test("has room again once children were waited for, and says so where it has none", () => {
    for (let round = 0; round < 20; round++) {
      run({ op: "fork", child: 1 });
      run({ op: "exit", process: 1 });
      expect(run({ op: "wait", child: 1 }).outcome).toEqual({ kind: "value", value: 1n });
    }
    for (let child = 1; child <= 7; child++) run({ op: "fork", child });
    expect(() => run({ op: "fork", child: 8 })).toThrow(/8 processes run already.*let one exit and wait for it/);
  });
});

test("processes that are no relatives share memory through a file, and a store in one is a load in the others", () => {
  const fd = memfd_create("shared", 0);
  const [live, other] = [new KernelExecutor(), new ProcessExecutor()];
  const executors = [kernel, other, live] as const;
  try {
    ftruncate(fd, 2 * PAGE_SIZE);
    const places = executors.map((executor) => {
      const file = executor.adopt(fd);
      const { outcome } = executor.run({ op: "mmap", at: 0n, length: 2n * PAGE, prot: RW, flags: MAP.SHARED, file, offset: 0n });
      if (outcome.kind !== "value") throw new Error("the file cannot be mapped");
      return outcome.value;
    });
    const seenBy = (page: bigint) =>
      executors.map((executor, i) => {
        const { seen, counts } = executor.run({ op: "touch", at: (places[i] ?? 0n) + page * PAGE, access: "read" });
        return [seen?.kind === "bytes" ? seen.bytes[0] : undefined, counts.minor];
      });
    expect(store(0, (places[0] ?? 0n) + PAGE, 42)).toEqual({ minor: 1, major: 0 });
    // Each has page tables of its own: whoever has not touched the page yet takes a minor fault.
    expect(seenBy(1n)).toEqual([
      [42, 0],
      [42, 1],
      [42, 1],
    ]);
    live.run({ op: "munmap", at: places[2] ?? 0n, length: 2n * PAGE });
  } finally {
    other.close();
    live.close();
    close(fd);
  }
});

describe("an operation that makes no sense is refused in words:", () => {
  test.each<[string, Operation, RegExp]>([
    ["in a process that was never forked", { op: "munlockall", process: 5 }, /no running process 5/],
    ["in a process that has exited", { op: "munlockall", process: 2 }, /no running process 2/],
    ["a second child of one name", { op: "fork", child: 1 }, /Process 1 exists already/],
    ["waiting for a child that runs", { op: "wait", child: 1 }, /Process 1 still runs/],
    ["the exit of the first process", { op: "exit" }, /first process cannot exit/],
    ["a read longer than there is memory for", { op: "pread", file: "F", offset: 0, length: 5 << 20 }, /does not fit/],
  ])("%s", (_what, operation, message) => {
    run({ op: "open", file: "F", backing: "memfd", access: "rw", size: PAGE_SIZE, data: "data" });
    run({ op: "fork", child: 1 });
    run({ op: "fork", child: 2 });
    run({ op: "exit", process: 2 });
    expect(() => run(operation)).toThrow(message);
    expect(run({ op: "munlockall" }).outcome.kind).toBe("value");
  });
});

describe("what happens to the process stays in it:", () => {
  test("a limit refuses its mmap and not the caller's", () => {
    const before = readFileSync("/proc/self/limits", "latin1");
    run({ op: "rlimit", which: "AS", value: { currentTotalVmPlusPages: 4 } });
    run({ op: "rlimit", which: "MEMLOCK", value: 8n * PAGE });
    expect(map(PRIVATE, 4, MAP.PRIVATE).outcome.kind).toBe("value");
    expect(map(SHARED, 1, MAP.SHARED).outcome).toEqual({ kind: "errno", code: "ENOMEM" });
    expect(readFileSync("/proc/self/limits", "latin1")).toBe(before);
    const limits = readFileSync(`/proc/${String(kernel.pidOf(0))}/limits`, "latin1");
    expect(/^Max locked memory +(\d+)/m.exec(limits)?.[1]).toBe(String(8n * PAGE));
  });

  test.skipIf(!maySetUid)("dropped rights hold for it and its children, and it can still be looked at (needs CAP_SETUID)", () => {
    const before = readStatus().text["Uid"];
    map(PRIVATE, 2, MAP.PRIVATE);
    store(0, PRIVATE, 1);
    expect(run({ op: "dropcaps" }).outcome).toEqual({ kind: "value", value: 0n });
    run({ op: "rlimit", which: "MEMLOCK", value: 0n });
    expect(run({ op: "mlock", at: PRIVATE, length: PAGE }).outcome).toEqual({ kind: "errno", code: "EPERM" });
    run({ op: "fork", child: 1 });
    expect(run({ op: "rlimit", which: "MEMLOCK", value: PAGE, process: 1 }).outcome).toEqual({ kind: "errno", code: "EPERM" });
    expect(run({ op: "resident", at: PRIVATE, length: 2n * PAGE, process: 1 }).seen).toMatchObject({ pages: "A." });
    expect(readStatus(kernel.pidOf(1)).text["Uid"]).toBe("65534\t65534\t65534\t65534");
    expect(readStatus().text["Uid"]).toBe(before);
    run({ op: "exit", process: 1 });
    expect(run({ op: "wait", child: 1 }).outcome.kind).toBe("value");
  });

  test("the break moves in it alone", () => {
    const heap = () => readMaps().find(({ path }) => path === "[heap]");
    const before = heap();
    const { outcome } = run({ op: "brk", to: 0n });
    if (outcome.kind !== "value") throw new Error("brk(0) does not fail");
    const up = outcome.value + 64n * PAGE;
    expect(run({ op: "brk", to: up }).outcome).toEqual({ kind: "value", value: up });
    expect(store(0, up - 1n, 1)).toEqual({ minor: 1, major: 0 });
    expect(run({ op: "brk", to: outcome.value }).outcome).toEqual({ kind: "value", value: outcome.value });
    expect(run({ op: "touch", at: up - 1n, access: "read" }).outcome).toMatchObject({ kind: "signal", code: "SEGV_MAPERR" });
    expect(heap()?.start).toBe(before?.start);
  });

  test("its memory starts empty: nothing of Node is mapped in it, and nothing of it in the caller", () => {
    const own = readMaps(kernel.pidOf(0)).filter(({ path }) => !["[heap]", "[vsyscall]"].includes(path));
    expect(own.map(({ perms }) => perms).sort()).toEqual(["r-xp", "rw-p", "rw-s"]);
    map(PRIVATE, 4, MAP.PRIVATE);
    store(0, PRIVATE, 1);
    expect(readMaps().filter(({ start }) => start === PRIVATE)).toEqual([]);
  });
});

describe("counts", () => {
  test("of 64 first stores are 64 minor, in 100 of 100 runs, while the caller allocates and collects", () => {
    map(PRIVATE, 64, MAP.PRIVATE);
    run({ op: "madvise", at: PRIVATE, length: 64n * PAGE, advice: MADV.NOHUGEPAGE });
    const odd: unknown[] = [];
    for (let i = 0; i < 100; i++) {
      run({ op: "madvise", at: PRIVATE, length: 64n * PAGE, advice: MADV.DONTNEED });
      const { counts, faults } = run({ op: "touch", at: PRIVATE, access: "write", count: 64 });
      if (counts.minor !== 64 || counts.major !== 0 || faults.length !== 64) odd.push({ i, counts, faults: faults.length });
    }
    expect(odd).toEqual([]);
  });

  test("of the caller stay exact although forks share its stack: a refused access is no fault served", () => {
    const live = new KernelExecutor();
    const counts: Result["counts"][] = [];
    for (let i = 0; i < 20; i++) {
      const forked = new ProcessExecutor();
      counts.push(live.run({ op: "touch", at: 0n, access: "read" }).counts);
      forked.close();
    }
    live.close();
    expect(counts).toEqual(counts.map(() => NO_FAULT));
  });

  test("hold beyond what one program takes: 100 000 touches, each fault with its address", () => {
    map(PRIVATE, 100_000, MAP.PRIVATE);
    run({ op: "madvise", at: PRIVATE, length: 100_000n * PAGE, advice: MADV.NOHUGEPAGE });
    const { counts, faults, instrument } = run({ op: "touch", at: PRIVATE, access: "write", count: 100_000 });
    expect(counts).toEqual({ minor: 100_000, major: 0 });
    expect(faults.filter(({ address }, i) => address !== PRIVATE + BigInt(i) * PAGE)).toEqual([]);
    expect(instrument).toMatch(/^counters around each touch/);
  }, 20_000);
});

describe("a process that is ended from outside", () => {
  test.each([
    ["the first", 0, "Start a new executor"],
    ["a child", 1, "Wait for it, and fork another one"],
  ])("is reported with the signal, and close still leaves nothing: %s", (_which, victim, next) => {
    run({ op: "fork", child: 1 });
    run({ op: "fork", child: 2, process: 1 });
    const pids = [0, 1, 2].map((id) => kernel.pidOf(id));
    process.kill(kernel.pidOf(victim), "SIGKILL");
    const end = () => readProcessEnd(pids[victim] ?? 0);
    while (end() === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    expect(() => run({ op: "munlockall", process: victim })).toThrow(
      new RegExp(`^Process ${String(victim)} \\(pid ${String(pids[victim])}\\) was ended by SIGKILL.*${next}`),
    );
    kernel.close();
    for (const pid of pids) expect(readProcessEnd(pid)).toBeDefined();
    kernel = new ProcessExecutor();
  });

  test("in the middle of an operation is reported with the operation, not waited for", () => {
    const probe = readMaps(kernel.pidOf(0)).find(({ perms }) => perms === "rw-s");
    if (probe === undefined) throw new Error("the process has no memory of the probe");
    const withoutStack: Operation = { op: "munmap", at: probe.start, length: probe.end - probe.start };
    expect(() => run(withoutStack)).toThrow(/^Process 0 \(pid \d+\) was ended by SIGSEGV while it ran munmap\. Start a new executor/);
  });
});

test("close leaves no process, no mapping and no descriptor, however often", () => {
  kernel.close();
  const shared = () => readMaps().filter(({ path }) => path.startsWith("/dev/zero")).length;
  const [descriptorsBefore, sharedBefore] = [descriptors().length, shared()];
  const pids: number[] = [];
  for (let i = 0; i < 10; i++) {
    const executor = new ProcessExecutor();
    executor.run({ op: "open", file: "F", backing: "tmpfs", access: "rw", size: PAGE_SIZE, data: "data" });
    executor.run({ op: "kernel_copy", direction: "to_user", at: AT });
    executor.run({ op: "fork", child: 1 });
    executor.run({ op: "fork", child: 2, process: 1 });
    pids.push(executor.pidOf(0), executor.pidOf(1), executor.pidOf(2));
    executor.close();
    executor.close();
    expect(() => executor.run({ op: "munlockall" })).toThrow(/no running process 0/);
  }
  expect(pids.filter((pid) => readProcessEnd(pid) === undefined)).toEqual([]);
  expect(pids.map((pid) => readdirSync("/proc").includes(String(pid)))).not.toContain(true);
  expect([descriptors().length, shared()]).toEqual([descriptorsBefore, sharedBefore]);
  kernel = new ProcessExecutor();
});

test("the processes end by themselves soon after a caller that was killed", () => {
  const index = join(import.meta.dirname, "../../kernel/dist/lab/kernel/index.js");
  const script = `
    const { ProcessExecutor } = await import(${JSON.stringify(index)});
    const executor = new ProcessExecutor();
    executor.run({ op: "fork", child: 1 });
    process.stdout.write(executor.pidOf(0) + " " + executor.pidOf(1), () => process.kill(process.pid, "SIGKILL"));
    setInterval(() => {}, 1000);`;
  const { stdout, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(signal).toBe("SIGKILL");
  const pids = stdout.split(" ").map(Number);
  expect(pids).toHaveLength(2);
  const running = () => pids.filter((pid) => readProcessEnd(pid) === undefined);
  for (let waits = 0; waits < 100 && running().length > 0; waits++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  expect(running()).toEqual([]);
}, 20_000);
