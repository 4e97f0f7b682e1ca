/** Programs whose page faults are resolved by JavaScript: in another thread, through userfaultfd. */
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { mmap, munmap, mprotect, readMaps, type UserFault } from "../../../kernel/src/linux/index.js";
import {
  FaultServer,
  Program,
  ServingAlready,
  endServing,
  runProgram,
  runServed,
  userfaultfdAbility,
  type FaultAnswer,
} from "../../../kernel/src/probe/index.js";

const RW = PROT.READ | PROT.WRITE;
const PAGE = BigInt(PAGE_SIZE);
const PAGES = 16;
const { allowed, how } = userfaultfdAbility();
const needs = allowed === "no" ? ` (needs userfaultfd: ${how ?? ""})` : "";

function threads(): number {
  return readdirSync("/proc/self/task").length;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe.skipIf(allowed === "no")(`programs in served memory${needs}`, () => {
  let at = 0n;
  let servers: FaultServer[] = [];

  beforeEach(() => {
    at = mmap(null, PAGES * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
  });

  afterEach(() => {
    for (const server of servers) server.close();
    servers = [];
    endServing();
    munmap(at, PAGES * PAGE_SIZE);
  });

  function serve(answer: (fault: UserFault) => FaultAnswer): FaultServer {
    const server = new FaultServer("MISSING", answer);
    servers.push(server);
    server.add({ start: at, end: at + BigInt(PAGES) * PAGE });
    return server;
  }

  const bytes = (byte: number): FaultAnswer => ({ kind: "bytes", bytes: Uint8Array.of(byte, byte, byte) });

  test("a load gets the byte of the answer, and zeros after its end", () => {
    serve(({ address }) => bytes(Number((address - at) / PAGE) + 1));
    const program = new Program();
    const [first, second, after] = [program.load(at + 2n), program.load(at + 3n * PAGE), program.load(at + 3n)];
    const { run, faults, failure } = runServed(program);
    expect(failure).toBeUndefined();
    expect([first, second, after].map((step) => run.result(step))).toEqual([1n, 4n, 0n]);
    expect(faults.map(({ kind, access, address }) => [kind, access, (address - at) / PAGE])).toEqual([
      ["missing", "read", 0n],
      ["missing", "read", 3n],
    ]);
  });

  test("a store is told as a write, and goes into the page that was put there", () => {
    serve(() => bytes(7));
    const program = new Program();
    program.store(at, 9);
    const [stored, beside] = [program.load(at), program.load(at + 1n)];
    const { run, faults } = runServed(program);
    expect([run.result(stored), run.result(beside)]).toEqual([9n, 7n]);
    expect(faults.map(({ access }) => access)).toEqual(["write"]);
  });

  test("an answer that throws ends the access with a signal, and the next access asks again", () => {
    let broken = true;
    serve(() => {
      if (broken) throw new Error("no such page");
      return bytes(5);
    });
    const program = new Program();
    const step = program.touch({ access: "read", at, count: 3 });
    const { run, failure } = runServed(program);
    expect(failure?.error).toEqual(new Error("no such page"));
    expect(run.touched(step)).toBe(0);
    expect(run.signal(step)?.signal).toBe("SIGSEGV");
    broken = false;
    const again = new Program();
    const load = again.load(at);
    expect(runServed(again).run.result(load)).toBe(5n);
    // The rights that were taken away for the moment are back, in one VMA.
    const vmas = readMaps().filter(({ start, end }) => start < at + BigInt(PAGES) * PAGE && end > at);
    expect(vmas.every(({ perms }) => perms === "rw-p")).toBe(true);
  });

  test("an access to memory that the answer unmaps is SIGSEGV", () => {
    serve(() => {
      munmap(at, PAGE_SIZE);
      return bytes(1);
    });
    const program = new Program();
    const step = program.load(at);
    const { run } = runServed(program);
    expect(run.signal(step)?.code).toBe("SEGV_MAPERR");
  });

  test("an access to memory that the answer makes unreadable is SIGSEGV", () => {
    serve(() => {
      mprotect(at, PAGE_SIZE, PROT.NONE);
      return bytes(1);
    });
    const program = new Program();
    const step = program.load(at);
    expect(runServed(program).run.signal(step)?.code).toBe("SEGV_ACCERR");
  });

  test("closing the server within an answer leaves the fault to the kernel", () => {
    const server = serve(() => {
      server.close();
      return bytes(1);
    });
    const program = new Program();
    const step = program.load(at);
    const { run } = runServed(program);
    expect([run.result(step), run.signal(step)]).toEqual([0n, undefined]);
  });

  test("a program in served memory from within an answer is refused, the outer one goes on", () => {
    let inner: unknown;
    serve(() => {
      try {
        runServed(new Program());
      } catch (error) {
        inner = error;
      }
      return bytes(3);
    });
    const program = new Program();
    const step = program.load(at);
    expect(runServed(program).run.result(step)).toBe(3n);
    expect(inner).toBeInstanceOf(ServingAlready);
  });

  test("an answer may run programs in other memory", () => {
    serve(() => {
      const program = new Program();
      const step = program.load(0n);
      return bytes(runProgram(program).signal(step) === undefined ? 1 : 2);
    });
    const program = new Program();
    const step = program.load(at);
    expect(runServed(program).run.result(step)).toBe(2n);
  });

  test("signals and results of the other thread are told as those of this one", () => {
    serve(() => bytes(1));
    const program = new Program();
    const [refused, page, pid] = [program.load(0n), program.load(at), program.syscall("gettid", [])];
    const { run } = runServed(program);
    expect(run.signal(refused)?.code).toBe("SEGV_MAPERR");
    expect(run.result(page)).toBe(1n);
    expect(Number(run.result(pid))).not.toBe(process.pid);
    // V8's own handler is still reached: a trap of WebAssembly is an error, not the end.
    expect(() => wasmTrap()).toThrow(WebAssembly.RuntimeError);
  });

  test("nothing is left: no thread, no descriptor, no mapping", () => {
    const before = [threads(), descriptors()];
    const anonymous = () => readMaps().filter(({ path }) => path.includes("userfaultfd") || path.startsWith("/dev/zero")).length;
    const maps = anonymous();
    for (let round = 0; round < 20; round++) {
      const server = serve(() => bytes(1));
      const program = new Program();
      program.load(at + BigInt(round % PAGES) * PAGE);
      runServed(program);
      expect(threads()).toBe((before[0] ?? 0) + 1);
      server.close();
      endServing();
    }
    expect([threads(), descriptors()]).toEqual(before);
    expect(anonymous()).toBeLessThanOrEqual(maps + 1);
  });

  test("a program that is too long is refused, and the thread goes on", () => {
    serve(() => bytes(1));
    const long = new Program();
    long.touch({ access: "read", at, count: 1_000_000, stride: 0, sampling: "times" });
    expect(() => runServed(long)).toThrow(RangeError);
    const program = new Program();
    const step = program.load(at);
    expect(runServed(program).run.result(step)).toBe(1n);
  });
});

/** (module (memory 1) (func (export "f") (drop (i32.load (i32.const -4))))) */
function wasmTrap(): void {
  const code = "0061736d01000000010401600000030201000503010001070501016600000a0a010800417c2802001a0b";
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, "hex")));
  const { f } = instance.exports;
  if (typeof f === "function") f();
}
