/** Programs: steps, chaining, skipping, touches, times. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { RUSAGE, RUSAGE_LAYOUT, madvise, mmap, munmap } from "../../../kernel/src/linux/index.js";
import { Program, runProgram, ticksToMonotonicNs, ticksToNs } from "../../../kernel/src/probe/index.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const PAGE = BigInt(PAGE_SIZE);
const PAGES = 10_000;

let at = 0n;

beforeEach(() => {
  at = mmap(null, PAGES * PAGE_SIZE, RW, ANON, -1, 0);
  madvise(at, PAGES * PAGE_SIZE, MADV.NOHUGEPAGE);
});

afterEach(() => {
  munmap(at, PAGES * PAGE_SIZE);
});

test("system calls return what the kernel answers, errors as negative numbers", () => {
  const program = new Program();
  const tid = program.syscall("gettid", []);
  const failed = program.syscall("close", [-1]);
  const run = runProgram(program);
  expect(run.result(tid)).toBeGreaterThan(0n);
  expect(run.result(failed)).toBe(-9n);
});

test("a result can become part of later arguments: map, store and load without knowing the address", () => {
  const program = new Program();
  const map = program.syscall("mmap", [0, 2 * PAGE_SIZE, RW, ANON, -1, 0], { keepsResult: true });
  program.store(PAGE + 5n, 99, { addsTo: [0] });
  const load = program.load(PAGE + 5n, { addsTo: [0] });
  const unmap = program.syscall("munmap", [0, 2 * PAGE_SIZE], { addsTo: [0] });
  const gone = program.load(PAGE + 5n, { addsTo: [0] });
  const run = runProgram(program);
  expect(run.result(load)).toBe(99n);
  expect(run.result(unmap)).toBe(0n);
  expect(run.signal(gone)).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR", address: run.result(map) + PAGE + 5n });
});

test("every argument of a system call can have the kept result added", () => {
  // madvise answers EINVAL to advice 4 + R, and gettid ignores its arguments: the mask reaches each register.
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const program = new Program();
    program.syscall("mprotect", [1, 0, 0], { keepsResult: true }); // R = -EINVAL = -22
    const args = [0, PAGE_SIZE, RW, ANON, -1, 0].map((value, i) => (i === index ? value + 22 : value));
    const map = program.syscall("mmap", args, { addsTo: [index], keepsResult: true });
    program.syscall("munmap", [0, PAGE_SIZE], { addsTo: [0] });
    expect(runProgram(program).result(map), `argument ${String(index)}`).toBeGreaterThan(0n);
  }
});

describe("skip leaves out steps", () => {
  const rows = [
    ["R is not 0", "gettid", true],
    ["R is not 0", "munlockall", false],
    ["R is 0", "gettid", false],
    ["R is 0", "munlockall", true],
    ["R is an error", "close", true],
    ["R is an error", "gettid", false],
  ] as const;
  test.each(rows)("when %s after %s: %s", (when, call, skipped) => {
    const program = new Program();
    program.syscall(call, [-1], { keepsResult: true });
    program.skip(2, when);
    const [one, two] = [program.store(at, 1), program.store(at + 1n, 1)];
    const after = program.store(at + 2n, 1);
    const run = runProgram(program);
    expect([run.ran(one), run.ran(two), run.ran(after)]).toEqual([!skipped, !skipped, true]);
  });

  test("and never runs past the end of the program", () => {
    const program = new Program();
    program.skip(1000, "R is 0");
    const left = program.store(at, 1);
    expect(runProgram(program).ran(left)).toBe(false);
  });
});

describe("touches", () => {
  test("store the byte given at each stride, and load reads it back", () => {
    const program = new Program();
    program.touch({ access: "write", at: at + 7n, count: 5, stride: 100, byte: 0x42 });
    const read = program.touch({ access: "read", at: at + 7n, count: 6, stride: 100, sampling: "times" });
    const run = runProgram(program);
    expect([0, 1, 2, 3, 4, 5].map((i) => run.sample(read, i).loaded)).toEqual([0x42, 0x42, 0x42, 0x42, 0x42, 0]);
    expect(run.result(read)).toBe(0n);
  });

  test("with samples do not mix when a program has several", () => {
    const program = new Program();
    program.touch({ access: "write", at, count: 3, stride: 1, byte: 1 });
    program.touch({ access: "write", at: at + 100n, count: 2, stride: 1, byte: 2 });
    const one = program.touch({ access: "read", at, count: 3, stride: 1, sampling: "times" });
    const two = program.touch({ access: "read", at: at + 100n, count: 2, stride: 1, sampling: "times" });
    const run = runProgram(program);
    expect([0, 1, 2].map((i) => run.sample(one, i).loaded)).toEqual([1, 1, 1]);
    expect([0, 1].map((i) => run.sample(two, i).loaded)).toEqual([2, 2]);
  });

  test("may walk downwards", () => {
    const program = new Program();
    const step = program.touch({ access: "write", at: at + 4n * PAGE, count: 5, stride: -PAGE_SIZE });
    expect(runProgram(program).touched(step)).toBe(5);
  });

  test.each([0, 1, 64, PAGES])("%i first stores on fresh pages are exactly as many minor faults", (count) => {
    const program = new Program();
    const [before, after] = [program.buffer(RUSAGE_LAYOUT.bytes), program.buffer(RUSAGE_LAYOUT.bytes)];
    program.syscall("getrusage", [RUSAGE.THREAD, before]);
    const step = program.touch({ access: "write", at, count });
    program.syscall("getrusage", [RUSAGE.THREAD, after]);
    const run = runProgram(program);
    expect(run.touched(step)).toBe(count);
    expect(run.view(after).getBigInt64(RUSAGE_LAYOUT.minflt, true) - run.view(before).getBigInt64(RUSAGE_LAYOUT.minflt, true)).toBe(
      BigInt(count),
    );
  });

  test("with counters around each say which touch faulted", () => {
    const program = new Program();
    program.touch({ access: "write", at, count: 10, stride: 2 * PAGE_SIZE });
    const step = program.touch({ access: "write", at, count: 20, sampling: "counters" });
    const run = runProgram(program);
    expect(Array.from({ length: 20 }, (_, i) => run.sample(step, i).minor)).toEqual(Array.from({ length: 20 }, (_, i) => i % 2));
  });

  test("stop at the first signal; the steps after it run", () => {
    munmap(at + 3n * PAGE, PAGE_SIZE);
    const program = new Program();
    const step = program.touch({ access: "write", at, count: 10, sampling: "times" });
    const after = program.load(at);
    const run = runProgram(program);
    expect(run.touched(step)).toBe(3);
    expect(run.signal(step)).toMatchObject({ code: "SEGV_MAPERR", address: at + 3n * PAGE });
    expect(run.sample(step, 3).after).toBeGreaterThan(run.sample(step, 3).before);
    expect(run.sample(step, 4).after).toBe(0n);
    expect(run.result(after)).toBe(0xc3n);
  });

  test.each([
    [{ count: -1 }, /count/],
    [{ count: 1.5 }, /count/],
    [{ stride: Number.NaN }, /stride/],
    [{ byte: 256 }, /byte/],
    [{ byte: 0.5 }, /byte/],
  ])("%o is refused", (odd, message) => {
    expect(() => new Program().touch({ access: "write", at, ...odd })).toThrow(message);
  });
});

test("a program of many steps runs whole, whatever its size", () => {
  const program = new Program();
  for (let i = 0; i < 200_000; i++) program.load(at + BigInt(i % 4096));
  const run = runProgram(program);
  expect(run.touched(0) + run.touched(199_999)).toBe(2);
  expect(run.after(199_999)).toBeGreaterThan(run.after(0));
});

test("buffers hold what they were given, and what the kernel wrote", () => {
  const program = new Program();
  const given = program.buffer(3, Uint8Array.of(1, 2, 3));
  const time = program.buffer(16);
  program.syscall("clock_gettime", [1, time]);
  const run = runProgram(program);
  expect([...run.bytes(given)]).toEqual([1, 2, 3]);
  expect(run.view(time).getBigInt64(0, true)).toBeGreaterThan(0n);
});

test("results stay valid when another program runs", () => {
  const first = new Program();
  const step = first.store(at, 7);
  const read = first.load(at);
  const run = runProgram(first);
  const second = new Program();
  second.store(at, 8);
  second.load(at);
  runProgram(second);
  expect([run.touched(step), run.result(read)]).toEqual([1, 7n]);
});

test("times lie on the clock of process.hrtime", () => {
  const before = process.hrtime.bigint();
  const program = new Program();
  const step = program.load(at);
  const run = runProgram(program);
  const after = process.hrtime.bigint();
  const slack = 1_000_000n; // 1 ms: what the calibration may be off
  expect(ticksToMonotonicNs(run.before(step))).toBeGreaterThan(before - slack);
  expect(ticksToMonotonicNs(run.after(step))).toBeLessThan(after + slack);
  expect(ticksToNs(run.after(step) - run.before(step))).toBeGreaterThan(0);
});
