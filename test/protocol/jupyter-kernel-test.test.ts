/** Jupyter's own judge of kernels, on the compiled kernel, under a kernelspec that exists for this test only. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KERNEL_MAIN } from "./client.js";

/** The project's own Python; another one by MMAPLAB_TEST_PYTHON. */
const PYTHON = process.env["MMAPLAB_TEST_PYTHON"] ?? fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const SAMPLES = fileURLToPath(new URL("./jupyter_kernel_test_mmaplab.py", import.meta.url));

const isInstalled = existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import jupyter_kernel_test, nbclient"]).status === 0;
const without = isInstalled ? "" : " (skipped: .venv has no jupyter_kernel_test and nbclient)";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mmaplab-judge-"));
  const kernelspec = join(folder, "kernels", "mmaplab");
  mkdirSync(kernelspec, { recursive: true });
  const spec = {
    argv: [process.execPath, KERNEL_MAIN, "kernel", "{connection_file}"],
    display_name: "mmaplab",
    language: "typescript",
    interrupt_mode: "message",
  };
  writeFileSync(join(kernelspec, "kernel.json"), JSON.stringify(spec));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function python(...args: string[]): { status: number | null; output: string } {
  const env = {
    ...process.env,
    JUPYTER_PATH: folder,
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    JUPYTER_PLATFORM_DIRS: "1",
    XDG_DATA_HOME: join(folder, "data"),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const { status, stdout, stderr } = spawnSync(PYTHON, args, { cwd: folder, env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test.skipIf(!isInstalled)(`jupyter_kernel_test passes, with no test skipped${without}`, () => {
  const { status, output } = python(SAMPLES, "-v");
  expect(status, output).toBe(0);
  expect(output).toMatch(/^Ran 13 tests/m);
  expect(output).not.toContain("skipped");
});

const NOTEBOOK = `
import nbformat, sys
from nbclient import NotebookClient
cells = [nbformat.v4.new_code_cell(source) for source in sys.argv[2:]]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, kernel_name="mmaplab", allow_errors=True, timeout=int(sys.argv[1]), interrupt_on_timeout=True).execute()
for cell in notebook.cells:
    print("|".join(o.get("ename") or o.get("text", "").strip() or o["data"]["text/plain"] for o in cell.outputs))
`;

test.skipIf(!isInstalled)(`nbclient reports every failing cell of a notebook and runs the one after a crash${without}`, () => {
  const cells = ['throw new Error("1")', 'throw new TypeError("2")', "process.exit(5)", 'console.log("after"); 6 * 7'];
  const { status, output } = python("-c", NOTEBOOK, "120", ...cells);
  expect(status, output).toBe(0);
  expect(output.trim().split("\n")).toEqual(["Error", "TypeError", "ProcessExit", "after|42"]);
});

test.skipIf(!isInstalled)(`nbclient's time limit interrupts an endless cell and the next one runs${without}`, () => {
  const { status, output } = python("-c", NOTEBOOK, "15", "while (true) {}", "1 + 1");
  expect(status, output).toBe(0);
  expect(output.trim().split("\n")).toEqual(["KeyboardInterrupt", "2"]);
});
