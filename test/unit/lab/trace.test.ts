/** `lab.trace()`: what was done is recorded, and replaying it leads the model to where the live model is. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import {
  MAP,
  MREMAP,
  PAGE_SIZE,
  PROT,
  close,
  fork,
  ftruncate,
  lab,
  mmap,
  mprotect,
  mremap,
  msync,
  MS,
  munmap,
  observe,
  predict,
  scratchFile,
  type Mapping,
  type Observation,
} from "../../../kernel/src/lab/index.js";
import { theLab } from "../../../kernel/src/lab/the-lab.js";
import { embedded } from "../../../kernel/src/lab/trace/embed.js";
import { Recorder } from "../../../kernel/src/lab/trace/recorder.js";
import {
  Model,
  decodeTrace,
  differencesOf,
  encodeTrace,
  follow,
  type Operation,
  type Result,
  type Trace,
} from "../../../kernel/src/model/index.js";
import { packBundle, validateBundle } from "../../../kernel/src/views/index.js";

/** Outputs go nowhere: only their data is looked at. */
Reflect.set(globalThis, Symbol.for("Jupyter.publish"), () => 0);

const RW = PROT.READ | PROT.WRITE;
const folder = mkdtempSync(join(tmpdir(), "mmaplab-trace-"));

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
}

/** The model after all steps of a trace. */
function replayed({ machine, steps }: Trace): Model {
  const model = new Model(machine);
  for (const { operation, result } of steps) follow(model, operation, result);
  return model;
}

/** What can be seen of a model. */
function stateOf(model: Model): unknown {
  return model.running.map((process) =>
    model.vmas(process).map((vma) => ({ ...vma, ...model.pages(vma.start, vma.end - vma.start, process) })),
  );
}

function embeddedIn({ view }: Observation<unknown>): Trace {
  const { trace } = view;
  if (trace === undefined || "refused" in trace) throw new Error(`no trace: ${JSON.stringify(trace)}`);
  return decodeTrace(inflateRawSync(Buffer.from(trace.data, "base64")).toString());
}

