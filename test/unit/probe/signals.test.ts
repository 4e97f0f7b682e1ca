/** Refused accesses: the signal, its code and address, and that the process lives on. */
import { describe, expect, test } from "vitest";
import { MAP, MFD, PAGE_SIZE, PROT, TASK_SIZE } from "../../../kernel/src/abi/index.js";
import { close, ftruncate, memfd_create, mmap, munmap } from "../../../kernel/src/linux/index.js";
import { Program, runProgram, thisArchitecture, type AccessSignal } from "../../../kernel/src/probe/index.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const PAGE = BigInt(PAGE_SIZE);

type Access = "read" | "write" | "exec";

function touch(at: bigint, access: Access): AccessSignal | undefined {
  const program = new Program();
  const step = program.touch({ at, access });
  return runProgram(program).signal(step);
}

function mapped<T>(prot: number, use: (at: bigint) => T): T {
  const at = mmap(null, PAGE_SIZE, prot, ANON, -1, 0);
  try {
    return use(at);
  } finally {
    munmap(at, PAGE_SIZE);
  }
}

/** The second page of a mapping whose file ends in the first. */
function beyondEnd<T>(use: (at: bigint) => T): T {
  const fd = memfd_create("end", MFD.CLOEXEC);
  try {
    ftruncate(fd, 5);
    const at = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
    try {
      return use(at + PAGE);
    } finally {
      munmap(at, 2 * PAGE_SIZE);
    }
  } finally {
    close(fd);
  }
}

/** Map and unmap in the program itself: an address unmapped earlier may be in use again. */
function unmapped(access: Access): { readonly at: bigint; readonly raised: AccessSignal | undefined } {
  const program = new Program();
  const map = program.syscall("mmap", [0, PAGE_SIZE, RW, ANON, -1, 0], { keepsResult: true });
  program.syscall("munmap", [0, PAGE_SIZE], { addsTo: [0] });
  const step = program.touch({ at: 0n, access }, { addsTo: [0] });
  const run = runProgram(program);
  return { at: run.result(map), raised: run.signal(step) };
}

type Row = readonly [what: string, prot: number, access: Access, signal: string | undefined];

const RIGHTS: readonly Row[] = [
  ["write to PROT_READ", PROT.READ, "write", "SEGV_ACCERR"],
  ["read from PROT_NONE", PROT.NONE, "read", "SEGV_ACCERR"],
  ["write to PROT_NONE", PROT.NONE, "write", "SEGV_ACCERR"],
  ["execute PROT_READ|PROT_WRITE", RW, "exec", "SEGV_ACCERR"],
  ["read from PROT_READ", PROT.READ, "read", undefined],
  ["write to PROT_WRITE", PROT.WRITE, "write", undefined],
  ["read from PROT_WRITE: x86 has no write-only pages", PROT.WRITE, "read", undefined],
];

describe("an access the mapping does not allow", () => {
  test.each(RIGHTS)("%s", (_what: string, prot: number, access: Access, code: string | undefined) => {
    mapped(prot, (at) => {
      const raised = touch(at + 9n, access);
      if (code === undefined) expect(raised).toBeUndefined();
      else
        expect(raised).toMatchObject({
          signal: "SIGSEGV",
          code,
          address: at + 9n,
          error: { write: access === "write", fetch: access === "exec" },
        });
    });
  });

  test("the processor says whether a page was there", () => {
    mapped(PROT.READ, (at) => {
      expect(touch(at, "write")?.error.present).toBe(false);
      expect(touch(at, "read")).toBeUndefined();
      expect(touch(at, "write")?.error.present).toBe(true);
    });
  });
});

describe("an access outside of any mapping", () => {
  test.each(["read", "write", "exec"] as const)("%s of unmapped memory", (access) => {
    const { at, raised } = unmapped(access);
    expect(raised).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR", address: at });
  });

  test.each([
    ["the null page", 0n, "SEGV_MAPERR", 0n],
    ["the last address", (1n << 64n) - 1n, "SEGV_MAPERR", (1n << 64n) - 1n],
    ["the first address past user space", TASK_SIZE, "SEGV_MAPERR", TASK_SIZE],
    ["a non-canonical address", 1n << 60n, "SI_KERNEL", 0n],
  ] as const)("read of %s", (_what, at, code, address) => {
    expect(touch(at, "read")).toMatchObject({ signal: "SIGSEGV", code, address });
  });
});

test.each(["read", "write"] as const)("%s past the end of the file is SIGBUS", (access) => {
  beyondEnd((at) => expect(touch(at + 3n, access)).toMatchObject({ signal: "SIGBUS", code: "BUS_ADRERR", address: at + 3n }));
});

test("the rest of the page in which the file ends is zeros", () => {
  beyondEnd((at) => expect(touch(at - 1n, "read")).toBeUndefined());
});

describe("executing a byte", () => {
  test("a return instruction comes back", () => {
    mapped(RW | PROT.EXEC, (at) => {
      expect(touch(at, "write")).toBeUndefined();
      expect(touch(at, "exec")).toBeUndefined();
    });
  });

  test("zeros are a store to address 0, which is caught", () => {
    mapped(PROT.EXEC, (at) => expect(touch(at, "exec")).toMatchObject({ code: "SEGV_MAPERR", address: 0n }));
  });

  test.each([
    [[0xc3], undefined],
    [[0, 0], undefined],
    [[0x5a, 0xc3], /0x5a, not 0xc3/],
    [[0], /0x00/],
    [[0xf4], /0xf4/],
  ] as const)("bytes %o are judged before they run", (bytes, refusal) => {
    const judged = thisArchitecture().refuseToRun(Uint8Array.from(bytes));
    if (refusal === undefined) expect(judged).toBeUndefined();
    else expect(judged).toMatch(refusal);
  });
});

/** A module whose function f loads at its argument: (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load)). */
const OUT_OF_BOUNDS = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  6,
  1,
  96,
  1,
  127,
  1,
  127,
  3,
  2,
  1,
  0,
  5,
  3,
  1,
  0,
  1,
  7,
  5,
  1,
  1,
  102,
  0,
  0,
  10,
  9,
  1,
  7,
  0,
  32,
  0,
  40,
  2,
  0,
  11,
);

test("WebAssembly's own use of SIGSEGV works beside it", () => {
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(OUT_OF_BOUNDS)).exports;
  if (typeof f !== "function") throw new Error("the module exports no function f");
  for (let i = 0; i < 1000; i++) {
    expect(() => f(0x7fff_ffff) as unknown).toThrow(/out of bounds/);
    expect(touch(0n, "read")?.code).toBe("SEGV_MAPERR");
  }
});

test("ten thousand signals in a row are each reported", () => {
  mapped(PROT.READ, (at) => {
    const program = new Program();
    for (let i = 0; i < 10_000; i++) program.store(at + BigInt(i % PAGE_SIZE), 1);
    const run = runProgram(program);
    const wrong = Array.from({ length: 10_000 }, (_, i) => i).filter((i) => run.signal(i)?.address !== at + BigInt(i % PAGE_SIZE));
    expect(wrong).toEqual([]);
  });
});
