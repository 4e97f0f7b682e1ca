/**
 * Every guided notebook, executed by nbclient: as it is, answered rightly, answered wrongly, and without what its gated steps need.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ANSWERS } from "./answers.js";
import { canBecomeNobody, errorsOf, executeNotebook, readNotebook, wholeText, type Notebook, type User } from "./execute-notebook.mjs";
import { answered, exercisesOf, withoutWaiting } from "./exercises.mjs";
import { GUIDED, guidedNotebooks, lessons, pathOf } from "./guided-notebooks.mjs";
import { traces } from "./leftovers.js";
import { cellsChecking, figuresOf, gatesOf, outcomesOf, unexplainedIn } from "./outputs.js";
import { absoluteAddresses, relabelAddresses } from "./relabel-addresses.mjs";

const USERS: readonly User[] = canBecomeNobody ? ["this user", "nobody"] : ["this user"];

/** What the checks of each exercise came to. */
const outcomes = (notebook: Notebook, exercises: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(exercises.map((name) => [name, cellsChecking(notebook, name).flatMap(outcomesOf)]));

/** The same outcome for all of them. */
const all = (outcome: string, exercises: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(exercises.map((name) => [name, [outcome]]));

describe.each(guidedNotebooks)("%s", (name) => {
  const notebook = readNotebook(pathOf(name));
  const exercises = exercisesOf(notebook);
  const answers = ANSWERS[name] ?? {};
  const gates = gatesOf(notebook);

  test("is kept without outputs, with ids, for the kernel mmaplab", () => {
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    expect(notebook.metadata).toMatchObject({ kernelspec: { name: "mmaplab", language: "typescript" } });
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
    for (const { cell_type, outputs, execution_count } of notebook.cells)
      if (cell_type === "code") expect([outputs, execution_count]).toEqual([[], null]);
  });

  test("has a right and a wrong answer here for each exercise, and one cell that checks it", () => {
    expect(Object.keys(answers).sort()).toEqual([...exercises].sort());
    for (const exercise of exercises) expect(cellsChecking(notebook, exercise), exercise).toHaveLength(1);
  });

  test("has a recording for each step that not every machine can run", () => {
    for (const gate of gates) expect(existsSync(join(GUIDED, "recorded", `${gate.name}.json`)), gate.name).toBe(true);
  });

  test.each(USERS)("runs with nothing answered, as %s, and leaves nothing behind", async (user) => {
    const before = traces();
    const executed = (await executeNotebook(notebook, { folder: GUIDED, user })).notebook;
    expect(errorsOf(executed)).toEqual([]);
    expect(unexplainedIn(executed)).toEqual([]);
    expect(outcomes(executed, exercises)).toEqual(all("open", exercises));
    expect(absoluteAddresses(relabelAddresses(executed))).toEqual([]);
    expect(traces()).toEqual(before);
  });

  if (exercises.length > 0)
    test("takes the right answers", async () => {
      const right = answered(withoutWaiting(notebook), (exercise) => answers[exercise]?.right ?? "null");
      const executed = (await executeNotebook(right, { folder: GUIDED })).notebook;
      expect(errorsOf(executed)).toEqual([]);
      expect(unexplainedIn(executed)).toEqual([]);
      expect(outcomes(executed, exercises)).toEqual(all("passed", exercises));
    });

  if (exercises.length > 0)
    test("refuses the wrong answers, with a hint, and nothing else fails", async () => {
      const wrong = answered(withoutWaiting(notebook), (exercise) => answers[exercise]?.wrong ?? "null");
      const executed = (await executeNotebook(wrong, { folder: GUIDED })).notebook;
      expect(outcomes(executed, exercises)).toEqual(all("failed", exercises));
      const checks = exercises.flatMap((exercise) => cellsChecking(executed, exercise));
      expect(errorsOf(executed).map(({ id, name: error }) => [id, error])).toEqual(
        executed.cells.filter((cell) => checks.includes(cell)).map(({ id }) => [id, "CheckFailed"]),
      );
      for (const cell of checks)
        for (const view of figuresOf(cell)) if (view.kind === "check") expect(view.hint?.length ?? 0, view.name).toBeGreaterThan(10);
    });

  if (gates.length > 0)
    test("shows what was recorded where its gated steps cannot run", async () => {
      const missing = [...new Set(gates.flatMap(({ needs }) => needs))].join(",");
      const executed = (await executeNotebook(withoutWaiting(notebook), { folder: GUIDED, env: { MMAPLAB_WITHOUT: missing } })).notebook;
      expect(errorsOf(executed)).toEqual([]);
      const titles = executed.cells.flatMap(figuresOf).map(({ title }) => title);
      for (const gate of gates) expect(titles).toContain(`Not run here: ${gate.name}`);
    });
});

describe.each(lessons)("%s teaches:", (name) => {
  const { cells } = readNotebook(pathOf(name));
  const text = cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) => wholeText(source));
  const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => wholeText(source));

  test("it says what one will learn and how long it takes, asks two exercises or more, and sums up", () => {
    expect(text[0]).toMatch(/^# /);
    expect(text.join("\n")).toMatch(/You will\b/);
    expect(text[0]).toMatch(/\d+ minutes/);
    expect(exercisesOf(readNotebook(pathOf(name))).length).toBeGreaterThanOrEqual(2);
    expect(text.join("\n")).toMatch(/^## (Summary|What you saw)/m);
  });

  test("it predicts, observes, and holds the model against the kernel at the end", () => {
    expect(code.some((source) => source.includes("predict("))).toBe(true);
    expect(code.some((source) => /\bobserve\(/.test(source))).toBe(true);
    expect(code.some((source) => source.includes("lab.compare()"))).toBe(true);
  });
});
