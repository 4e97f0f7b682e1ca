/** .venv: JupyterLab and what the tests drive it with, at pinned versions. */
import { existsSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.mjs";
import { diagnose } from "../diagnosis.mjs";
import { findPython } from "../python.mjs";

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function pythonEnvironment(places) {
  return {
    id: "python-environment",
    name: "JupyterLab in .venv",
    needs: [],
    inputs: () => ({
      files: [places.requirements],
      facts: {
        // A virtual environment holds absolute paths: a copied or moved project needs a new one.
        folder: places.venv,
        // Its interpreter is a link to the system's, which an upgrade of the system may point at another version.
        interpreter: existsSync(places.python) ? realpathSync(places.python) : "none",
      },
    }),
    outputs: [places.python, join(places.venv, "pyvenv.cfg"), join(places.venv, "bin", "jupyter-lab")],
    async require() {
      await findPython();
    },
    async run({ log, signal }) {
      const python = await findPython();
      // Whatever is there is half-made or outdated.
      if (existsSync(places.venv)) rmSync(places.venv, { recursive: true, force: true });
      try {
        await run(python.executable, ["-m", "venv", places.venv], { log, signal });
        // Without this, Node takes the scripts inside Python packages (JupyterLab's yarn.js) for ES modules, because
        // the package.json above them says so.
        writeFileSync(join(places.venv, "package.json"), '{ "type": "commonjs" }\n');
        const args = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-user", "--require-hashes"];
        await run(places.python, [...args, "--requirement", places.requirements], { log, signal });
      } catch (error) {
        throw diagnose(error, { doing: "installing JupyterLab into .venv", logFile: log.file, program: "pip" });
      }
    },
  };
}
