/** The assignments with their hidden tests, marked by nbgrader's rule: all points, some, none. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { join } from "node:path";
import { userfaultfdAbility } from "../../kernel/src/probe/index.js";
import { submit } from "./grading.js";
import { Course, solutions, withoutNbgrader, type Answers } from "./nbgrader-course.js";

/** What is handed in, and what each test cell gives for it. */
const SUBMISSIONS: readonly (readonly [assignment: string, what: string, answers: Answers, marks: Readonly<Record<string, number>>])[] = [
  ["sixteen-faults", "right", solutions("sixteen-faults"), { "test-predictions": 4, "test-cause": 5 }],
  ["sixteen-faults", "empty", {}, { "test-predictions": 0, "test-cause": 0 }],
  [
    "sixteen-faults",
    "half right",
    {
      predictions: "const predictions = () => ({ readEach: pages, readThenWrite: pages, writeThenRead: pages, dropSome: pages });",
      // Knows only the faults of first writes.
      cause: 'function causeFaults(m: Mapping, faults: number): void { m.touch({ pages: Math.min(faults, m.pages), access: "write" }); }',
    },
    { "test-predictions": 2, "test-cause": 3 },
  ],
  ["persistent-counter", "right", solutions("persistent-counter"), { "test-counter": 6 }],
  [
    "persistent-counter",
    "with a private mapping",
    { counter: solutions("persistent-counter")["counter"]!.replace("MAP.SHARED", "MAP.PRIVATE") },
    { "test-counter": 2 },
  ],
  ["pager", "right", solutions("pager"), { "test-page": 3, "test-serve": 3, "test-prediction": 2 }],
  [
    "pager",
    "without modulo and without a pager",
    {
      page: "function pageOf(index: number): Uint8Array { return new Uint8Array(PAGE_SIZE).fill(Math.min(255, index * step)); }",
      prediction: "function timesAsked(): number { return pages; }",
    },
    { "test-page": 2, "test-serve": 0, "test-prediction": 0 },
  ],
];

const needsUserfaultfd = userfaultfdAbility().allowed === "no";

describe.skipIf(withoutNbgrader !== "")(`by nbgrader's rule${withoutNbgrader}`, () => {
  let course: Course;
  beforeAll(() => {
    course = new Course([]);
  });
  afterAll(() => course.remove());

  for (const [assignment, what, answers, marks] of SUBMISSIONS) {
    const lacks = assignment === "pager" && needsUserfaultfd ? " (needs userfaultfd)" : "";
    test.skipIf(lacks !== "")(`${assignment}, ${what}, gets exactly what it has earned${lacks}`, () => {
      const path = submit(join(course.folder, `${assignment}.ipynb`), assignment, answers);
      expect(course.markDirectly(path, "ada")).toEqual(marks);
    });
  }
});
