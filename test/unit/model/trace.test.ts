/** Trace documents: what is written is read again, and what is wrong is refused in words. */
import { describe, expect, it } from "vitest";
import {
  Model,
  OPERATION_NAMES,
  TRACE_LIMITS,
  decodeOperation,
  decodeResult,
  decodeTrace,
  differencesOf,
  encodeOperation,
  encodeResult,
  encodeTrace,
  follow,
  readTrace,
  verdictOf,
  type Operation,
  type Result,
  type Trace,
} from "../../../kernel/src/model/index.js";
import { mmap, munmap } from "./calls.js";

const HUGE = (1n << 64n) - 4096n;

/** Every operation, with every field it may have. */
const OPERATIONS: readonly Operation[] = [
  {
    op: "open",
    file: "F",
    backing: "ext4",
    access: "rw",
    size: 9000,
    data: "cold",
    fill: 7,
    content: Uint8Array.of(0, 255, 128, 1),
    cached: [
      [0, 1],
      [2, 3],
    ],
    sameInodeAs: "E",
    sealable: true,
  },
  { op: "open", file: "<b>E</b>", backing: "memfd", access: "ro", size: 0, data: "hole" },
  { op: "close", file: "F" },
  { op: "mmap", at: HUGE, length: 1n << 65n, prot: -1, flags: 0x22, file: null, offset: -4096n },
  { op: "mmap", at: 0n, length: 4096n, prot: 3, flags: 1, file: "F", offset: 0n, process: 3 },
  { op: "munmap", at: 1n, length: 0n },
  { op: "mprotect", at: 0n, length: 4096n, prot: 0x0100_0000 },
  { op: "mremap", at: 0n, oldLength: 1n, newLength: 2n, flags: 5, to: HUGE },
  { op: "madvise", at: 0n, length: 1n, advice: 102 },
  { op: "msync", at: 0n, length: 1n, flags: 4 },
  { op: "mlock", at: 0n, length: 1n },
  { op: "munlock", at: 0n, length: 1n },
  { op: "mlock2", at: 0n, length: 1n, flags: 1 },
  { op: "mlockall", flags: 3 },
  { op: "munlockall" },
  { op: "mseal", at: 0n, length: 1n, flags: 0 },
  { op: "mincore", at: 0n, length: 1n },
  { op: "brk", to: 0n },
  { op: "ftruncate", file: "F", size: -1 },
  { op: "pread", file: "F", offset: -1, length: 1 },
  { op: "pwrite", file: "F", offset: 1, length: 1, byte: 255 },
  { op: "fsync", file: "F", dataOnly: true },
  { op: "evict", file: "F" },
  { op: "punch", file: "F", offset: 0, length: 4096 },
  { op: "seal", file: "F", seals: 15 },
  { op: "rlimit", which: "AS", value: { currentTotalVmPlusPages: -2 } },
  { op: "rlimit", which: "MEMLOCK", value: 1n << 64n, softOnly: true },
  { op: "dropcaps" },
  { op: "fork", child: 2 },
  { op: "exit", status: 3, bySignal: "SIGKILL", process: 2 },
  { op: "wait", child: 2 },
  { op: "touch", at: HUGE, access: "exec", count: 3, stride: -4096, byte: 0 },
  { op: "kernel_copy", direction: "to_user", at: 1n },
  { op: "peek", at: 1n, length: 5 },
  { op: "advance", seconds: 0.5 },
  { op: "maps", at: 0n, length: 1n << 64n },
  { op: "resident", at: 0n, length: 4096n },
  { op: "vmflags", at: 0n },
  { op: "status", process: 1 },
];

const NOTHING = { counts: { minor: 0, major: 0 }, faults: [], reason: [] } as const;
const OK: Result = { ...NOTHING, outcome: { kind: "value", value: 0n } };

