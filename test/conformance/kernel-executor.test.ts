/** The executor on the live kernel: outcomes, exact counts, faults, and what looking shows. */
import { readdirSync, readlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { F_SEAL, MADV, MAP, MFD, MLOCK, MREMAP, MS, PAGE_SIZE, PROT, TASK_SIZE } from "../../kernel/src/abi/index.js";
import { bytes, close, memfd_create, readMaps } from "../../kernel/src/linux/index.js";
import { KernelExecutor, NotInThisExecutor, backingDirectory } from "../../kernel/src/lab/kernel/index.js";
import type { InitialData, Operation } from "../../kernel/src/model/operation.js";
import type { Result } from "../../kernel/src/model/result.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const PAGE = BigInt(PAGE_SIZE);
const LENGTH = 512n * PAGE;

let kernel: KernelExecutor;
let at: bigint;

function run(operation: Operation): Result {
  return kernel.run(operation);
}

function value(operation: Operation): bigint {
  const { outcome } = run(operation);
  if (outcome.kind !== "value")
    throw new Error(
      `${operation.op} ended in ${JSON.stringify(outcome, (_key, part: unknown) => (typeof part === "bigint" ? `0x${part.toString(16)}` : part))}`,
    );
  return outcome.value;
}

function mmapFile(file: string, pages: number, flags: number = MAP.SHARED, prot: number = RW): bigint {
  return value({ op: "mmap", at: 0n, length: BigInt(pages) * PAGE, prot, flags, file, offset: 0n });
}

function openFile(
  backing: "memfd" | "tmpfs" | "ext4",
  pages: number,
  data: InitialData,
  more: { sealable?: boolean; access?: "ro" | "wo" | "rw" } = {},
): void {
  value({ op: "open", file: "F", backing, access: "rw", size: pages * PAGE_SIZE, data, fill: 0x5a, ...more });
}

function fresh(): void {
  at = value({ op: "mmap", at: 0n, length: LENGTH, prot: RW, flags: ANON, file: null, offset: 0n });
  value({ op: "madvise", at, length: LENGTH, advice: MADV.NOHUGEPAGE });
}

beforeEach(() => {
  kernel = new KernelExecutor();
  fresh();
});

afterEach(() => {
  value({ op: "munmap", at, length: LENGTH });
  kernel.close();
});

describe.each([undefined, "counters around each touch"] as const)("fault counts (trace source: %s)", (trace) => {
  beforeEach(() => {
    if (trace === undefined) return;
    value({ op: "munmap", at, length: LENGTH });
    kernel.close();
    kernel = new KernelExecutor({ trace });
    fresh();
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

describe("looking", () => {
  test("maps are clipped to the range, with the file's name", () => {
    openFile("memfd", 4, "data");
    const m = mmapFile("F", 4);
    expect(run({ op: "maps", at: m + PAGE, length: 2n * PAGE }).seen).toEqual({
      kind: "maps",
      vmas: [{ start: m + PAGE, end: m + 3n * PAGE, perms: "rw-s", offset: PAGE, object: "F" }],
    });
    value({ op: "munmap", at: m, length: 4n * PAGE });
    expect(run({ op: "maps", at: m, length: 4n * PAGE }).seen).toEqual({ kind: "maps", vmas: [] });
  });

  test("maps name shared anonymous memory /dev/zero and private anonymous memory nothing", () => {
    value({ op: "mmap", at, length: PAGE, prot: RW, flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED, file: null, offset: 0n });
    const { seen } = run({ op: "maps", at, length: 2n * PAGE });
    expect(seen?.kind === "maps" ? seen.vmas.map(({ object, perms }) => [object, perms]) : []).toEqual([
      ["/dev/zero", "rw-s"],
      [null, "rw-p"],
    ]);
  });

  test("resident shows nothing, zero page, anonymous and file pages", () => {
    run({ op: "touch", at: at + PAGE, access: "read" });
    run({ op: "touch", at: at + 2n * PAGE, access: "write" });
    openFile("memfd", 1, "data");
    value({ op: "mmap", at: at + 3n * PAGE, length: PAGE, prot: RW, flags: MAP.SHARED | MAP.FIXED, file: "F", offset: 0n });
    run({ op: "touch", at: at + 3n * PAGE, access: "read" });
    expect(run({ op: "resident", at, length: 5n * PAGE }).seen).toEqual({ kind: "resident", pages: ".zaf." });
  });

  test("mincore, peek, vmflags and status", () => {
    run({ op: "touch", at: at + PAGE, access: "write", byte: 0x42 });
    expect(run({ op: "mincore", at, length: 3n * PAGE }).seen).toEqual({ kind: "mincore", pages: Uint8Array.of(0, 1, 0) });
    expect(run({ op: "peek", at: at + PAGE, length: 3 })).toMatchObject({
      seen: { bytes: Uint8Array.of(0x42, 0, 0) },
      counts: { minor: 0, major: 0 },
    });
    expect(run({ op: "peek", at: 0n }).outcome).toMatchObject({ kind: "signal", code: "SEGV_MAPERR" });
    const before = run({ op: "status" }).seen;
    value({ op: "mlock2", at, length: 2n * PAGE, flags: MLOCK.ONFAULT });
    const after = run({ op: "status" }).seen;
    expect(before?.kind === "status" && after?.kind === "status" ? after.vmLckKb - before.vmLckKb : undefined).toBe(8);
    const flags = run({ op: "vmflags", at }).seen;
    expect(flags?.kind === "vmflags" ? flags.flags : []).toContain("lo");
    value({ op: "munlock", at, length: 2n * PAGE });
  });

  test("a touch by reading shows the bytes it read", () => {
    run({ op: "touch", at, access: "write", byte: 7 });
    expect(run({ op: "touch", at, access: "read", count: 3 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(7, 0, 0) });
  });
});

describe("files", () => {
  for (const backing of ["memfd", "tmpfs", "ext4"] as const) {
    const there = backing === "memfd" || backingDirectory(backing) !== undefined;
    const lacking = there ? "" : ` (needs a writable directory on ${backing})`;

    test.skipIf(!there)(`${backing}: a read of a cached page maps the 16 around it, a write one${lacking}`, () => {
      openFile(backing, 64, "data");
      const m = mmapFile("F", 64, MAP.PRIVATE);
      expect(run({ op: "touch", at: m + 20n * PAGE, access: "read" }).counts).toEqual({ minor: 1, major: 0 });
      const { seen } = run({ op: "resident", at: m, length: 64n * PAGE });
      expect(seen?.kind === "resident" ? [...seen.pages].filter((page) => page === "f") : []).toHaveLength(16);
      expect(run({ op: "touch", at: m + 60n * PAGE, access: "write" }).counts).toEqual({ minor: 1, major: 0 });
      value({ op: "munmap", at: m, length: 64n * PAGE });
    });

    test.skipIf(!there)(
      `${backing}: stores through a shared mapping are seen by pread, and past the new end there is SIGBUS${lacking}`,
      () => {
        openFile(backing, 4, "hole");
        const m = mmapFile("F", 4);
        const stale = bytes(m, 4 * PAGE_SIZE);
        run({ op: "touch", at: m + PAGE, access: "write", byte: 0x42 });
        value({ op: "msync", at: m, length: 4n * PAGE, flags: MS.SYNC });
        expect(run({ op: "pread", file: "F", offset: PAGE_SIZE, length: 2 })).toMatchObject({
          outcome: { kind: "value", value: 2n },
          seen: { kind: "bytes", bytes: Uint8Array.of(0x42, 0) },
        });
        value({ op: "pwrite", file: "F", offset: 2 * PAGE_SIZE, length: 2 });
        expect(run({ op: "peek", at: m + 2n * PAGE, length: 3 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x5a, 0x5a, 0) });
        value({ op: "punch", file: "F", offset: PAGE_SIZE, length: PAGE_SIZE });
        expect(run({ op: "peek", at: m + PAGE }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0) });
        value({ op: "ftruncate", file: "F", size: PAGE_SIZE });
        expect(stale).toHaveLength(0);
        expect(run({ op: "touch", at: m + PAGE, access: "read" }).outcome).toMatchObject({
          kind: "signal",
          signal: "SIGBUS",
          code: "BUS_ADRERR",
          address: m + PAGE,
        });
        value({ op: "munmap", at: m, length: 4n * PAGE });
      },
    );
  }

  test.skipIf(backingDirectory("ext4") === undefined)(
    "ext4: a cold page is a major fault, an evicted one again (needs a writable directory on ext4)",
    () => {
      openFile("ext4", 64, "cold");
      const m = mmapFile("F", 64, MAP.PRIVATE);
      const first = run({ op: "touch", at: m, access: "read" });
      expect(first.counts).toEqual({ minor: 0, major: 1 });
      if (first.faults.length > 0) expect(first.faults.map(({ kind }) => kind)).toEqual(["major"]);
      value({ op: "munmap", at: m, length: 64n * PAGE });
      value({ op: "fsync", file: "F" });
      value({ op: "evict", file: "F" });
      const again = mmapFile("F", 64, MAP.PRIVATE);
      expect(run({ op: "touch", at: again, access: "read" }).counts.major).toBe(1);
      value({ op: "munmap", at: again, length: 64n * PAGE });
    },
  );

  test.skipIf(backingDirectory("ext4") === undefined)(
    "ext4: `cached` says which pages are in the page cache (needs a writable directory on ext4)",
    () => {
      const content = Uint8Array.of(1, 2, 3);
      value({
        op: "open",
        file: "F",
        backing: "ext4",
        access: "ro",
        size: 8 * PAGE_SIZE,
        data: "clean",
        fill: 9,
        content,
        cached: [
          [2, 4],
          [6, 7],
        ],
      });
      const m = mmapFile("F", 8, MAP.SHARED, PROT.READ);
      expect(run({ op: "mincore", at: m, length: 8n * PAGE }).seen).toEqual({
        kind: "mincore",
        pages: Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 0),
      });
      expect(run({ op: "peek", at: m, length: 5 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(1, 2, 3, 9, 9) });
      value({ op: "munmap", at: m, length: 8n * PAGE });
    },
  );

  test("a second name of one inode shares its pages; a sealed memfd refuses writable shared maps", () => {
    openFile("memfd", 2, "data", { sealable: true });
    value({ op: "open", file: "G", backing: "memfd", access: "ro", size: 0, data: "hole", sameInodeAs: "F" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: RW, flags: MAP.SHARED, file: "G", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EACCES",
    });
    value({ op: "pwrite", file: "F", offset: 0, length: 1, byte: 0x11 });
    const m = mmapFile("G", 1, MAP.SHARED, PROT.READ);
    expect(run({ op: "peek", at: m }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x11) });
    value({ op: "seal", file: "F", seals: F_SEAL.WRITE });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: RW, flags: MAP.SHARED, file: "F", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EPERM",
    });
    value({ op: "munmap", at: m, length: PAGE });
  });

  test("a write-only file cannot be mapped, an unmappable one gives ENODEV", () => {
    openFile("memfd", 1, "data", { access: "wo" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: PROT.READ, flags: MAP.PRIVATE, file: "F", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EACCES",
    });
    value({ op: "open", file: "N", backing: "unmappable", access: "rw", size: 0, data: "hole" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: PROT.READ, flags: MAP.PRIVATE, file: "N", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "ENODEV",
    });
  });

  test("a descriptor that the cell opened can be adopted, and stays the cell's", () => {
    const fd = memfd_create("mine", MFD.CLOEXEC);
    try {
      const file = kernel.adopt(fd);
      expect(file).toBe("memfd:mine");
      expect(kernel.adopt(fd)).toBe("memfd:mine#2");
      value({ op: "ftruncate", file, size: PAGE_SIZE });
      const m = mmapFile(file, 1);
      expect(run({ op: "maps", at: m, length: PAGE }).seen).toMatchObject({ vmas: [{ object: file }] });
      kernel.disown(file);
      expect(() => run({ op: "fsync", file })).toThrow(/no file memfd:mine is open here/);
      value({ op: "munmap", at: m, length: PAGE });
      kernel.close();
    } finally {
      close(fd);
    }
    expect(() => kernel.adopt(fd)).toThrow("EBADF");
  });

  test("a closed file is gone, its mapping is not", () => {
    openFile("memfd", 1, "data");
    const m = mmapFile("F", 1);
    value({ op: "close", file: "F" });
    expect(() => run({ op: "fsync", file: "F" })).toThrow(/no file F is open here: open it/);
    expect(run({ op: "touch", at: m, access: "read" }).outcome.kind).toBe("value");
    value({ op: "munmap", at: m, length: PAGE });
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

test.each(["fork", "exit", "wait", "rlimit", "dropcaps", "brk"] as const)("%s is refused: it needs a process of its own", (op) => {
  const operations: Record<typeof op, Operation> = {
    fork: { op: "fork", child: 1 },
    exit: { op: "exit" },
    wait: { op: "wait", child: 1 },
    rlimit: { op: "rlimit", which: "AS", value: 0n },
    dropcaps: { op: "dropcaps" },
    brk: { op: "brk", to: 0n },
  };
  expect(() => run(operations[op])).toThrow(NotInThisExecutor);
  expect(() => run({ op: "munlockall", process: 1 })).toThrow(/process 1: this executor has one process/);
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

test("open of a name that is taken is refused with what to do", () => {
  openFile("memfd", 1, "data");
  expect(() => openFile("memfd", 1, "data")).toThrow(/file F is open already: close it first/);
});
