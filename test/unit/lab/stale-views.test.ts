/** No sequence of calls lets an old view touch memory that is gone: proved in a process that would die of it. */
import { expect, test } from "vitest";
import { runLongProgram } from "./child-program.js";

/** Another sequence each day would hide a failure on the next; name a seed to look further. */
const SEED = process.env["MMAPLAB_VIEW_SEED"] ?? "1";

test(`2000 cycles and random sequences from seed ${SEED} on read old views without a crash`, { timeout: 600_000 }, async () => {
  const end = await runLongProgram("stale-views.program.ts", [SEED]);
  const lines = end.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
  const seed = lines.findLast((line) => "seed" in line)?.["seed"];
  // In a failure this names the signal, the seed to repeat it with, and how far it came.
  const failed = end.status !== 0;
  expect({ ...end, lines: failed ? end.lines.slice(-3) : [], seed: failed ? (seed ?? "before the first") : "" }).toEqual({
    status: 0,
    signal: null,
    lines: [],
    seed: "",
    stderr: "",
  });
  expect(lines[0]).toEqual({ cycles: 2000 });
  const sequences = lines.filter((line) => "views" in line) as { views: number; detached: number }[];
  expect(sequences).toHaveLength(6);
  // The sequences must really have made views and taken them back.
  expect(sequences.reduce((sum, { views }) => sum + views, 0)).toBeGreaterThan(100);
  expect(sequences.every(({ views, detached }) => detached > 0 && detached <= views)).toBe(true);
});
