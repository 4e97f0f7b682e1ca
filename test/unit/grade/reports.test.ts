/** The pages and the CSV of marks, and notebooks and claims that may be anything. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BadPlan,
  NotANotebook,
  TaskFailed,
  cellsToRun,
  feedbackPage,
  gradeSubmission,
  loadPlan,
  marksCsv,
  overviewPage,
  parseNotebook,
  readNotebook,
  summarize,
  type Marks,
  type TaskMark,
} from "../../../kernel/src/grade/index.js";
import { claimExpression, parseClaim } from "../../../kernel/src/grade/claims.js";

const passed: TaskMark = { id: "a", name: "A", points: 2, earned: 2, outcome: "passed" };
const failure = (seen: string): TaskMark => ({
  id: "a",
  name: "A",
  points: 2,
  earned: 0,
  outcome: "failed",
  what: "faults",
  expected: "4",
  seen,
  hint: "count",
});
const marksOf = (student: string, task: TaskMark): Marks => ({ student, tasks: [task], earned: task.earned, possible: 2, byHand: 1 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-unit-grade-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("reports", () => {
  test("say what was expected, what was seen, and the hint", () => {
    const html = feedbackPage("x", marksOf("ada", failure("8")));
    for (const words of ["0 of 2 points", "✗ failed", "expected: 4", "seen: 8", "Hint: count", "1 more points"])
      expect(html).toContain(words);
  });

  test("name the most frequent failure of a task, and how often it came", () => {
    const all = [marksOf("a", passed), marksOf("b", failure("8")), marksOf("c", failure("5")), marksOf("d", failure("8"))];
    expect(summarize(all)).toEqual([
      { name: "A", points: 2, passed: 1, failed: 3, ungraded: 0, mostFrequent: { failure: "faults: expected 4, seen 8", times: 2 } },
    ]);
    expect(overviewPage("x", all)).toContain("faults: expected 4, seen 8 (2 times)");
    expect(summarize([])).toEqual([]);
  });

  test("show hostile text as text", () => {
    const hostile = "<img src=x onerror=alert(1)>\u001b[2J";
    for (const html of [
      feedbackPage(hostile, marksOf(hostile, failure(hostile))),
      overviewPage(hostile, [marksOf(hostile, failure(hostile))]),
    ]) {
      expect(html).not.toContain("<img");
      expect(html).not.toContain("\u001b");
      expect(html).toContain("&#60;img");
    }
  });

  test("hand a spreadsheet no formulas, and quote what needs it", () => {
    expect(marksCsv([marksOf('=cmd|"calc"', passed), marksOf("a,b", passed)])).toBe(
      'student,earned,possible,by hand,a\n"\'=cmd|""calc""",2,2,1,2\n"a,b",2,2,1,2\n',
    );
  });
});

describe("a submitted notebook", () => {
  const cell = (id: string, source: unknown, flags: object = {}): object => ({
    cell_type: "code",
    source,
    metadata: { nbgrader: { grade_id: id, ...flags } },
  });

  test("gives its solutions, and the instructor's notebook all else", () => {
    const released = parseNotebook(
      JSON.stringify({
        cells: [
          cell("s", "setup", { locked: true }),
          cell("x", "right", { solution: true }),
          cell("t", "test", { grade: true, points: 1 }),
        ],
      }),
      "r",
    );
    const submitted = parseNotebook(
      JSON.stringify({
        cells: [cell("s", "evil"), cell("x", ["mine", "!"]), cell("x", "second"), cell("t", "evil"), { cell_type: "code", source: "own" }],
      }),
      "s",
    );
    expect(cellsToRun(released, submitted)).toEqual(["setup", "mine!"]);
    expect(cellsToRun(released, [])).toEqual(["setup", ""]);
  });

  test.each([["null"], ["[]"], ["{"], ['{"cells": 3}'], [""]])("that is %s is refused with a reason", (text) => {
    expect(() => parseNotebook(text, "x.ipynb")).toThrow(NotANotebook);
  });

  test("with cells of any kind is read without an error", () => {
    const cells = [
      null,
      3,
      {},
      { cell_type: "code", source: [1, "a", null], metadata: { nbgrader: "x" } },
      { metadata: { nbgrader: { points: -1 } } },
    ];
    expect(parseNotebook(JSON.stringify({ cells }), "x").map(({ source, points }) => [source, points])).toEqual([
      ["", 0],
      ["", 0],
      ["", 0],
      ["a", 0],
      ["", 0],
    ]);
  });

  test("that is a link, a folder or absent is not read, and earns nothing", async () => {
    writeFileSync(join(folder, "secret"), '{"cells":[]}');
    symlinkSync(join(folder, "secret"), join(folder, "link"));
    for (const path of [join(folder, "link"), folder, join(folder, "absent")]) {
      expect(() => readNotebook(path)).toThrow(NotANotebook);
      const tasks = [{ id: "a", name: "A", points: 2, grade: () => Promise.resolve() }];
      const marks = await gradeSubmission({ student: "x", submission: path, released: [], tasks });
      expect([marks.earned, marks.tasks[0]?.outcome]).toEqual([0, "failed"]);
    }
  });
});

describe("a claim", () => {
  const said = (value: unknown): string => `'${Buffer.from(JSON.stringify(value)).toString("hex")}'`;

  test("is read by kind, or the task fails", () => {
    const claim = parseClaim(said({ address: "4096", count: 3 }), "it");
    expect([claim.field("address").address(), claim.field("count").number()]).toEqual([4096n, 3]);
    for (const bad of [
      () => claim.number(),
      () => claim.field("other"),
      () => claim.field("toString"),
      () => claim.field("count").number(4),
      () => claim.field("count").address(),
    ])
      expect(bad).toThrow(TaskFailed);
  });

  test.each([[null], [""], ["undefined"], ["'7b'"], ["'zz'"], ["'7b7'"], ["7b7d"]])("that comes as %s is none", (text) => {
    expect(() => parseClaim(text, "it")).toThrow(TaskFailed);
  });

  test("is asked for by an expression that a cell can evaluate", () => {
    expect(claimExpression("1n")).toContain('toString("hex")');
  });
});

test("a plan that is absent or none is refused with the next step", async () => {
  await expect(loadPlan(join(folder, "absent.mjs"))).rejects.toThrow(/course init/);
  for (const [name, text] of [
    ["empty", ""],
    ["list", "export const tasks = []"],
    ["twice", "const t = { id: 'a', name: 'A', points: 1, grade() {} }; export const tasks = [t, t]"],
    ["negative", "export const tasks = [{ id: 'a', name: 'A', points: -1, grade() {} }]"],
  ] as const) {
    writeFileSync(join(folder, `${name}.mjs`), text);
    await expect(loadPlan(join(folder, `${name}.mjs`))).rejects.toThrow(BadPlan);
  }
});
