/** Jupyter's own judge of kernels, and its runner of notebooks, on the compiled kernel. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyterPython, withoutModules } from "./jupyter-python.js";

const SAMPLES = fileURLToPath(new URL("./jupyter_kernel_test_mmaplab.py", import.meta.url));

const jupyter = useJupyterPython();
const without = withoutModules("jupyter_kernel_test", "nbclient");

test.skipIf(without !== "")(`jupyter_kernel_test passes, with no test skipped${without}`, () => {
  const { status, output } = jupyter().run(SAMPLES, "-v");
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

test.skipIf(without !== "")(`nbclient reports every failing cell of a notebook and runs the one after a crash${without}`, () => {
  const cells = ['throw new Error("1")', 'throw new TypeError("2")', "process.exit(5)", 'console.log("after"); 6 * 7'];
  const { status, output } = jupyter().run("-c", NOTEBOOK, "120", ...cells);
  expect(status, output).toBe(0);
  expect(output.trim().split("\n")).toEqual(["Error", "TypeError", "ProcessExit", "after|42"]);
});

test.skipIf(without !== "")(`nbclient reports three errors for three cells that throw${without}`, () => {
  const { status, output } = jupyter().run("-c", NOTEBOOK, "120", ...["1", "2", "3"].map((n) => `throw new Error("${n}")`));
  expect(status, output).toBe(0);
  expect(output.trim().split("\n")).toEqual(["Error", "Error", "Error"]);
});

test.skipIf(without !== "")(`nbclient's time limit interrupts an endless cell and the next one runs${without}`, () => {
  const { status, output } = jupyter().run("-c", NOTEBOOK, "15", "let kept = 40;", "while (true) {}", "kept + 2");
  expect(status, output).toBe(0);
  expect(output.trimEnd().split("\n")).toEqual(["", "KeyboardInterrupt", "42"]);
});
