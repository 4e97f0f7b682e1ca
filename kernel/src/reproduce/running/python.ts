/** The Python that runs the notebooks, with papermill in it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const KERNEL = fileURLToPath(new URL("../../../", import.meta.url));
const PROJECT = dirname(KERNEL.replace(/\/$/, ""));

/** In a clone of the project; elsewhere the package is installed with the wheel. */
const PAPERMILL_PACKAGE = join(PROJECT, "extension", "papermill");

/** Where the Python packages of an engine are named. */
const REQUIREMENTS = join("kernel", "setup", "requirements", "reproduce.txt");

/** The command line of this version's kernel, for a kernelspec. */
export function kernelCommand(): string[] {
  return [process.execPath, join(KERNEL, "dist", "cli", "main.js"), "kernel", "--no-history", "{connection_file}"];
}

/** The environment of the Python that runs notebooks. */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  const path = [PAPERMILL_PACKAGE, process.env["PYTHONPATH"]].filter((part) => part !== undefined && part !== "" && existsSync(part));
  return { ...process.env, PYTHONPATH: path.join(":"), PYTHONDONTWRITEBYTECODE: "1" };
}

/**
 * The Python to use: MMAPLAB_PYTHON, that of the active environment, or that of the project.
 * @param packages that have to be there
 * @throws Error that says how to get what is missing
 */
export function pythonWith(packages: readonly string[]): string {
  const environment = process.env["VIRTUAL_ENV"];
  const candidates = [
    process.env["MMAPLAB_PYTHON"],
    environment === undefined ? undefined : join(environment, "bin", "python"),
    join(PROJECT, ".venv", "bin", "python"),
  ].filter((path) => path !== undefined && path !== "" && existsSync(path));
  const [first] = candidates;
  const install = (python: string) => `${python} -m pip install --require-hashes --requirement ${join(PROJECT, REQUIREMENTS)}`;
  if (first === undefined)
    throw new Error(
      `there is no Python environment to run notebooks with. Run npm start once, which makes one, then ${install(".venv/bin/python")}. Or name one: MMAPLAB_PYTHON=...`,
    );
  const found = candidates.find((python) => python !== undefined && has(python, packages));
  if (found === undefined) throw new Error(`${first} lacks ${packages.join(" or ")}. Install it: ${install(first)}`);
  return found;
}

function has(python: string, packages: readonly string[]): boolean {
  const question = `import importlib.util, sys; sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))`;
  try {
    execFileSync(python, ["-c", question, ...packages], { stdio: "ignore", env: pythonEnvironment() });
    return true;
  } catch {
    return false; // it says so by its status
  }
}
