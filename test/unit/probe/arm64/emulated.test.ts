/** The probe's arm64 machine code, run for real under emulation: the programs of ../program.test.ts and ../signals.test.ts in small. */
import { describe, expect, test } from "vitest";
import { MAP, PROT } from "../../../../kernel/src/abi/index.js";
import { Program } from "../../../../kernel/src/probe/program.js";
import { emulatorMissing } from "./emulator.js";
import { CHILD, call, crashAfter, runEmulated, runInChild } from "./run-emulated.js";

const PAGE = 4096;
const READ_WRITE = PROT.READ | PROT.WRITE;
const FIXED = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
const HERE = 0x2000_0000n;
const RET = [0xc0, 0x03, 0x5f, 0xd6];

/** A program that starts with pages at HERE. */
function mapped(pages: number, prot: number): Program {
  const program = new Program();
  call(program, "mmap", [HERE, pages * PAGE, prot, FIXED, -1, 0]);
  return program;
}

describe.skipIf(emulatorMissing)("the arm64 probe under emulation (needs qemu-user)", () => {
  test("makes system calls, and hands results on from step to step", () => {
    const program = new Program();
    const map = call(program, "mmap", [0, 2 * PAGE, READ_WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0], { keepsResult: true });
    const store = program.store(5n, 0xa7, { addsTo: [0] });
    const load = program.load(5n, { addsTo: [0] });
    const zero = program.load(6n, { addsTo: [0] });
    const unmap = call(program, "munmap", [0, 2 * PAGE], { addsTo: [0] });
    const again = program.load(5n, { addsTo: [0] });
    const odd = call(program, "munmap", [1, PAGE]);
    const { run } = runEmulated(program);
    expect(run.result(map)).toBeGreaterThan(0n);
    expect([run.touched(store), run.result(store), run.result(load), run.result(zero)]).toEqual([1, 0n, 0xa7n, 0n]);
    expect([run.result(unmap), run.result(odd)]).toEqual([0n, -22n]);
    expect(run.signal(again)).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR", address: run.result(map) + 5n });
  });

  test("adds R to each argument that asks for it, and to no other", () => {
    const program = new Program();
    const buffer = program.buffer(8);
    call(program, "mmap", [HERE, PAGE, READ_WRITE, FIXED, -1, 0], { keepsResult: true });
    // pwrite64 and pread64 on a memory file would do too; mremap has five arguments that matter.
    const moved = call(program, "mremap", [0, PAGE, 2 * PAGE, 3, PAGE * 4], { addsTo: [0, 4] });
    const there = program.load(BigInt(4 * PAGE), { addsTo: [0] });
    const failed = call(program, "mremap", [0, PAGE, PAGE, 0, 0], { addsTo: [0] });
    const { run } = runEmulated(program);
    expect(run.result(moved)).toBe(HERE + BigInt(4 * PAGE));
    expect([run.touched(there), run.result(failed)]).toEqual([1, -14n]);
    expect([...run.bytes(buffer)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test.each([
    ["R is 0", 0n, true],
    ["R is 0", 1n, false],
    ["R is not 0", 1n, true],
    ["R is not 0", 0n, false],
    ["R is an error", -22n, true],
    ["R is an error", 1n, false],
  ] as const)("skips when %s, with R %s: %s", (when, result, skips) => {
    const program = new Program();
    // Results by choice: 0 from munmap, an error from it, and a count from write of one byte.
    const byte = program.buffer(1);
    if (result === 0n) call(program, "munmap", [HERE, PAGE], { keepsResult: true });
    else if (result < 0n) call(program, "munmap", [1, PAGE], { keepsResult: true });
    else call(program, "write", [1, byte, 1], { keepsResult: true });
    program.skip(2, when);
    const [first, second] = [call(program, "gettid", []), call(program, "gettid", [])];
    const last = call(program, "gettid", []);
    const { run } = runEmulated(program);
    expect([run.ran(first), run.ran(second), run.ran(last)]).toEqual([!skips, !skips, true]);
  });

  test("ends where more is skipped than there is", () => {
    const program = new Program();
    program.skip(1000, "R is 0");
    const step = call(program, "gettid", []);
    expect(runEmulated(program).run.ran(step)).toBe(false);
  });

  test("touches in strides, both ways, with times, bytes and counters", () => {
    const program = mapped(8, READ_WRITE);
    const store = program.touch({ access: "write", at: HERE, count: 8, byte: 9, sampling: "counters" });
    const load = program.touch({ access: "read", at: HERE + BigInt(7 * PAGE), count: 8, stride: -PAGE, sampling: "times" });
    const none = program.touch({ access: "read", at: HERE, count: 0 });
    const { run } = runEmulated(program);
    expect([run.touched(store), run.touched(load), run.touched(none)]).toEqual([8, 8, 0]);
    const samples = Array.from({ length: 8 }, (_sample, i) => run.sample(load, i));
    expect(samples.map(({ loaded }) => loaded)).toEqual(Array.from({ length: 8 }, () => 9));
    for (const [i, { before, after }] of samples.entries()) {
      expect(after).toBeGreaterThanOrEqual(before);
      expect(before).toBeGreaterThanOrEqual(i === 0 ? run.before(load) : (samples[i - 1]?.after ?? 0n));
    }
    expect(run.before(load)).toBeGreaterThanOrEqual(run.after(store));
    // The emulator's own faults come on top of those of the pages.
    const minor = Array.from({ length: 8 }, (_sample, i) => run.sample(store, i).minor);
    expect(Math.min(...minor)).toBeGreaterThanOrEqual(1);
    expect(minor.reduce((sum, count) => sum + count)).toBeLessThan(1000);
  });

  const SIGNALS = [
    { name: "a load where nothing is mapped", prot: undefined, access: "read", signal: "SIGSEGV", code: "SEGV_MAPERR" },
    { name: "a store where nothing is mapped", prot: undefined, access: "write", signal: "SIGSEGV", code: "SEGV_MAPERR" },
    { name: "a fetch where nothing is mapped", prot: undefined, access: "exec", signal: "SIGSEGV", code: "SEGV_MAPERR" },
    { name: "a load without the right", prot: PROT.NONE, access: "read", signal: "SIGSEGV", code: "SEGV_ACCERR" },
    { name: "a store without the right", prot: PROT.READ, access: "write", signal: "SIGSEGV", code: "SEGV_ACCERR" },
    { name: "a fetch without the right", prot: READ_WRITE, access: "exec", signal: "SIGSEGV", code: "SEGV_ACCERR" },
  ] as const;

  test.each(SIGNALS)("survives $name, and goes on", ({ prot, access, signal, code }) => {
    const program = mapped(1, prot ?? READ_WRITE);
    if (prot === undefined) call(program, "munmap", [HERE, PAGE]);
    const sampled = program.touch({ access, at: HERE + 12n, count: 3, sampling: "times" });
    const plain = program.touch({ access, at: HERE + 16n, count: 3 });
    const after = call(program, "gettid", []);
    const { run } = runEmulated(program);
    expect(run.signal(sampled)).toMatchObject({ signal, code, address: HERE + 12n });
    expect(run.signal(plain)).toMatchObject({ signal, code, address: HERE + 16n });
    expect([run.touched(sampled), run.result(sampled), run.touched(plain)]).toEqual([0, -1n, 0]);
    expect(run.sample(sampled, 0).after).toBeGreaterThanOrEqual(run.sample(sampled, 0).before);
    expect(run.sample(sampled, 1).after).toBe(0n);
    expect(run.result(after)).toBeGreaterThan(0n);
  });

  test("counts the touches before a signal", () => {
    const program = mapped(3, READ_WRITE);
    call(program, "mprotect", [HERE + BigInt(2 * PAGE), PAGE, PROT.READ]);
    const store = program.touch({ access: "write", at: HERE, count: 3 });
    const { run } = runEmulated(program);
    expect(run.touched(store)).toBe(2);
    expect(run.signal(store)).toMatchObject({ code: "SEGV_ACCERR", address: HERE + BigInt(2 * PAGE) });
  });

  test("survives SIGBUS beyond the end of a file", () => {
    const program = new Program();
    const name = program.buffer(8, Buffer.from("file\0"));
    call(program, "memfd_create", [name, 0], { keepsResult: true });
    call(program, "ftruncate", [0, PAGE], { addsTo: [0] });
    call(program, "mmap", [HERE, 2 * PAGE, READ_WRITE, MAP.SHARED | MAP.FIXED, 0, 0], { addsTo: [4] });
    const inside = program.store(HERE, 1);
    const beyond = program.store(HERE + BigInt(PAGE), 1);
    const { run } = runEmulated(program);
    expect(run.touched(inside)).toBe(1);
    expect(run.signal(beyond)).toMatchObject({ signal: "SIGBUS", code: "BUS_ADRERR", address: HERE + BigInt(PAGE) });
  });

  test("executes what it has stored, and what replaces it", () => {
    const program = mapped(1, READ_WRITE | PROT.EXEC);
    for (const [i, byte] of RET.entries()) program.store(HERE + BigInt(i), byte);
    const first = program.touch({ access: "exec", at: HERE, sampling: "times" });
    // The same page again, at another place.
    for (const [i, byte] of RET.entries()) program.store(HERE + 64n + BigInt(i), byte);
    const second = program.touch({ access: "exec", at: HERE, count: 2, stride: 64 });
    const { run } = runEmulated(program);
    expect([run.touched(first), run.touched(second)]).toEqual([1, 2]);
    expect([run.signal(first), run.signal(second)]).toEqual([undefined, undefined]);
  });

  test("leaves a fault that is not a touch's to the default: it ends the process", () => {
    const { signal, output } = crashAfter(mapped(1, READ_WRITE), 0x1234n);
    expect(signal).toBe("SIGSEGV");
    expect(output.length).toBe(0);
  });

  /** Maps the child's mailbox, takes its content from stdin, forks, waits for the answer and writes the mailbox out. */
  function servingParent(kind: "bare" | "thread", flags: number, mailbox: Uint8Array) {
    const program = new Program();
    const timeout = program.buffer(16, new Uint8Array(BigInt64Array.of(10n, 0n).buffer));
    call(program, "mmap", [CHILD.mailbox, CHILD.bytes, READ_WRITE, MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED, -1, 0]);
    const read = call(program, "read", [0, CHILD.mailbox, CHILD.bytes]);
    const fork = program.fork(CHILD.mailbox, flags, kind);
    call(program, "futex", [CHILD.mailbox, 0, 1, timeout]);
    call(program, "write", [1, CHILD.mailbox, CHILD.bytes]);
    const { run, written } = runEmulated(program, { input: mailbox });
    expect(run.result(read)).toBe(BigInt(CHILD.bytes));
    return { child: run.result(fork), written };
  }

  const CHILDREN = [
    { name: "process", kind: "bare", flags: 17 },
    { name: "thread", kind: "thread", flags: 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000 | 0x4_0000 },
  ] as const;

  test.each(CHILDREN)("forks a $name, which serves a program and survives a fault in it", ({ kind, flags }) => {
    const program = new Program();
    const id = call(program, "gettid", []);
    const refused = program.load(8n);
    const map = call(program, "mmap", [HERE, PAGE, READ_WRITE, FIXED, -1, 0]);
    const store = program.store(HERE, 3);
    let child = 0n;
    const run = runInChild(program, (mailbox) => {
      const parent = servingParent(kind, flags, mailbox);
      ({ child } = parent);
      expect(parent.written.readUInt32LE(0)).toBe(0); // the request has been answered
      return parent.written;
    });
    expect(child).toBeGreaterThan(0n);
    expect(run.result(id)).toBe(child);
    expect(run.signal(refused)).toMatchObject({ code: "SEGV_MAPERR", address: 8n });
    expect([run.result(map), run.touched(store)]).toEqual([HERE, 1]);
  });
});
