/** What the fuzzer generates and how it shrinks, without a kernel. */
import { describe, expect, it } from "vitest";
import { Random, asScenario, generateSequence, shrink, type FuzzSequence, type Step } from "../../../kernel/src/lab/fuzz/index.js";
import { stepOperation, type Operation, type OperationName } from "../../../kernel/src/model/index.js";

const SURROUNDINGS = { fileKinds: ["memfd", "tmpfs", "ext4"], mayDropRights: true } as const;
const BASE = 0x2000_0000_0000n;
const PAGE = 4096n;
const TASK_SIZE = 0x7fff_ffff_f000n;
const SEQUENCES = 300;

function operationsOf(sequence: FuzzSequence): Operation[] {
  const context = { arenaBase: BASE, arenaPages: sequence.arenaPages, initialBreak: 0n, transferByte: 0 };
  return sequence.steps.map((_step, number) => stepOperation(asScenario(sequence), number, context));
}

const sequences = Array.from({ length: SEQUENCES }, (_, number) => generateSequence(11, number, SURROUNDINGS));
const operations = sequences.flatMap(operationsOf);
/** What runs in this very process. */
const operationsHere = sequences.filter(({ runsIn }) => runsIn === "this process").flatMap(operationsOf);

/** How each operation of the vocabulary is fuzzed. A new one does not compile until it has a line here. */
const DRAWN: Readonly<Record<OperationName, "drawn" | "at the start of each sequence" | "after each step">> = {
  open: "at the start of each sequence",
  close: "drawn",
  mmap: "drawn",
  munmap: "drawn",
  mprotect: "drawn",
  mremap: "drawn",
  madvise: "drawn",
  msync: "drawn",
  mlock: "drawn",
  munlock: "drawn",
  mlock2: "drawn",
  mlockall: "drawn",
  munlockall: "drawn",
  mseal: "drawn",
  mincore: "drawn",
  brk: "drawn",
  ftruncate: "drawn",
  pread: "drawn",
  pwrite: "drawn",
  fsync: "drawn",
  evict: "drawn",
  punch: "drawn",
  seal: "drawn",
  rlimit: "drawn",
  dropcaps: "drawn",
  fork: "drawn",
  exit: "drawn",
  wait: "drawn",
  touch: "drawn",
  kernel_copy: "drawn",
  peek: "drawn",
  advance: "drawn",
  maps: "after each step",
  resident: "after each step",
  vmflags: "after each step",
  status: "after each step",
};

