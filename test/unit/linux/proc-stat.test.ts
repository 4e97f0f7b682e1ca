/** Whether a process runs, how it ended, and how much it maps. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { parseProcessEnd, readMaps, readProcessEnd, readTotalPages } from "../../../kernel/src/linux/index.js";

const FIELDS =
  "1 2 2 0 -1 4227084 75 0 0 0 0 0 0 0 20 0 1 0 900 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0";

test.each([
  ["runs", `7 (node) S ${FIELDS} 0`, undefined],
  ["sleeps under a name that looks like a zombie's", `7 (a) Z (b) R ${FIELDS} 0`, undefined],
  ["exited with 3", `7 (node) Z ${FIELDS} ${3 << 8}`, { exitStatus: 3, signal: undefined }],
  ["was killed", `7 (node) Z ${FIELDS} 9`, { exitStatus: undefined, signal: 9 }],
  ["dumped core by SIGSEGV", `7 (node) Z ${FIELDS} ${128 | 11}`, { exitStatus: undefined, signal: 11 }],
])("a process that %s reads so", (_what, text, end) => {
  expect(parseProcessEnd(`${text}\n`)).toEqual(end);
});

test("a live process has no end, and one that is gone an unknown one", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error("a spawned child has a process id");
  expect(readProcessEnd(pid)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(readProcessEnd(pid)).toEqual({ exitStatus: undefined, signal: undefined });
  expect(() => readTotalPages(pid)).toThrow(/ENOENT/);
});

test("the total is the sum of all VMAs but the vsyscall page, which is none", () => {
  const sum = () => readMaps().reduce((pages, { start, end, path }) => pages + (path === "[vsyscall]" ? 0n : (end - start) / 4096n), 0n);
  const tries = Array.from({ length: 50 }, () => [Number(sum()), readTotalPages(), Number(sum())] as const);
  // Node maps and unmaps meanwhile: only a try between two equal sums says something.
  const quiet = tries.filter(([before, , after]) => before === after);
  expect(quiet.length).toBeGreaterThan(0);
  expect(quiet.some(([before, total]) => before === total)).toBe(true);
});