afterEach(() => {
  lab.reset();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("lab.trace", () => {
  it("leads a fresh model to the state of the live one: memory, files, errors, signals, moves and children", () => {
    const fd = scratchFile(6);
    const m = memory(8);
    const f = mmap(null, 6 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
    m.touch({ pages: 4, access: "write" });
    f.store(0, 42);
    msync(f, MS.SYNC);
    f.store(PAGE_SIZE, 43);
    expect(() => m.load(8 * PAGE_SIZE + (1 << 30))).toThrow(/SIGSEGV/);
    expect(() => mprotect(m.addr + 1n, 4096, PROT.READ)).toThrow(/EINVAL/);
    ftruncate(fd, 2 * PAGE_SIZE);
    expect(() => f.load(5 * PAGE_SIZE)).toThrow(/SIGBUS/);
    const child = fork();
    child.run(() => m.store(0, 1));
    const moved = mremap(m, 8 * PAGE_SIZE, 32 * PAGE_SIZE, MREMAP.MAYMOVE);
    mprotect(moved.addr, 2 * PAGE_SIZE, PROT.READ);
    const { trace } = lab.trace();
    expect(trace.leftOut).toEqual([]);
    const model = replayed(trace);
    expect(stateOf(model)).toEqual(stateOf(theLab().live.model));
    expect(model.run({ op: "peek", at: f.addr }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(42) });
    close(fd);
    child[Symbol.dispose]();
  });

  it("records what the kernel answered, so that the replayed model has the same differences", () => {
    const m = memory(4);
    const before = lab.trace().length;
    m.touch({ pages: 4, access: "write" });
    const { steps } = lab.trace().trace;
    const step = steps[before];
    expect(steps).toHaveLength(before + 1);
    expect(step?.operation).toMatchObject({ op: "touch", access: "write" });
    expect(step?.result?.counts).toEqual({ minor: 4, major: 0 });
    const model = new Model(lab.trace().trace.machine);
    const said = steps.map(({ operation, result }) => follow(model, operation, result));
    expect(said.at(-1)?.counts).toEqual({ minor: 4, major: 0 });
  });

  it("does not record what only looks", () => {
    const m = memory(1);
    const before = lab.trace().length;
    lab.compare();
    lab.index(m);
    lab.pageTable(m);
    predict(() => m.touch());
    expect(lab.trace().length).toBe(before);
  });

  it("of an observation is about its calls, with those before them as a prologue", () => {
    const m = memory(2);
    const before = lab.trace().length;
    const seen = observe("touch", () => m.touch({ pages: 2 }));
    munmap(m);
    const { trace } = lab.trace(seen);
    expect(trace.title).toBe("touch");
    expect(trace.prologue).toBe(before);
    expect(trace.steps).toHaveLength(before + 1);
    expect(trace.labels.map(({ text }) => text)).toEqual([]);
  });

  it("names the mappings there are and folds the memory of the process itself", () => {
    const m = memory(2);
    const { labels, foreign } = lab.trace().trace;
    expect(labels).toContainEqual({ text: m.label, start: m.addr, end: m.end });
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.every(({ start, end, mappings }) => start < end && mappings > 0)).toBe(true);
  });

  it("is saved as a document that is read again, under a name that JupyterLab knows", () => {
    memory(3).touch({ pages: 3 });
    const path = join(folder, "some.mmaptrace.json");
    const made = lab.trace("a title").save(path);
    const read = decodeTrace(readFileSync(path, "utf8"));
    expect(encodeTrace(read)).toBe(encodeTrace(made.trace));
    expect(read.steps.map(({ operation }) => operation)).toEqual(made.trace.steps.map(({ operation }) => operation));
    expect(() => made.save(join(folder, "other.json"))).toThrow(/ends with \.mmaptrace\.json/);
    expect(existsSync(join(folder, "other.json"))).toBe(false);
    expect(() => made.save(join(folder, "none", "x.mmaptrace.json"))).toThrow(/ENOENT/);
    expect(() => made.save(5 as never)).toThrow(TypeError);
  });

  it("refuses what is no observation, and predictions", () => {
    expect(() => lab.trace(7 as never)).toThrow(TypeError);
    expect(() => lab.trace(predict(() => memory(1)) as never)).toThrow(/prediction is not recorded/);
  });

  it("is shown as a table that carries the trace", () => {
    memory(1).touch();
    const made = lab.trace("shown");
    const checked = validateBundle(JSON.parse(JSON.stringify(packBundle({ version: 1, ...made.view }))));
    expect(checked).toMatchObject({ ok: true, bundle: { kind: "observation", trace: { steps: made.length } } });
  });
});

describe("the trace in an output", () => {
  it("holds the calls and their counts, without the single faults", () => {
    const m = memory(8);
    const seen = observe("eight", () => m.touch({ pages: 8, access: "write" }));
    const trace = embeddedIn(seen);
    expect(trace.steps.at(-1)?.result?.counts).toEqual({ minor: 8, major: 0 });
    expect(trace.steps.every(({ result }) => result === null || result.faults.length === 0)).toBe(true);
    expect(stateOf(replayed(trace))).toEqual(stateOf(replayed(lab.trace(seen).trace)));
  });

  it("keeps outputs small: ten thousand faults and their trace in less than 400 KB", () => {
    const m = memory(10_000);
    const seen = observe("many", () => {
      for (let page = 0; page < 10_000; page += 20) m.touch({ from: page, pages: 20, access: "write" });
    });
    expect(seen.kernel?.minor).toBe(10_000);
    expect(embeddedIn(seen).steps.length).toBeGreaterThan(500);
    expect(JSON.stringify(packBundle({ version: 1, ...seen.view })).length).toBeLessThan(400_000);
  }, 30_000);

  it("gives the reason where it is too long, or does not pack well", () => {
    memory(1).touch();
    const { trace } = lab.trace();
    const step = trace.steps[0]!;
    const repeated: Trace = { ...trace, prologue: 4000, steps: Array.from({ length: 5001 }, () => step) };
    expect(embedded(repeated)).toEqual({
      refused: expect.stringMatching(/needs 5001 calls \(4000 of 5001 calls came before\).*To keep it: lab\.trace\(\)\.save/s),
    });
    // Addresses without any order.
    const scattered = Array.from({ length: 4500 }, (_, index): Operation => {
      const at = BigInt.asUintN(64, BigInt(index + 1) * 0x9e37_79b9_7f4a_7c15n);
      return { op: "munmap", at, length: at ^ 0x5bd1_e995_5bd1_e995n };
    });
    expect(embedded({ ...trace, steps: scattered.map((operation) => ({ operation, result: null })) })).toEqual({
      refused: expect.stringMatching(/would add \d+ KiB/),
    });
  });
});

describe("the recorder", () => {
  const operation = (at: number): Operation => ({ op: "touch", at: BigInt(at), access: "read" });
  const answer = (faults: number, bytes = 0): Result => ({
    outcome: { kind: "value", value: 0n },
    counts: { minor: faults, major: 0 },
    faults: Array.from({ length: faults }, () => ({ address: 0n, access: "read", kind: "minor" })),
    seen: { kind: "bytes", bytes: new Uint8Array(bytes) },
    reason: [],
  });
  const enter = (recorder: Recorder, at: number, kernel: Result, model = kernel): void => {
    const done = operation(at);
    recorder.modelRan(done);
    recorder.entered({ operation: done, kernel, model, dirtyPages: null });
  };

  it("keeps what the model was told, and the call after it that the model could not follow", () => {
    const recorder = new Recorder(() => null);
    recorder.modelRan(operation(0));
    const refused: Result = { ...answer(0), outcome: { kind: "errno", code: "ENOMEM" } };
    recorder.entered({ operation: operation(1), kernel: refused, model: answer(0), dirtyPages: null });
    expect(recorder.upTo(9).steps).toMatchObject([
      { operation: operation(0), result: null },
      { operation: operation(1), result: { outcome: { code: "ENOMEM" } } },
    ]);
  });

  it("stops when it is full, keeps the first calls, and says so", () => {
    const recorder = new Recorder(() => null, { steps: 2, faults: 10, bytes: 10 });
    for (let at = 0; at < 4; at += 1) enter(recorder, at, answer(0));
    expect(recorder.stopped).toBe(true);
    expect(recorder.upTo(9)).toMatchObject({ steps: [{ operation: operation(0) }, { operation: operation(1) }] });
    expect(recorder.upTo(9).leftOut).toEqual(["Only the first 2 calls are recorded."]);
    expect(recorder.spanOf([operation(0)])).toBeNull();
  });

  it("leaves out faults and bytes beyond its limits, and says so", () => {
    const recorder = new Recorder(() => null, { steps: 9, faults: 3, bytes: 4 });
    enter(recorder, 0, answer(2, 3));
    enter(recorder, 1, answer(2, 3));
    recorder.modelRan({ op: "open", file: "F", backing: "memfd", access: "rw", size: 9, data: "data", content: new Uint8Array(9) });
    recorder.toldOfBytes("G");
    const { steps, leftOut } = recorder.upTo(9);
    expect(steps.map(({ result }) => result?.faults.length)).toEqual([2, 0, undefined]);
    expect(steps.map(({ result }) => result?.seen !== undefined)).toEqual([true, false, false]);
    expect(steps[2]?.operation).toMatchObject({ op: "open", content: undefined });
    expect(leftOut).toHaveLength(4);
  });

  it("asks for the reason only where the answers differ", () => {
    const asked: Result[] = [];
    const recorder = new Recorder(({ model }) => (asked.push(model), "a reason"));
    enter(recorder, 0, answer(1));
    enter(recorder, 1, answer(1), answer(2));
    expect(asked).toHaveLength(1);
    expect(recorder.upTo(2).steps.map(({ explained }) => explained)).toEqual([undefined, "a reason"]);
    expect(differencesOf(answer(1), answer(2))).toHaveLength(1);
  });
});
