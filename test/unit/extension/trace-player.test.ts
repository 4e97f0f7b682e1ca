/** The player: any moment of a trace is the state that running the model straight leads to, whichever way it was reached. */
import { describe, expect, it } from "vitest";
import { MOMENT_FIGURES, comparisonOf, momentView, stepText } from "../../../extension/src/player/moment-views.js";
import type { Moment } from "../../../extension/src/player/moment.js";
import { Player } from "../../../extension/src/player/player.js";
import { MADV, MAP, PROT } from "../../../kernel/src/abi/index.js";
import {
  Model,
  callText,
  decodeTrace,
  encodeTrace,
  follow,
  type Operation,
  type Result,
  type Trace,
  type TraceStep,
} from "../../../kernel/src/model/index.js";
import { validateBundle, type FigureView } from "../../../kernel/src/views/index.js";
import { ANON, RW, at, mmap, munmap, pages } from "../model/calls.js";
import { random } from "../model/random.js";
import { ENGLISH } from "./context.js";

/** What of the outside can be seen of a model. */
function stateOf(model: { running: readonly number[] } & Pick<Model, "vmas" | "pages" | "fileCaches">): unknown {
  const processes = model.running.map((process) =>
    model.vmas(process).map((vma) => ({ ...vma, ...model.pages(vma.start, vma.end - vma.start, process) })),
  );
  return { processes, files: model.fileCaches() };
}

function traceOf(steps: readonly TraceStep[], more: Partial<Trace> = {}): Trace {
  return {
    title: "test",
    release: "6.18.44",
    pageSize: 4096,
    machine: { release: "6.18.44" },
    foreign: [],
    labels: [],
    steps,
    prologue: 0,
    leftOut: [],
    ...more,
  };
}

/** Operations as a kernel that agrees with the model answers them, through the document and back. */
function recorded(operations: readonly Operation[]): Trace {
  const kernel = new Model({ release: "6.18.44" });
  return decodeTrace(encodeTrace(traceOf(operations.map((operation) => ({ operation, result: kernel.run(operation) })))));
}

/** Calls at random in an arena of 64 pages, on a file too, with a child. */
function randomOperations(count: number, seed: number): Operation[] {
  const below = random(seed);
  const operations: Operation[] = [
    { op: "open", file: "F", backing: "ext4", access: "rw", size: 16 * 4096, data: "clean", fill: 9 },
    { op: "fork", child: 1 },
  ];
  while (operations.length < count) {
    const [page, length] = [below(60), 1 + below(4)];
    const range = { at: at(page), length: pages(length) };
    const process = below(3) === 0 ? 1 : 0;
    const operation: Operation[] = [
      mmap(page, length),
      mmap(page, length, RW, MAP.SHARED | MAP.FIXED, "F", below(12)),
      munmap(page, length),
      { op: "mprotect", ...range, prot: below(2) === 0 ? PROT.READ : RW },
      { op: "madvise", ...range, advice: MADV.DONTNEED },
      { op: "touch", at: at(page), access: below(2) === 0 ? "read" : "write", count: length, byte: below(256) },
      { op: "touch", at: at(page), access: "write" },
      { op: "msync", ...range, flags: 4 },
    ];
    operations.push({ ...(operation[below(operation.length)] ?? munmap(0, 1)), process });
  }
  return operations;
}

