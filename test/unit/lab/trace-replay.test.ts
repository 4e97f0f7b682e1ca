/** Replaying a recorded trace on the model and on the live kernel, in another process and at other addresses. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { replayCommand } from "../../../kernel/src/cli/replay.js";
import {
  MAP,
  MREMAP,
  MS,
  PAGE_SIZE,
  PROT,
  close,
  fork,
  lab,
  mmap,
  mprotect,
  mremap,
  msync,
  munmap,
  scratchFile,
} from "../../../kernel/src/lab/index.js";
import { replayOnKernel, replayOnModel, type ReplayedStep } from "../../../kernel/src/lab/trace/index.js";
import { Relocation } from "../../../kernel/src/lab/trace/relocation.js";
import { encodeTrace, type Operation, type Result, type Trace, type TraceStep } from "../../../kernel/src/model/index.js";

const RW = PROT.READ | PROT.WRITE;
const folder = mkdtempSync(join(tmpdir(), "mmaplab-replay-"));

/** A session with most kinds of calls, recorded for real. Its memory lies wherever the kernel put it. */
function session(): Trace {
  const before = lab.trace().length;
  const fd = scratchFile(4);
  const m = mmap(null, 8 * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
  const f = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
  m.touch({ pages: 4, access: "write" });
  f.store(0, 42);
  msync(f, MS.SYNC);
  expect(() => m.load(1 << 30)).toThrow(/SIG/);
  mprotect(m, PROT.READ);
  expect(() => m.store(0, 1)).toThrow(/SEGV_ACCERR/);
  expect(() => mprotect(m.addr + 1n, 4096, PROT.READ)).toThrow(/EINVAL/);
  mprotect(m, RW);
  const child = fork();
  child.run(() => m.store(0, 1));
  m.store(PAGE_SIZE, 2);
  const moved = mremap(m, 8 * PAGE_SIZE, 64 * PAGE_SIZE, MREMAP.MAYMOVE);
  moved.touch({ from: 8, pages: 4, access: "write" });
  child[Symbol.dispose]();
  munmap(moved);
  munmap(f);
  close(fd);
  const { trace } = lab.trace("a session");
  return { ...trace, steps: trace.steps.slice(before) };
}

function troubles(steps: readonly ReplayedStep[]): unknown[] {
  return steps.filter(({ verdict }) => verdict !== "equal" && verdict !== "none");
}

/** Runs the command, and gives back what it printed. */
async function command(...args: readonly string[]): Promise<{ readonly out: string; readonly failed: boolean }> {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  try {
    await replayCommand().parseAsync(args, { from: "user" });
    return { out: lines.join("\n"), failed: process.exitCode === 1 };
  } finally {
    log.mockRestore();
    process.exitCode = exitCode;
  }
}

function saved(name: string, trace: Trace): string {
  const path = join(folder, `${name}.mmaptrace.json`);
  writeFileSync(path, encodeTrace(trace));
  return path;
}

const ok = (value: bigint): Result => ({ outcome: { kind: "value", value }, counts: { minor: 0, major: 0 }, faults: [], reason: [] });
const anywhere: Operation = { op: "mmap", at: 0n, length: 8192n, prot: RW, flags: MAP.PRIVATE | MAP.ANONYMOUS, file: null, offset: 0n };

afterEach(() => {
  lab.reset();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("replaying a session", () => {
  it("gives on the model and on the live kernel what was recorded", () => {
    const trace = session();
    expect(trace.steps.length).toBeGreaterThan(15);
    expect(troubles(replayOnModel(trace))).toEqual([]);
    expect(troubles(replayOnKernel(trace))).toEqual([]);
  });

  it("shows on both what was changed in the recording", () => {
    const trace = session();
    const steps = trace.steps.map((step): TraceStep => {
      const { operation, result } = step;
      return operation.op === "touch" && operation.count === 4 && result !== null
        ? { ...step, result: { ...result, counts: { minor: 77, major: 0 } } }
        : step;
    });
    for (const replayed of [replayOnModel({ ...trace, steps }), replayOnKernel({ ...trace, steps })])
      expect(troubles(replayed)).toMatchObject([
        { verdict: "unexplained", differences: [{ what: "minor faults", recorded: "77", answered: "4" }] },
        { verdict: "unexplained", differences: [{ recorded: "77" }] },
      ]);
  });

  it("passes on the reason that was recorded", () => {
    const trace = session();
    const steps = trace.steps.map((step): TraceStep =>
      step.result === null || step.operation.op !== "munmap"
        ? step
        : { ...step, result: { ...step.result, outcome: { kind: "errno", code: "EPERM" } }, explained: "sealed elsewhere" },
    );
    expect(troubles(replayOnKernel({ ...trace, steps }))).toMatchObject([
      { verdict: "explained", why: "sealed elsewhere" },
      { verdict: "explained", why: "sealed elsewhere" },
    ]);
  });
});

describe("what cannot be replayed", () => {
  const trace = (...steps: readonly TraceStep[]): Trace => ({
    title: "by hand",
    release: release(),
    pageSize: PAGE_SIZE,
    machine: { release: release() },
    foreign: [],
    labels: [],
    steps,
    prologue: 0,
    leftOut: [],
  });

  it("is named with the reason, and the other steps are run", () => {
    const replayed = replayOnKernel(
      trace(
        { operation: { op: "close", file: "nobody" }, result: null },
        { operation: { op: "munlockall", process: 5 }, result: null },
        { operation: { op: "advance", seconds: 1e6 }, result: null },
        { operation: anywhere, result: ok(0x7f12_3456_7000n) },
        { operation: { op: "touch", at: 0x7f12_3456_7000n, access: "write" }, result: { ...ok(0n), counts: { minor: 1, major: 0 } } },
      ),
    );
    expect(replayed.map(({ verdict }) => verdict)).toEqual(["not run", "not run", "not run", "equal", "equal"]);
    expect(replayed.map(({ why }) => why)).toMatchObject(
      [/no file nobody/, /no running process 5/, /on model/, null, null].map((why) => why && expect.stringMatching(why)),
    );
  });

  it("is refused as a whole where it needs more addresses than there are", () => {
    const huge = Array.from({ length: 20 }, (_, index): TraceStep => ({
      operation: { ...anywhere, length: 1n << 41n },
      result: ok(BigInt(index + 1) << 42n),
    }));
    expect(() => replayOnKernel(trace(...huge))).toThrow(/more address space than a replay has/);
  });

  it("does not reach this process: a recorded address of its own is another one there", () => {
    const m = mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
    m.store(0, 7);
    replayOnKernel(
      trace({ operation: anywhere, result: ok(m.addr) }, { operation: { op: "munmap", at: m.addr, length: 4096n }, result: ok(0n) }),
    );
    expect(m.load(0)).toBe(7);
  });
});

describe("addresses of a replay", () => {
  const base = 0x7f12_3456_7000n;
  const relocation = new Relocation([
    { operation: anywhere, result: ok(base) },
    { operation: anywhere, result: ok(base + 8192n) },
    { operation: anywhere, result: ok(0x1000_0000n) },
  ]);

  it("keep their distances, their order and their place within a huge page", () => {
    const there = relocation.there(base);
    expect(there).not.toBe(base);
    expect(there % (1n << 21n)).toBe(base % (1n << 21n));
    expect(relocation.there(base + 8192n + 4097n)).toBe(there + 8192n + 4097n);
    expect(relocation.there(0x1000_0000n)).toBeLessThan(there);
    expect(relocation.back(there + 5n)).toBe(base + 5n);
  });

  it("stay where nothing was mapped", () => {
    for (const address of [0n, 1n, 0xffff_8000_0000_0000n, 0x1234_5678_9000n]) expect(relocation.there(address)).toBe(address);
  });

  it("that the kernel chose are asked for, and those it was given are kept", () => {
    expect(relocation.operationThere({ operation: anywhere, result: ok(base) }, 0n)).toMatchObject({
      at: relocation.there(base),
      flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE,
    });
    const fixed = { ...anywhere, at: base, flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED };
    expect(relocation.operationThere({ operation: fixed, result: ok(base) }, 0n)).toEqual({ ...fixed, at: relocation.there(base) });
    const moved: Operation = { op: "mremap", at: base, oldLength: 4096n, newLength: 8192n, flags: MREMAP.MAYMOVE, to: 0n };
    expect(relocation.operationThere({ operation: moved, result: ok(0x1000_0000n) }, 0n)).toMatchObject({
      flags: MREMAP.MAYMOVE | MREMAP.FIXED,
      to: relocation.there(0x1000_0000n),
    });
    expect(relocation.operationThere({ operation: { op: "brk", to: 100n }, result: null }, 7n)).toMatchObject({ to: 107n });
  });
});

describe("mmaplab replay", () => {
  it("counts what agrees, on the model and on the kernel", async () => {
    const { out, failed } = await command(saved("session", session()), "--on", "both");
    expect(failed).toBe(false);
    expect(out).toMatch(/a session: \d+ calls, recorded on Linux/);
    expect(out).toMatch(/on the model: \d+ equal, 0 explained, 0 unexplained/);
    expect(out).toMatch(/on the live kernel: \d+ equal, 0 explained, 0 unexplained/);
  });

  it("says where and how the answers differ, as text and as JSON, and ends with 1", async () => {
    const trace = session();
    const steps = trace.steps.map((step) =>
      step.operation.op === "msync" && step.result
        ? { ...step, result: { ...step.result, outcome: { kind: "errno" as const, code: "EBUSY" as const } } }
        : step,
    );
    const path = saved("changed", { ...trace, steps });
    const text = await command(path);
    expect(text.failed).toBe(true);
    expect(text.out).toMatch(/model step \d+: msync\(0x[0-9a-f]+, 16384, MS_SYNC\): unexplained\n {2}outcome: recorded EBUSY, came ok/);
    const json = await command(path, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ replays: [{ on: "model", unexplained: 1, differences: [{ verdict: "unexplained" }] }] });
  });

  it("can ask the rules of another kernel", async () => {
    const guard: Operation = { op: "madvise", at: 0x7f00_0000_0000n, length: 4096n, advice: 102 };
    const trace: Trace = {
      ...session(),
      steps: [
        { operation: anywhere, result: ok(0x7f00_0000_0000n) },
        { operation: guard, result: ok(0n) },
      ],
      prologue: 0,
      machine: { release: "6.18.44" },
    };
    const path = saved("guard", trace);
    expect((await command(path)).failed).toBe(false);
    expect((await command(path, "--kernel", "5.10")).out).toMatch(
      /madvise\(.*MADV_GUARD_INSTALL\): unexplained\n {2}outcome: recorded ok, came EINVAL/,
    );
  });

  it("names the file that cannot be read or is no trace", async () => {
    const broken = join(folder, "broken.mmaptrace.json");
    writeFileSync(broken, '{"format": "mmaptrace", "version": 7}');
    await expect(command(join(folder, "none"))).rejects.toThrow(/none cannot be read: ENOENT/);
    await expect(command(broken)).rejects.toThrow(/broken\.mmaptrace\.json: This trace was made by a newer mmaplab/);
  });
});
