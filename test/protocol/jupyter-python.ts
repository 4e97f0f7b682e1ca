/** Programs of the Jupyter project, run by the project's own Python on the compiled kernel, under a kernelspec that exists for the test only. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { KERNEL_MAIN } from "./client.js";

/** The project's own Python; another one by MMAPLAB_TEST_PYTHON. */
const PYTHON = process.env["MMAPLAB_TEST_PYTHON"] ?? fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));

/** Why a test that imports `modules` cannot run, for its title; empty where it can. */
export function withoutModules(...modules: readonly string[]): string {
  const isThere = existsSync(PYTHON) && spawnSync(PYTHON, ["-c", `import ${modules.join(", ")}`]).status === 0;
  return isThere ? "" : ` (needs ${modules.join(" and ")} in .venv; npm test installs them)`;
}

export interface JupyterPython {
  /** An empty folder, which is also where programs run; removed after the tests. */
  readonly folder: string;
  /** Runs Python with these arguments and waits for its end. */
  run(...args: readonly string[]): { readonly status: number | null; readonly output: string };
}

/** Python for a file of tests. What it starts finds the kernel `mmaplab`, and keeps all its files in {@link JupyterPython.folder}. */
export function useJupyterPython(): () => JupyterPython {
  let folder = "";
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
  return () => ({
    folder,
    run: (...args) => {
      const env = {
        ...process.env,
        HOME: folder,
        JUPYTER_PATH: folder,
        JUPYTER_CONFIG_DIR: join(folder, "config"),
        JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
        JUPYTER_PLATFORM_DIRS: "1",
        IPYTHONDIR: join(folder, "ipython"),
        XDG_DATA_HOME: join(folder, "data"),
        PYTHONDONTWRITEBYTECODE: "1",
      };
      const { status, stdout, stderr } = spawnSync(PYTHON, args, { cwd: folder, env, encoding: "utf8" });
      return { status, output: stdout + stderr };
    },
  });
}
