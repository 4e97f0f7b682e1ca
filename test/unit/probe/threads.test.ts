/** Several threads use the probe at once: they share the machine code and its handlers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { mmap, munmap, readMaps } from "../../../kernel/src/linux/index.js";
import { Program, runProgram } from "../../../kernel/src/probe/index.js";

const ROOT = join(import.meta.dirname, "../../..");
let compiled: string;

/** Worker threads run JavaScript: the sources they need, compiled to a place of their own. */
beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
  symlinkSync(join(ROOT, "node_modules"), join(compiled, "node_modules"));
  const flags = [
    "--outDir",
    compiled,
    "--rootDir",
    join(ROOT, "kernel/src"),
    "--module",
    "NodeNext",
    "--target",
    "ES2022",
    "--types",
    "node",
    "--skipLibCheck",
    "--noCheck",
    "--ignoreConfig",
  ];
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), ...flags, join(ROOT, "kernel/src/probe/index.ts")], {
    cwd: ROOT,
  });
}, 60_000);

afterAll(() => {
  rmSync(compiled, { recursive: true });
});

function worker(rounds: number): Promise<number> {
  const url = (part: string) => pathToFileURL(join(compiled, part, "index.js")).href;
  const thread = new Worker(join(import.meta.dirname, "worker-program.mjs"), {
    workerData: { MAP: { ...MAP }, PROT: { ...PROT }, PAGE_SIZE, probe: url("probe"), linux: url("linux"), rounds },
  });
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}

/** Where machine code may lie: two pages, the first executable and without a file. */
function codePages(): number {
  return readMaps().filter(({ perms, path, start, end }) => perms === "r-xp" && path === "" && end - start === BigInt(PAGE_SIZE)).length;
}

test("accesses refused in three threads at once are each reported to the thread that made them", async () => {
  const at = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
  runProgram(new Program());
  const pages = codePages();
  const workers = Promise.all([worker(300), worker(300)]);
  let [done, wrong] = [false, 0];
  void workers.finally(() => (done = true));
  while (!done) {
    const program = new Program();
    for (let i = 0; i < 1000; i++) program.store(at + BigInt(i), 1);
    const run = runProgram(program);
    for (let i = 0; i < 1000; i++) if (run.signal(i)?.address !== at + BigInt(i)) wrong++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await workers).toEqual([0, 0]);
  expect(wrong).toBe(0);
  // The workers found the code that was there.
  expect(codePages()).toBe(pages);
  munmap(at, PAGE_SIZE);
}, 60_000);

test("the probe goes on after the threads have ended", () => {
  const program = new Program();
  const step = program.load(0n);
  expect(runProgram(program).signal(step)?.code).toBe("SEGV_MAPERR");
});
