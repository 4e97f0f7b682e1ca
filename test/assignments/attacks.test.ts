/** Hostile submissions earn nothing, and cost nobody else anything. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { gradeSubmission, loadPlan, readNotebook, type Marks } from "../../kernel/src/grade/index.js";
import { sourcePath, submit, withoutSandbox } from "./grading.js";
import { TEMPLATE, solutions } from "./nbgrader-course.js";

interface Attack {
  readonly name: string;
  readonly predictions?: string;
  readonly cause?: string;
}

const { attacks } = JSON.parse(readFileSync(new URL("./attacks.json", import.meta.url), "utf8")) as { readonly attacks: readonly Attack[] };
const folder = mkdtempSync(join(tmpdir(), "mmaplab-attacks-"));
const released = readNotebook(sourcePath("sixteen-faults"));
/** One task of each kind: an answer, and faults that are counted. */
const tasks = (await loadPlan(join(TEMPLATE, "grading", "sixteen-faults.mjs"))).filter(({ id }) => ["read-each", "sixteen"].includes(id));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function grade(student: string, answers: Readonly<Record<string, string>>): Promise<Marks> {
  const submission = submit(join(folder, `${student.replaceAll(/\W/g, "-")}.ipynb`), "sixteen-faults", answers);
  return gradeSubmission({ student, submission, released, tasks, times: { start: 60_000, cell: 10_000 } });
}

describe.skipIf(withoutSandbox !== "")(`a submission${withoutSandbox}`, () => {
  test("that is right earns all points", async () => {
    const marks = await grade("right", solutions("sixteen-faults"));
    expect(marks.tasks.map(({ outcome, seen }) => [outcome, seen])).toEqual(tasks.map(() => ["passed", undefined]));
  });

  test("is tried in more than 25 attacks", () => {
    expect(new Set(attacks.map(({ name }) => name)).size).toBeGreaterThanOrEqual(25);
  });

  test.concurrent.each(attacks)("that $name earns nothing", async ({ name, predictions = "", cause = "" }) => {
    const { earned, tasks: marks } = await grade(name, { predictions, cause });
    expect(earned, JSON.stringify(marks)).toBe(0);
    // It fails by itself, and the grader goes on.
    expect(marks.map(({ outcome }) => outcome)).toEqual(marks.map(() => "failed"));
  });
});
