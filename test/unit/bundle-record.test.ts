/** Which files start the kernel: the bundles of the built kernel where they fit what they were made of, else the modules. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mmaplab-bundle-test-"));
const dist = join(folder, "kernel", "dist");

beforeAll(() => {
  if (!existsSync(join(root, "kernel", "dist", "cli", "main.js"))) throw new Error("The kernel is not built. Run `npm run build` first.");
  for (const part of ["dist", "setup", "package.json"]) {
    const isWanted = (path: string): boolean => !path.endsWith("/snapshot") && !path.includes("/dist/bundle");
    cpSync(join(root, "kernel", part), join(folder, "kernel", part), { recursive: true, filter: isWanted, preserveTimestamps: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

const bundle = (): void => void execFileSync(process.execPath, [join(folder, "kernel", "setup", "bundle.mjs")], { stdio: "inherit" });

/** The file a process would load for the cell process's main module, asked in a fresh process as a kernel does. */
function entry(): string {
  const record = pathToFileURL(join(dist, "runtime", "bundle-record.js")).href;
  const script = `import(${JSON.stringify(record)}).then((m) => process.stdout.write(m.entryOf("runtime/cell/main.js")))`;
  return execFileSync(process.execPath, ["--eval", script], { encoding: "utf8" });
}

const module = join(dist, "runtime", "cell", "main.js");
const bundled = join(dist, "bundle", "runtime-cell-main.js");

test("without bundles the modules are loaded", () => {
  expect(entry()).toBe(module);
});

test("bundles are loaded as long as the modules are those they were made of", () => {
  bundle();
  expect(entry()).toBe(bundled);
  expect(existsSync(bundled)).toBe(true);
  const other = join(dist, "runtime", "json-lines.js");
  const { atime, mtime } = statSync(other);
  utimesSync(other, atime, new Date(mtime.getTime() + 1000));
  expect(entry()).toBe(module);
  bundle();
  expect(entry()).toBe(bundled);
});

test("others than the builder may read the bundles", () => {
  bundle();
  expect(statSync(join(dist, "bundle")).mode & 0o777).toBe(0o755);
});

test("a package's parts and the whole are one instance in a process that loads bundles", () => {
  bundle();
  const [lab, model] = ["lab-index.js", "model-index.js"].map((name) => JSON.stringify(pathToFileURL(join(dist, "bundle", name)).href));
  const same = `Promise.all([import(${lab ?? ""}), import("mmaplab"), import(${model ?? ""}), import("mmaplab/model")])`;
  const script = `${same}.then(([a, b, c, d]) => process.stdout.write(String(a === b && c === d)))`;
  const args = ["--conditions=mmaplab-bundle", "--input-type=module", "--eval", script];
  expect(execFileSync(process.execPath, args, { encoding: "utf8", cwd: join(folder, "kernel") })).toBe("true");
});
