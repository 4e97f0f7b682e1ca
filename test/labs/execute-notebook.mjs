/** Executes notebooks with the project's own Python and nbclient on the compiled kernel, as this user or as nobody. */
import { spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { places } from "../../kernel/setup/places.mjs";
import { kernelJson } from "../../kernel/setup/steps/jupyter-parts.mjs";

const SCRIPT = fileURLToPath(new URL("execute_notebook.py", import.meta.url));
const NOBODY = 65534;

/** @typedef {{ output_type: string, name?: string, text?: string | string[], data?: Record<string, unknown>, ename?: string, evalue?: string, traceback?: string[] }} Output */
/** @typedef {{ cell_type: string, id: string, source: string | string[], metadata: Record<string, unknown>, outputs?: Output[], execution_count?: number | null }} Cell */
/** @typedef {{ cells: Cell[], metadata: Record<string, unknown>, nbformat: number, nbformat_minor: number }} Notebook */

/** Who runs the notebook: this process's user, or uid 65534 without any group or capability (needs root). */
/** @typedef {"this user" | "nobody"} User */

/** Whether notebooks can be run as nobody too. */
export const canBecomeNobody = process.getuid?.() === 0;

/**
 * @param {string} path
 * @returns {Notebook}
 */
export function readNotebook(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * @param {string | readonly string[]} text of a cell or an output, which notebooks hold in lines or whole
 */
export function wholeText(text) {
  return typeof text === "string" ? text : text.join("");
}

/**
 * Runs all cells of a notebook, also after one that fails.
 * @param {Notebook} notebook is not changed
 * @param {{ folder: string, user?: User, env?: Record<string, string> }} options `folder`: where the kernel runs
 * @returns {Promise<{ notebook: Notebook, seconds: number }>} the notebook with its outputs; `seconds` from start to end, Python included
 * @throws {Error} where nbclient itself fails, with what it printed
 */
export async function executeNotebook(notebook, { folder, user = "this user", env = {} }) {
  const here = places();
  const work = mkdtempSync(join(tmpdir(), "mmaplab-labs-"));
  try {
    const kernelspec = join(work, "kernels", "mmaplab");
    mkdirSync(kernelspec, { recursive: true });
    writeFileSync(join(kernelspec, "kernel.json"), kernelJson(here));
    const [source, target] = [join(work, "source.ipynb"), join(work, "executed.ipynb")];
    writeFileSync(source, JSON.stringify(notebook));
    const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const command = [...(user === "nobody" ? asNobody : []), here.python, SCRIPT, source, target, folder];
    if (user === "nobody") chownSync(work, NOBODY, NOBODY);
    const began = performance.now();
    await run(command, {
      ...process.env,
      HOME: work,
      JUPYTER_PATH: work,
      JUPYTER_CONFIG_DIR: join(work, "config"),
      JUPYTER_RUNTIME_DIR: join(work, "runtime"),
      JUPYTER_PLATFORM_DIRS: "1",
      IPYTHONDIR: join(work, "ipython"),
      XDG_DATA_HOME: join(work, "data"),
      PYTHONDONTWRITEBYTECODE: "1",
      ...env,
    });
    return { notebook: readNotebook(target), seconds: (performance.now() - began) / 1000 };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The errors among the outputs.
 * @param {Notebook} notebook executed
 * @returns {{ id: string, name: string, message: string }[]} of which cell, and what it says
 */
export function errorsOf(notebook) {
  return notebook.cells.flatMap(({ id, outputs = [] }) =>
    outputs.flatMap(({ output_type, ename = "", evalue = "" }) => (output_type === "error" ? [{ id, name: ename, message: evalue }] : [])),
  );
}

/**
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
function run([program = "", ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`nbclient ended with status ${status}. It printed:\n${output}`));
    });
  });
}
