/** The panel's timeline: the state now and at any earlier step, and what is let go. */
import { Model, type Operation, type Trace, type TraceStep } from "mmaplab/model";
import { expect, test } from "vitest";
import { Timeline } from "../../../extension/src/panel/timeline.js";
import { operationWords, outcomeOf } from "../../../extension/src/panel/event-words.js";
import { spaceRows, rowPages, rowWords } from "../../../extension/src/panel/space-rows.js";
import { MAP, PROT } from "../../../kernel/src/abi/index.js";
import { ENGLISH as trans } from "./context.js";

const PAGE = 4096n;
const BASE = 0x7f00_0000_0000n;
const READ_WRITE = PROT.READ | PROT.WRITE;

function map(at: bigint, pages: bigint): Operation {
  return { op: "mmap", at, length: pages * PAGE, prot: READ_WRITE, flags: MAP.FIXED | MAP.PRIVATE | MAP.ANONYMOUS, file: null, offset: 0n };
}

/** Steps with the results that the model itself gives: the kernel agrees. */
function recorded(operations: readonly Operation[]): TraceStep[] {
  const model = new Model();
  return operations.map((operation) => ({ operation, result: model.run(operation) }));
}

function trace(steps: readonly TraceStep[], prologue = 0): Trace {
  return { title: "", release: "6.18.44", pageSize: 4096, machine: {}, foreign: [], labels: [], steps, prologue, leftOut: [] };
}

/** Maps, touches, protects and unmaps, over and over. */
function many(count: number): Operation[] {
  return Array.from({ length: count }, (_, index): Operation => {
    const at = BASE + BigInt((index >> 2) % 32) * 16n * PAGE;
    const four: readonly Operation[] = [
      map(at, 4n),
      { op: "touch", at, access: "write", count: 3 },
      { op: "mprotect", at, length: 2n * PAGE, prot: PROT.READ },
      { op: "munmap", at: at + 3n * PAGE, length: PAGE },
    ];
    return four[index % 4]!;
  });
}

const look = (model: Model): unknown =>
  model.vmas().map(({ start, end, perms }) => [start, end, perms, model.pages(start, end - start).states]);

test("the state after any number of steps is that of running just those", () => {
  const operations = many(600);
  const timeline = new Timeline(trace([]), 0);
  timeline.append(recorded(operations));
  expect(timeline.end).toBe(600);
  for (const count of [0, 1, 255, 256, 257, 530, 599, 600, 3]) {
    const straight = new Model();
    for (const operation of operations.slice(0, count)) straight.run(operation);
    expect(look(timeline.after(count)), `after ${String(count)}`).toEqual(look(straight));
  }
});

test("looking back changes nothing in the present", () => {
  const timeline = new Timeline(trace(recorded(many(100))), 0);
  const now = look(timeline.now);
  timeline.after(10);
  timeline.append(recorded(many(100)).slice(99));
  expect(look(timeline.after(timeline.end - 1))).toEqual(now);
});

test("the oldest steps are let go, and the numbers go on", () => {
  const operations = many(3000);
  const timeline = new Timeline(trace([]), 0);
  timeline.append(recorded(operations));
  expect(timeline.end).toBe(3000);
  expect(timeline.events.length).toBeLessThanOrEqual(2048 + 256);
  expect(timeline.events[0]?.number).toBe(timeline.gone + 1);
  const straight = new Model();
  for (const operation of operations.slice(0, timeline.gone + 10)) straight.run(operation);
  expect(look(timeline.after(timeline.gone + 10))).toEqual(look(straight));
  expect(look(timeline.after(0))).toEqual(look(timeline.after(timeline.gone)));
});

test("a prologue makes the first state and is not listed; clearing keeps the state", () => {
  const steps = recorded(many(8));
  const timeline = new Timeline(trace(steps, 6), 500);
  expect(timeline.events.map(({ number }) => number)).toEqual([501, 502]);
  expect(timeline.end).toBe(502);
  const before = look(timeline.now);
  timeline.clear();
  expect(timeline.events).toEqual([]);
  expect(timeline.end).toBe(502);
  expect(look(timeline.after(502))).toEqual(before);
});

test("a difference from the kernel, and a step that cannot be run, are said", () => {
  const touch: Operation = { op: "touch", at: BASE, access: "write" };
  const [mapped, touched] = recorded([map(BASE, 1n), touch]) as [TraceStep, TraceStep];
  const differing: TraceStep = { operation: touch, result: { ...touched.result!, counts: { minor: 7, major: 0 } } };
  const lost: TraceStep = { operation: { op: "touch", at: BASE, access: "read", process: 9 }, result: null };
  const timeline = new Timeline(trace([mapped, differing, lost]), 0);
  expect(timeline.events.map(({ verdict }) => verdict)).toEqual(["equal", "unexplained", "failed"]);
  expect(timeline.events[1]?.remark).toBe("minor faults: kernel 7, model 1");
  expect(timeline.events[2]?.remark).not.toBe("");
});

test("operations and outcomes are said in a line", () => {
  const [mapped] = recorded([map(BASE, 4n)]);
  expect(operationWords(mapped!.operation)).toBe("mmap(0x7f0000000000, 16 KiB, rw-, no file)");
  expect(outcomeOf(mapped!)).toBe("0x7f0000000000");
  expect(operationWords({ op: "touch", at: BASE, access: "read", count: 3, process: 2 })).toBe(
    "touch(0x7f0000000000, read, 3 times) in process 2",
  );
  expect(operationWords({ op: "close", file: "a\u202eb" })).toBe("close(a\\u{202e}b)");
  const failed: TraceStep = {
    operation: { op: "munmap", at: 1n, length: PAGE },
    result: new Model().run({ op: "munmap", at: 1n, length: PAGE }),
  };
  expect(outcomeOf(failed)).toBe("EINVAL");
});

test("what lies between mappings is one row, and each row says everything in words", () => {
  const model = new Model();
  for (const operation of [map(BASE, 4n), { op: "touch", at: BASE, access: "write", count: 3 } as const]) model.run(operation);
  const foreign = [
    { start: 0x1000n, end: 0x3000n, mappings: 2 },
    { start: 0x8000n, end: 0x9000n, mappings: 1 },
    { start: BASE + 0x10_0000n, end: BASE + 0x20_0000n, mappings: 5 },
  ];
  const rows = spaceRows(model, 0, foreign, [{ text: "mine", start: BASE, end: BASE + PAGE }]);
  expect(rows.map((row) => (row.kind === "foreign" ? row.mappings : row.name))).toEqual([3, "mine", 5]);
  const row = rows[1]!;
  const pages = row.kind === "vma" ? rowPages(model, 0, row) : null;
  expect(pages).toMatchObject({ pages: 4, resident: 3, dirty: 3 });
  expect(rowWords(row, pages, trans)).toBe("mine, 0x7f0000000000 to 0x7f0000004000, 16 KiB, rw-p, 3 of 4 pages resident, 3 dirty");
  expect(rowWords(rows[0]!, null, trans)).toBe("0x1000 to 0x9000, 3 mappings of the notebook's own process");
});