describe("random sequences", () => {
  it("are the same for the same seed and number, and others for others", () => {
    expect(generateSequence(11, 3, SURROUNDINGS)).toEqual(sequences[3]);
    expect(generateSequence(12, 3, SURROUNDINGS)).not.toEqual(sequences[3]);
    expect(sequences[4]).not.toEqual(sequences[3]);
  });

  it("have every operation of the vocabulary", () => {
    const seen = new Set<string>(operations.map(({ op }) => op));
    const wanted = Object.entries(DRAWN).filter(([, how]) => how === "drawn");
    expect(wanted.map(([name]) => name).filter((name) => !seen.has(name))).toEqual([]);
    expect([...seen].filter((name) => DRAWN[name as OperationName] !== "drawn")).toEqual([]);
  });

  it("have forks of forks, and every process acts", () => {
    const forks = operations.filter((operation) => operation.op === "fork");
    expect(forks.some(({ process }) => (process ?? 0) > 0)).toBe(true);
    expect([...new Set(operations.map(({ process }) => process ?? 0))].sort()).toEqual([0, 1, 2, 3]);
  });

  it("keep what needs a process of its own out of this one", () => {
    const here = new Set<string>(operationsHere.map(({ op }) => op));
    for (const name of ["fork", "exit", "wait", "brk", "rlimit", "dropcaps", "mseal", "advance"]) expect(here.has(name)).toBe(false);
    expect(operationsHere.every(({ process }) => process === undefined)).toBe(true);
  });

  it("open one file twice now and then", () => {
    const again = sequences.flatMap(({ objects }) => Object.values(objects).filter(({ sameInodeAs }) => sameInodeAs !== undefined));
    expect(again.length).toBeGreaterThan(0);
  });

  it("map anonymous memory, private and shared, and files of every kind", () => {
    const kinds = new Set(sequences.flatMap(({ objects }) => Object.values(objects).map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(["ext4", "memfd", "tmpfs"]);
    const maps = operations.filter((operation) => operation.op === "mmap");
    for (const type of [1, 2, 3, 8]) expect(maps.some(({ flags }) => (flags & 15) === type)).toBe(true);
    expect(maps.some(({ file }) => file !== null)).toBe(true);
  });

  /** What a call may change must lie in the arena, or the kernel must refuse it before it does anything. */
  it("never reach memory outside the arena", () => {
    const end = BASE + BigInt(64) * PAGE;
    const inside = (at: bigint, length: bigint): boolean => at >= BASE && at + length <= end + PAGE && at < end;
    const refused = (at: bigint, length: bigint): boolean => at >= TASK_SIZE || at + length > TASK_SIZE;
    const reaching = operationsHere.filter((operation) => {
      switch (operation.op) {
        case "mmap":
          return (operation.flags & 0x10_0010) !== 0 && !inside(operation.at, operation.length) && !refused(operation.at, operation.length);
        case "munmap":
          return !inside(operation.at, operation.length) && !refused(operation.at, operation.length);
        case "mprotect":
        case "madvise":
        case "mlock":
        case "mlock2":
        case "munlock":
        case "msync": {
          // These do not look at the end of the address space: only a length that wraps around is refused.
          const wraps = operation.length > 0n && operation.at + operation.length >= 1n << 64n;
          return !inside(operation.at, operation.length) && operation.at < TASK_SIZE && !wraps;
        }
        case "mremap":
          return (operation.flags & 2) !== 0 && !inside(operation.to, operation.newLength) && !refused(operation.to, operation.newLength);
        case "touch":
          return (
            operation.access !== "read" &&
            operation.at > 0xffffn &&
            operation.at < TASK_SIZE &&
            !inside(operation.at, BigInt(operation.count ?? 1) * PAGE)
          );
        default:
          return false;
      }
    });
    expect(reaching).toEqual([]);
  });

  it("never lock all of the process's memory", () => {
    expect(operationsHere.filter((operation) => operation.op === "mlockall" && (operation.flags & 1) !== 0)).toEqual([]);
  });
});

describe("shrinking", () => {
  const [long] = sequences;
  const names = (sequence: FuzzSequence): unknown[] => sequence.steps.map(({ op }) => op);

  it("leaves the one call that matters", () => {
    const needle: Step = { op: "munmap", at: 7, len: 3 };
    const sequence = { ...long!, steps: long!.steps.toSpliced(37, 0, needle) };
    const small = shrink(sequence, ({ steps }) => steps.some(({ op, at }) => op === "munmap" && at === 7));
    expect(small.steps).toEqual([{ op: "munmap", at: 7, len: 1 }]);
    expect(small.objects).toEqual({});
  });

  it("keeps two calls in their order", () => {
    const steps: Step[] = [{ op: "mlockall", flags: ["FUTURE"] }, ...long!.steps, { op: "munlockall" }];
    const small = shrink({ ...long!, steps }, (candidate) => {
      const first = names(candidate).indexOf("mlockall");
      return first >= 0 && names(candidate).indexOf("munlockall", first) >= 0;
    });
    expect(names(small)).toEqual(["mlockall", "munlockall"]);
  });

  it("keeps a file that is open a second time under another name", () => {
    const file = { kind: "memfd", pages: 1, init: "data", open: "rw", allowSeals: false } as const;
    const steps: Step[] = [{ op: "fsync", obj: "b" }];
    const sequence = {
      arenaPages: 64,
      runsIn: "this process",
      objects: { a: file, b: { ...file, sameInodeAs: "a" }, c: file },
      steps,
    } as const;
    expect(Object.keys(shrink(sequence, (candidate) => candidate.steps.length === 1).objects)).toEqual(["a", "b"]);
  });

  it("makes arguments plain: one page, no flags, no count", () => {
    const step: Step = { op: "mmap", at: 4, len: 24, prot: "rw", flags: ["PRIVATE", "ANONYMOUS", "FIXED", "POPULATE", "STACK"] };
    const touch: Step = { op: "touch", kind: "write", at: { page: 4, byte: 17 }, count: 9, byte: 3 };
    const small = shrink({ arenaPages: 64, runsIn: "this process", objects: {}, steps: [step, touch] }, ({ steps }) => steps.length === 2);
    expect(small.steps).toEqual([
      { op: "mmap", at: 4, len: 1, prot: "rw", flags: ["PRIVATE", "ANONYMOUS", "FIXED"] },
      { op: "touch", kind: "write", at: 4 },
    ]);
  });
});

describe("random numbers", () => {
  it("are spread evenly", () => {
    const random = new Random(1);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[random.below(16)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("are drawn by weight", () => {
    const random = new Random(2);
    const items: [{ name: string; weight: number }, ...{ name: string; weight: number }[]] = [
      { name: "never", weight: 0 },
      { name: "seldom", weight: 1 },
      { name: "often", weight: 9 },
    ];
    const drawn = Array.from({ length: 1000 }, () => random.weighted(items).name);
    expect(drawn).not.toContain("never");
    expect(drawn.filter((name) => name === "seldom").length).toBeGreaterThan(50);
    expect(drawn.filter((name) => name === "seldom").length).toBeLessThan(200);
  });

  it("of two sequences do not follow from each other", () => {
    const words = (sequence: number): number[] => {
      const random = Random.forSequence(9, sequence);
      return [random.word(), random.word(), random.word()];
    };
    expect(new Set([...words(0), ...words(1), ...words(2)]).size).toBe(9);
  });
});