describe("the player", () => {
  const trace = recorded(randomOperations(400, 7));
  const straight: unknown[] = [];
  const model = new Model(trace.machine);
  straight.push(stateOf(model));
  for (const { operation, result } of trace.steps) {
    follow(model, operation, result);
    straight.push(stateOf(model));
  }

  it("has at every position, forwards, the state of the model run straight", () => {
    const player = new Player(trace);
    for (let position = 0; position <= player.length; position += 1) expect(stateOf(player.at(position).model)).toEqual(straight[position]);
  });

  it("has it backwards, and after leaps, too", () => {
    const player = new Player(trace);
    for (let position = player.length; position >= 0; position -= 7) expect(stateOf(player.at(position).model)).toEqual(straight[position]);
    const below = random(3);
    for (let leap = 0; leap < 60; leap += 1) {
      const position = below(player.length + 1);
      const moment = player.at(position);
      expect(moment.position).toBe(position);
      expect(stateOf(moment.model)).toEqual(straight[position]);
      if (moment.last !== null) expect(stateOf(moment.last.before)).toEqual(straight[position - 1]);
    }
  });

  it("gives the same answers however it came there, and agrees with what was recorded", () => {
    const [forwards, leaping] = [new Player(trace), new Player(trace)];
    for (let position = 1; position <= forwards.length; position += 1) {
      const answer = forwards.at(position).last?.answer;
      expect(answer?.verdict).toBe("equal");
      if (position % 50 === 0) expect(leaping.at(position).last?.answer.model?.outcome).toEqual(answer?.model?.outcome);
    }
    expect(forwards.nextDivergence(0)).toBeNull();
  });

  it("takes positions beyond the ends for the ends", () => {
    const player = new Player(trace);
    expect(player.at(-5).position).toBe(0);
    expect(player.at(1e9).position).toBe(player.length);
    expect(new Player(traceOf([])).at(3)).toMatchObject({ position: 0, last: null });
  });

  it("finds the next fault, from anywhere", () => {
    const faulting = trace.steps.flatMap(({ result }, index) =>
      result !== null && (result.counts.minor + result.counts.major > 0 || result.outcome.kind === "signal") ? [index + 1] : [],
    );
    const found: number[] = [];
    const player = new Player(trace);
    for (let next = player.nextFault(0); next !== null; next = player.nextFault(next)) found.push(next);
    expect(found).toEqual(faulting);
    expect(found.length).toBeGreaterThan(10);
    expect(new Player(trace).nextFault(found[4]!)).toBe(found[5]);
    expect(player.nextFault(player.length)).toBeNull();
  });
});

describe("a step that the model answers otherwise", () => {
  const touch: Operation = { op: "touch", at: at(0), access: "write", count: 2 };
  const twice: Result = { outcome: { kind: "value", value: 0n }, counts: { minor: 5, major: 0 }, faults: [], reason: [] };
  const steps: readonly TraceStep[] = [
    { operation: mmap(0, 4), result: null },
    { operation: touch, result: twice },
    { operation: { ...touch, at: at(2) }, result: twice, explained: "direct view: somebody else" },
  ];
  const player = new Player(traceOf(steps));

  it("is found, and marked as explained or not, with both answers", () => {
    expect(player.nextDivergence(0)).toBe(2);
    expect(player.nextDivergence(2)).toBe(3);
    const rows = comparisonOf(player.at(2), ENGLISH)?.find(({ verdict }) => verdict !== "equal");
    expect(rows).toMatchObject({ what: "minor faults", kernel: "5", model: "2", verdict: "unexplained" });
    expect(comparisonOf(player.at(3), ENGLISH)?.[1]).toMatchObject({ verdict: "explained", why: "direct view: somebody else" });
    expect(player.at(1).last?.answer.verdict).toBe("none");
    expect(comparisonOf(player.at(1), ENGLISH)).toBeNull();
  });

  it("that it cannot run at all is marked too, and the state stays as it was", () => {
    const broken = new Player(
      traceOf([...steps, { operation: { op: "munlockall", process: 9 }, result: null }, { operation: touch, result: null }]),
    );
    const { last, model } = broken.at(4);
    expect(last?.answer).toMatchObject({ model: null, verdict: "unexplained", failure: expect.stringContaining("9") });
    expect(stateOf(model)).toEqual(stateOf(broken.at(3).model));
    expect(broken.at(5).last?.answer.failure).toBeNull();
    expect(broken.nextDivergence(3)).toBe(4);
    expect(momentView("explanation", broken.at(4), broken.trace, ENGLISH)).toMatch(/cannot run this step/);
  });
});

