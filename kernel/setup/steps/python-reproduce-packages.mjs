/** What `mmaplab reproduce` runs notebooks with, added to .venv at pinned versions: papermill, dask. */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.mjs";
import { diagnose } from "../diagnosis.mjs";

/**
 * Not among the steps of `npm start`.
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function pythonReproducePackages(places) {
  return {
    id: "python-reproduce-packages",
    name: "packages for experiments in .venv",
    needs: ["python-environment"],
    inputs: () => ({
      // reproduce.txt keeps to the versions of jupyterlab.txt.
      files: [places.requirements, places.reproduceRequirements],
      facts: { folder: places.venv, interpreter: existsSync(places.python) ? realpathSync(places.python) : "none" },
    }),
    // Gone together with .venv, when that is made anew.
    outputs: [join(places.venv, "bin", "papermill"), join(places.venv, "bin", "dask")],
    async run({ log, signal }) {
      const args = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-user", "--require-hashes"];
      try {
        await run(places.python, [...args, "--requirement", places.reproduceRequirements], { log, signal });
      } catch (error) {
        throw diagnose(error, { doing: "installing the packages for experiments into .venv", logFile: log.file, program: "pip" });
      }
    },
  };
}