const RESULTS: readonly Result[] = [
  OK,
  { ...NOTHING, outcome: { kind: "value", value: HUGE }, tookNs: 12, reason: [{ rule: "mmap/fixed", text: "Because." }] },
  { ...NOTHING, outcome: { kind: "errno", code: "ENOMEM" }, instrument: "counters", lost: 3 },
  {
    outcome: { kind: "signal", signal: "SIGBUS", code: "BUS_ADRERR", address: HUGE },
    counts: { minor: 2, major: 1 },
    faults: [
      { address: 0x7fff_0000_0001n, access: "read", kind: "minor", atNs: 5, tookNs: 1 },
      { address: HUGE, access: "write", kind: "major", atNs: 9, tookNs: 2 },
      { address: 1n, access: "exec", kind: "signal" },
    ],
    reason: [],
  },
  { ...OK, seen: { kind: "mincore", pages: Uint8Array.of(0, 1) } },
  { ...OK, seen: { kind: "bytes", bytes: Uint8Array.from({ length: 20_000 }, (_, index) => index) } },
  { ...OK, seen: { kind: "maps", vmas: [{ start: 0n, end: 4096n, perms: "rw-p", offset: 0n, object: null }] } },
  { ...OK, seen: { kind: "resident", pages: ".aAzfFsg" } },
  { ...OK, seen: { kind: "vmflags", flags: ["rd", "wr"] } },
  { ...OK, seen: { kind: "status", vmLckKb: 4 } },
];

const TRACE: Trace = {
  title: "all </script>",
  release: "6.18.44",
  pageSize: 4096,
  machine: { release: "6.18.44", ramPages: 1000, memlockLimit: (1n << 64n) - 1n, overcommit: 1, thp: "madvise" },
  foreign: [{ start: 0x1000n, end: 0x9000n, mappings: 4 }],
  labels: [{ text: "buffer", start: 0x1000n, end: 0x2000n }],
  prologue: 1,
  leftOut: ["Nothing much."],
  steps: OPERATIONS.map((operation, index) => ({
    operation,
    result: index % 3 === 0 ? null : (RESULTS[index % RESULTS.length] ?? null),
    ...(index % 5 === 0 ? { explained: "foreign neighbour: it was there" } : {}),
  })),
};

type Json = Record<string, unknown>;

/** A small document as JSON, to be spoilt. */
function documentWith(change: (document: Json, step: Json) => void, operation: Operation = mmap(0, 1)): Json {
  const document = JSON.parse(encodeTrace({ ...TRACE, prologue: 0, steps: [{ operation, result: OK }] })) as Json;
  change(document, (document["steps"] as Json[])[0] ?? {});
  return document;
}

/** A document whose one step does the given operation, which is not checked. */
function doing(operation: Json): Json {
  return documentWith((_, step) => (step["operation"] = operation));
}

/** A document of the given operations, which are not checked. */
function documentOf(operations: readonly object[], machine: object = { thp: "madvise", readaheadPages: 1 << 20 }): Json {
  return documentWith((document, step) => {
    document["machine"] = machine;
    document["steps"] = operations.map((operation) => ({ ...step, operation }));
  });
}

