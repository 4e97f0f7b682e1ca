/** The progress in the labs, kept in JupyterLab's own database of state; and the faults that outputs tell of. */
import { StateDB } from "@jupyterlab/statedb";
import { expect, test } from "vitest";
import { Progress } from "../../../extension/src/launcher/progress.js";
import { addFaults } from "../../../extension/src/status/fault-sum.js";

const check = (name: string, outcome: string): Record<string, unknown> => ({ kind: "check", name, outcome });

test("what a check said last counts, and is there again after a restart", async () => {
  const database = new StateDB();
  const progress = new Progress(database);
  await progress.ready;
  progress.note("guided/01.ipynb", check("eight faults", "failed"));
  progress.note("guided/01.ipynb", check("no hole", "passed"));
  expect(progress.of("guided/01.ipynb")).toEqual({ passed: 1, seen: 2 });
  progress.note("guided/01.ipynb", check("eight faults", "passed"));
  progress.note("guided/02.ipynb", check("eight faults", "open"));
  expect(progress.total).toEqual({ passed: 2, seen: 3 });
  await expect.poll(async () => Object.keys((await database.toJSON()) ?? {}).length).toBe(1);
  const later = new Progress(database);
  await later.ready;
  expect(later.total).toEqual({ passed: 2, seen: 3 });
  expect(later.of("guided/03.ipynb")).toBeNull();
  later.clear();
  expect(later.total).toEqual({ passed: 0, seen: 0 });
});

test("what is no check is not counted, and what is kept is not trusted", async () => {
  const database = new StateDB();
  await database.save("mmaplab-jupyterlab:progress", { "a.ipynb": { good: true, bad: "yes" }, "b.ipynb": 7 });
  const progress = new Progress(database);
  await progress.ready;
  expect(progress.total).toEqual({ passed: 1, seen: 1 });
  for (const view of [{ kind: "faults" }, { kind: "check", name: 7, outcome: "passed" }, { kind: "check", name: "x" }])
    progress.note("c.ipynb", view);
  progress.note("__proto__", check("x", "passed"));
  expect(progress.of("c.ipynb")).toBeNull();
  expect(Object.keys({})).toEqual([]);
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test("only the kernel's faults are summed", () => {
  const source = (name: string, minor: unknown): Record<string, unknown> => ({ source: name, minor, major: 1 });
  expect(addFaults(undefined, [{ kind: "mappings" }])).toBeUndefined();
  const one = addFaults(undefined, [{ kind: "faults", sources: [source("kernel", 3), source("model", 9)] }]);
  expect(one).toEqual({ minor: 3, major: 1 });
  expect(addFaults(one, [{ kind: "faults", sources: [source("kernel", 2), null, source("kernel", "many")] }])).toEqual({
    minor: 5,
    major: 2,
  });
});
