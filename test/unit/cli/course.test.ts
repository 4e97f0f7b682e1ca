/** `mmaplab course init`, where it cannot do what it was asked for. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../../kernel/dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mmaplab-course-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function init(path: string, ...options: string[]): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [MAIN, "course", "init", path, ...options], { encoding: "utf8", timeout: 30_000 });
}

test("makes the folders above as well, with one sample or all assignments", () => {
  expect(init(join(folder, "one", "course")).status).toBe(0);
  expect(readdirSync(join(folder, "one", "course", "source"))).toEqual(["sample"]);
  expect(init(join(folder, "all"), "--all").status).toBe(0);
  expect(readdirSync(join(folder, "all", "source"))).toEqual(["pager", "persistent-counter", "sample", "sixteen-faults"]);
});

test("refuses a folder that holds something, and a file", () => {
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "mine"), "");
  expect(init(full)).toMatchObject({ status: 1, stderr: expect.stringContaining("is not empty, and nothing in it is overwritten") });
  expect(readdirSync(full)).toEqual(["mine"]);
  expect(init(join(full, "mine"))).toMatchObject({ status: 1, stderr: expect.stringContaining("is a file. Name a new folder.") });
  expect(init(join(full, "mine", "below"))).toMatchObject({ status: 1, stderr: expect.stringContaining("is a file. Name a folder.") });
});

test.each(["/proc/course", "/proc/course/below"])("says that %s cannot be made", (path) => {
  expect(init(path)).toMatchObject({ status: 1, stderr: expect.stringContaining("the folder /proc/course cannot be made") });
});