describe("a trace document", () => {
  it("holds every operation there is", () => {
    expect([...new Set(OPERATIONS.map(({ op }) => op))].sort()).toEqual([...OPERATION_NAMES].sort());
    for (const operation of OPERATIONS)
      expect(decodeOperation(JSON.parse(JSON.stringify(encodeOperation(operation))), "here")).toEqual(operation);
  });

  it("holds every kind of result", () => {
    for (const result of RESULTS) expect(decodeResult(JSON.parse(JSON.stringify(encodeResult(result))), "here")).toEqual(result);
  });

  it("keeps times in whole nanoseconds", () => {
    const { counts, faults, reason } = NOTHING;
    const timed: Result = { outcome: { kind: "value", value: 0n }, counts, faults, reason, tookNs: 12.6 };
    expect(encodeResult(timed)).toMatchObject({ tookNs: 13 });
  });

  it("gives back the trace that was written, with one line a step", () => {
    const text = encodeTrace(TRACE);
    expect(decodeTrace(text)).toEqual(TRACE);
    expect(text.split("\n").filter((line) => line.startsWith("  {"))).toHaveLength(TRACE.steps.length);
  });

  it("holds a trace without steps", () => {
    const empty = { ...TRACE, steps: [], prologue: 0 };
    expect(decodeTrace(encodeTrace(empty))).toEqual(empty);
  });

  it.each<[string, unknown, RegExp]>([
    ["null", null, /expected an object, came null/],
    ["a list", [], /expected an object/],
    ["another format", { format: "notebook" }, /no trace/],
    ["a later version", documentWith((document) => (document["version"] = 2)), /made by a newer mmaplab \(format 2; .*Update mmaplab/],
    ["no version", documentWith((document) => delete document["version"]), /version: expected a whole number/],
    ["other pages", documentWith((document) => (document["pageSize"] = 65536)), /pageSize: expected 4096/],
    ["no steps", documentWith((document) => (document["steps"] = "none")), /steps: expected a list/],
    ["a long prologue", documentWith((document) => (document["prologue"] = 2)), /prologue: expected a whole number from 0 to 1/],
    [
      "a release that is none",
      documentWith((document) => (document["machine"] = { release: "plan 9" })),
      /machine: release: expected a kernel/,
    ],
    ["an operation nobody has", doing({ op: "mmap3" }), /step 1: operation: there is no operation "mmap3"/],
    ["an inherited field", doing({ op: "constructor" }), /there is no operation/],
    ["a missing field", doing({ op: "munmap", at: "0x0" }), /step 1: operation: length: expected an integer/],
    ["a number for an address", doing({ op: "munmap", at: 0, length: "0x1" }), /step 1: operation: at: expected an integer such as/],
    ["an address of a million digits", doing({ op: "munmap", at: `0x${"f".repeat(1e6)}`, length: "0x1" }), /^.{0,300}$/],
    ["a process that is no number", doing({ op: "munlockall", process: -1 }), /process: expected a whole number/],
    ["a count that is none", doing({ op: "touch", at: "0x0", access: "read", count: 1.5 }), /count: expected a whole number/],
    ["a year of work", doing({ op: "touch", at: "0x0", access: "read", count: 1e15 }), /goes through 1000000000000000 pages; at most/],
    [
      "a file like a disk",
      doing({ op: "open", file: "F", backing: "ext4", access: "rw", size: 2 ** 45, data: "data" }),
      /open goes through/,
    ],
    [
      "a populated world",
      doing({ op: "mmap", at: "0x0", length: "0x7fffffffffff", prot: 3, flags: 0x8022, file: null, offset: "0x0" }),
      /mmap goes/,
    ],
    [
      "an errno nobody has",
      documentWith((_, step) => (step["result"] = { errno: "EWHAT", minor: 0, major: 0 })),
      /step 1: result: errno: expected/,
    ],
    ["no outcome", documentWith((_, step) => (step["result"] = { minor: 0, major: 0 })), /step 1: result: value: expected/],
    [
      "faults that do not fit together",
      documentWith((_, step) => (step["result"] = { value: "0x0", minor: 1, major: 0, faults: { address: [1], access: "", kind: "m" } })),
      /faults: access: expected 1 letters/,
    ],
    [
      "bytes that are no base64",
      documentWith((_, step) => (step["result"] = { value: "0x0", minor: 0, major: 0, seen: { kind: "bytes", bytes: "<script>" } })),
      /seen: bytes: expected bytes as base64/,
    ],
  ])("refuses %s", (_name, json, message) => {
    expect(() => readTrace(json)).toThrow(message);
  });

  it("refuses what is cut short, and what is too large", () => {
    expect(() => decodeTrace(encodeTrace(TRACE).slice(0, -20))).toThrow(/not JSON, or was cut short/);
    expect(() => decodeTrace(" ".repeat(TRACE_LIMITS.characters + 1))).toThrow(/Record fewer calls/);
  });

  const A = "0x10000000";
  const gibibyte = "0x40000000";
  const filled = { op: "touch", at: A, access: "write", count: 1 << 18 };
  const mapped = { op: "mmap", at: A, length: "0x400000000000", prot: 3, flags: 0x22, file: null, offset: "0x0" };
  it.each<[string, readonly object[]]>([
    ["many large touches", Array.from({ length: 200 }, () => filled)],
    ["touches that each bring a huge page", [mapped, ...Array.from({ length: 70_000 }, () => ({ ...filled, count: 1 }))]],
    ["forks of much memory", [mapped, filled, ...Array.from({ length: 600 }, (_, child) => ({ op: "fork", child }))]],
    [
      "changes of much memory",
      [mapped, filled, ...Array.from({ length: 600 }, () => ({ op: "mprotect", at: A, length: gibibyte, prot: 1 }))],
    ],
    ["memory that is mapped, and then locked", [mapped, { op: "mlockall", flags: 1 }]],
    ["memory that is locked as it is mapped", [{ op: "mlockall", flags: 2 }, mapped]],
    [
      "memory that grows while it is locked",
      [
        { op: "mlock", at: A, length: "0x1000" },
        { op: "mremap", at: A, oldLength: "0x1000", newLength: mapped.length, flags: 1, to: "0x0" },
      ],
    ],
    [
      "a heap that grows while it is locked",
      [
        { op: "mlockall", flags: 2 },
        { op: "brk", to: "0x600000000000" },
      ],
    ],
    [
      "readahead in a large file",
      [
        { op: "open", file: "F", backing: "ext4", access: "rw", size: 2 ** 43, data: "hole" },
        ...Array.from({ length: 1000 }, (_, n) => ({ op: "pread", file: "F", offset: n * 2 ** 32, length: 1 })),
      ],
    ],
  ])("refuses a document that is too much work as a whole: %s", (_name, operations) => {
    expect(() => readTrace(documentOf(operations))).toThrow(/^step \d+: .* are as much work as filling \d+ pages; .* Record fewer calls/);
  });

  it("reads a long document of small steps", () => {
    const operations = [
      { op: "open", file: "F", backing: "ext4", access: "rw", size: 2 ** 20, data: "data" },
      ...Array.from({ length: 60_000 }, (_, n) => ({ op: n % 2 === 0 ? "fsync" : "pread", file: "F", offset: 0, length: 1 })),
    ];
    expect(readTrace(documentOf(operations, { thp: "never", readaheadPages: 1024 })).steps).toHaveLength(operations.length);
  });

  it("does not read fields that the format has not", () => {
    const trace = readTrace(JSON.parse(`{"__proto__": {"evil": 1}, "evil": 2, ${encodeTrace(TRACE).trim().slice(1)}`));
    expect(Reflect.get(trace, "evil")).toBeUndefined();
    expect(trace).toEqual(TRACE);
  });
});

describe("following a recording", () => {
  const placed: Result = { ...OK, outcome: { kind: "value", value: 0x7f00_0000_0000n } };

  it("takes the address that the kernel chose", () => {
    const model = new Model();
    follow(model, { ...mmap(0, 2), flags: 0x22, at: 0n } as Operation, placed);
    expect(model.vmas().map(({ start }) => start)).toEqual([0x7f00_0000_0000n]);
  });

  it("keeps the model's state where only the kernel refused", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    const refused: Result = { ...OK, outcome: { kind: "errno", code: "ENOMEM" } };
    const said = follow(model, munmap(0, 1), refused);
    expect(model.vmas()).toHaveLength(1);
    const differences = differencesOf(refused, said);
    expect(differences).toEqual([{ what: "outcome", recorded: "ENOMEM", answered: "ok" }]);
    expect(verdictOf({ operation: munmap(0, 1), result: refused }, differences)).toBe("unexplained");
    expect(verdictOf({ operation: munmap(0, 1), result: refused, explained: "known" }, differences)).toBe("explained");
    expect(verdictOf({ operation: munmap(0, 1), result: null }, [])).toBe("none");
  });

  it("tells apart what was read", () => {
    const saw = (last: number): Result => ({
      ...OK,
      seen: { kind: "bytes", bytes: Uint8Array.from({ length: 100 }, (_, at) => (at < 99 ? 1 : last)) },
    });
    expect(differencesOf(saw(1), saw(1))).toEqual([]);
    expect(differencesOf(saw(1), saw(2)).map(({ what }) => what)).toEqual(["what was seen"]);
  });
});
