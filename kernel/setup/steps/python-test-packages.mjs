/** What only the tests drive the kernel with, added to .venv at pinned versions: nbval, jupyter console. */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.mjs";
import { diagnose } from "../diagnosis.mjs";

/**
 * Not among the steps of `npm start`.
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function pythonTestPackages(places) {
  return {
    id: "python-test-packages",
    name: "packages for the tests in .venv",
    needs: ["python-environment"],
    inputs: () => ({
      // test.txt keeps to the versions of jupyterlab.txt.
      files: [places.requirements, places.testRequirements],
      facts: { folder: places.venv, interpreter: existsSync(places.python) ? realpathSync(places.python) : "none" },
    }),
    // Gone together with .venv, when that is made anew.
    outputs: [join(places.venv, "bin", "jupyter-console"), join(places.venv, "bin", "pytest")],
    async run({ log, signal }) {
      const args = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-user", "--require-hashes"];
      try {
        await run(places.python, [...args, "--requirement", places.testRequirements], { log, signal });
      } catch (error) {
        throw diagnose(error, { doing: "installing the packages for the tests into .venv", logFile: log.file, program: "pip" });
      }
    },
  };
}
