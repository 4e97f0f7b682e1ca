/** A process that ends while a pager is open, or while an access waits for it, ends whole. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { userfaultfdAbility } from "../../../kernel/src/probe/index.js";

const ROOT = join(import.meta.dirname, "../../..");
const { allowed, how } = userfaultfdAbility();
const needs = allowed === "no" ? ` (needs userfaultfd: ${how ?? ""})` : "";
let compiled: string;

/** Another process runs JavaScript: the sources it needs, compiled to a place of their own. */
beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
  symlinkSync(join(ROOT, "node_modules"), join(compiled, "node_modules"));
  const flags = ["--outDir", compiled, "--rootDir", join(ROOT, "kernel/src"), "--module", "NodeNext", "--target", "ES2022"];
  const fast = ["--types", "node", "--skipLibCheck", "--noCheck", "--ignoreConfig"];
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, ...flags, ...fast, join(ROOT, "kernel/src/lab/index.ts")], { cwd: ROOT });
}, 120_000);

afterAll(() => {
  rmSync(compiled, { recursive: true });
});

/** A program with a pager over 4 pages, as an argument of node. */
function program(body: string): string[] {
  const lab = pathToFileURL(join(compiled, "lab/index.js")).href;
  const start = `import { mmap, pager, PROT, MAP, PAGE_SIZE } from ${JSON.stringify(lab)};
    const m = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS);`;
  return ["--input-type=module", "--eval", start + body];
}

describe.skipIf(allowed === "no")(`a process with a pager${needs}`, () => {
  test.each([
    ["returns with the pager open", "pager(m, () => Uint8Array.of(65)); process.stdout.write(String(m.load(0)));", 0, "65"],
    ["exits within the function", "pager(m, () => process.exit(3)); m.load(0);", 3, ""],
    ["throws within the function", 'pager(m, () => { throw new Error("no block") }); m.load(0);', 1, ""],
  ] as const)(
    "ends when it %s",
    (_what, body, status, output) => {
      const child = spawnSync(process.execPath, program(body), { encoding: "utf8", timeout: 60_000 });
      expect([child.signal, child.status, child.stdout]).toEqual([null, status, output]);
      expect(existsSync(`/proc/${child.pid}`)).toBe(false);
      if (status === 1) expect(child.stderr).toMatch(/PagerError.*page 0, reading mapping 1\+0x0.*no block/);
    },
    60_000,
  );

  test("is killed while an access waits", async () => {
    const child = spawn(process.execPath, program('pager(m, () => { process._rawDebug("waiting"); for (;;); }); m.load(0);'));
    await new Promise((resolve) => child.stderr.once("data", resolve));
    const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  }, 60_000);
});
