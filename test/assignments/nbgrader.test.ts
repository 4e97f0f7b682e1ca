/** nbgrader end to end: generate, release, fetch, submit, autograde, feedback. Marks are exactly as expected. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Course, solutions, withoutNbgrader, type Answers } from "./nbgrader-course.js";

const ANONYMOUS = `return mmap(null, pages * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS`;

/** What students hand in, and what it earns. `why` stays unanswered. */
const SAMPLE: Readonly<Record<string, { readonly answers: Answers; readonly anonymous: number; readonly bytes: number }>> = {
  right: { answers: solutions("sample"), anonymous: 3, bytes: 1 },
  half: {
    answers: { anonymous: `function anonymous(pages: number): Mapping { ${ANONYMOUS} | MAP.POPULATE); }`, bytes: "const bytes = 4096;" },
    anonymous: 2,
    bytes: 0,
  },
  empty: { answers: {}, anonymous: 0, bytes: 0 },
  wrong: {
    answers: { anonymous: "function anonymous(pages: number): number { return pages; }", bytes: "const bytes = '1';" },
    anonymous: 0,
    bytes: 0,
  },
  segfault: {
    answers: {
      ...solutions("sample"),
      anonymous: 'function anonymous(pages: number): Mapping { process.kill(process.pid, "SIGSEGV"); return anonymous(pages); }',
    },
    anonymous: 0,
    bytes: 1,
  },
  exits: { answers: { ...solutions("sample"), anonymous: "process.exit(0);" }, anonymous: 0, bytes: 1 },
  floods: {
    answers: { ...solutions("sample"), anonymous: 'for (let line = 0; line < 300_000; line += 1) console.log("x".repeat(100));' },
    anonymous: 0,
    bytes: 1,
  },
  hoards: {
    answers: { ...solutions("sample"), anonymous: "const hoard: number[][] = []; for (;;) hoard.push(new Array<number>(1e6).fill(1.5));" },
    anonymous: 0,
    bytes: 1,
  },
  loops: { answers: { ...solutions("sample"), anonymous: "function anonymous(): Mapping { for (;;); }" }, anonymous: 0, bytes: 1 },
};

describe.skipIf(withoutNbgrader !== "")(`a course with nbgrader${withoutNbgrader}`, () => {
  let course: Course;
  let marks: ReturnType<Course["marks"]>;

  beforeAll(() => {
    course = new Course(["sample"]);
    // What loops is ended soon, so that the test does not wait for it.
    course.configure("c.SurvivingExecute.timeout = 25");
    // All students here are one user of the system.
    course.configure("c.ExchangeCollect.check_owner = False");
    course.nbgrader(["generate_assignment", "sample", "--create"]);
    course.nbgrader(["release_assignment", "sample"]);
    course.hand("sample", Object.fromEntries(Object.entries(SAMPLE).map(([student, { answers }]) => [student, answers])));
    course.nbgrader(["collect", "sample"]);
    course.nbgrader(["autograde", "sample", "--create"]);
    marks = course.marks("sample");
  }, 400_000);

  afterAll(() => course.remove());

  test("releases neither solutions nor hidden tests", () => {
    const released = readFileSync(join(course.root, "release", "sample", "sample.ipynb"), "utf8");
    expect(released).toContain("YOUR CODE HERE");
    for (const secret of ["MAP.ANONYMOUS", "HIDDEN", "SOLUTION", "first touch", "Rubric", "bytes of all pages"])
      expect(released).not.toContain(secret);
    expect(released).toContain("createHash");
  });

  test.each(Object.keys(SAMPLE))("gives the submission of %s exactly what it has earned", (student) => {
    const { anonymous, bytes } = SAMPLE[student]!;
    const errors = course.graded(student, "sample").cells.flatMap(({ outputs = [] }) => outputs.map(({ evalue }) => evalue));
    // What nobody has answered gets no points without a person.
    expect(marks[student], `errors of its cells: ${errors.join("; ")}`).toEqual({
      "test-anonymous": anonymous,
      "test-bytes": bytes,
      why: 0,
    });
  });

  test("draws the parameters of the student and not of the grader", () => {
    const result = JSON.stringify(course.graded("right", "sample").cells.find((cell) => cell.metadata.nbgrader?.grade_id === "pages"));
    const other = JSON.stringify(course.graded("wrong", "sample").cells.find((cell) => cell.metadata.nbgrader?.grade_id === "pages"));
    expect(result).toContain("execute_result");
    expect(course.graded("right", "sample").cells.some((cell) => JSON.stringify(cell).includes("1 of 1 point"))).toBe(true);
    expect([result, other].every((cell) => /"text\/plain":\s*\[?"[4-9]"/.test(cell))).toBe(true);
  });

  test("writes feedback that says what was expected, what was seen, and a hint", () => {
    course.nbgrader(["generate_feedback", "sample"]);
    const html = course.feedback("half", "sample");
    for (const words of ["3 faults", "0 minor and 0 major faults", "MAP.POPULATE touches the pages at once", "multiply by PAGE_SIZE"])
      expect(html).toContain(words);
  }, 200_000);
});