describe("the figures of a moment", () => {
  const operations: readonly Operation[] = [
    { op: "open", file: "<img src=x>", backing: "ext4", access: "rw", size: 4 * 4096, data: "clean" },
    { op: "mmap", at: at(0), length: pages(4), prot: RW, flags: MAP.SHARED | MAP.FIXED, file: "<img src=x>", offset: 0n },
    { op: "touch", at: at(2), access: "write" },
    mmap(8, 2, RW, ANON),
    munmap(0, 20),
    { op: "fork", child: 1 },
    { op: "exit", process: 1 },
  ];
  const trace: Trace = { ...recorded(operations), labels: [{ text: "buffer", start: at(0), end: at(4) }] };
  const player = new Player(trace);
  const view = (figure: (typeof MOMENT_FIGURES)[number], position: number): FigureView | string =>
    momentView(figure, player.at(position), trace, ENGLISH);

  it("are views that the border lets through, or say in a sentence why there is none", () => {
    for (let position = 0; position <= player.length; position += 1) {
      for (const figure of MOMENT_FIGURES) {
        const shown = view(figure, position);
        if (typeof shown === "string") expect(shown).toMatch(/^[A-Z].*\.$/s);
        else expect(validateBundle({ version: 1, ...shown })).toMatchObject({ ok: true });
      }
    }
  });

  it("show the state before and after the step, with the names of mappings", () => {
    expect(view("mappings", 3)).toMatchObject({
      states: [{ source: "model", before: [{ pages: "....", label: "buffer" }], after: [{ label: "buffer", object: "<img src=x>" }] }],
    });
    expect(view("mappings", 0)).toMatch(/Nothing is mapped/);
    expect(view("mappings", 5)).toMatchObject({ states: [{ before: [{}, {}], after: [] }] });
  });

  it("walk the page table for the address that faulted, and look it up in the index", () => {
    expect(view("pageTable", 3)).toMatchObject({
      kind: "pageTable",
      address: `0x${at(2).toString(16)}`,
      entry: { flags: expect.arrayContaining(["dirty"]) },
    });
    expect(view("index", 3)).toMatchObject({
      frames: [{ structure: "maple", lookup: { address: `0x${at(2).toString(16)}`, contains: true } }],
    });
    expect(view("pageTable", 1)).toMatch(/no single address/);
  });

  it("show the page cache with what is dirty", () => {
    // The fault that writes is made dirty by the page table entry first, and by msync or unmapping in the cache.
    expect(view("pageCache", 5)).toMatchObject({
      rows: [[{ text: "<img src=x>" }, { text: "ext4" }, {}, { text: "4" }, { text: "1" }, { text: "0–1, 2 dirty, 3" }]],
    });
    expect(view("pageCache", 0)).toMatch(/No file/);
  });

  it("say why, in the model's words", () => {
    const shown = view("explanation", 3);
    expect(shown).toMatchObject({ kind: "table" });
    expect(JSON.stringify(shown)).toMatch(/fault\//);
  });

  it("can be those of a kernel of the past", () => {
    const past = new Player(trace, "linux-2.4");
    expect(past.note).toMatch(/AVL/);
    expect(momentView("index", past.at(4), trace, ENGLISH)).toMatchObject({ frames: [{ structure: "list" }], note: expect.any(String) });
    expect(() => new Player(trace, "plan 9")).toThrow();
  });

  it("name the step as the call it was", () => {
    expect(stepText(trace, 0, ENGLISH)).toMatch(/nothing mapped/);
    expect(stepText(trace, 4, ENGLISH)).toBe(
      "mmap(0x600000008000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)",
    );
    expect(stepText(trace, 7, ENGLISH)).toBe("process 1: exit(0)");
    expect(callText({ op: "mremap", at: 4096n, oldLength: 1n, newLength: 2n, flags: 3, to: 8192n })).toBe(
      "mremap(0x1000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, 0x2000)",
    );
    expect(callText({ op: "mprotect", at: 0n, length: 1n, prot: 0 })).toBe("mprotect(NULL, 1, PROT_NONE)");
  });

  it("leave the models as they are", () => {
    const moment: Moment = player.at(4);
    const before = stateOf(moment.model);
    for (const figure of MOMENT_FIGURES) momentView(figure, moment, trace, ENGLISH);
    expect(stateOf(moment.model)).toEqual(before);
  });
});
