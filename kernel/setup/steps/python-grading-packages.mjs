/** nbgrader in an environment of its own, at pinned versions: what `npm test` drives it with. In .venv it would change JupyterLab. */
import { join } from "node:path";
import { run } from "../command.mjs";
import { diagnose } from "../diagnosis.mjs";
import { findPython } from "../python.mjs";

/**
 * Not among the steps of `npm start`.
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function pythonGradingPackages(places) {
  const python = join(places.grading, "bin", "python");
  return {
    id: "python-grading-packages",
    name: "nbgrader in .mmaplab/grading",
    needs: [],
    inputs: () => ({ files: [places.gradingRequirements], facts: { folder: places.grading } }),
    outputs: [python, join(places.grading, "bin", "nbgrader")],
    async run({ log, signal }) {
      try {
        const { executable } = await findPython();
        await run(executable, ["-m", "venv", "--clear", places.grading], { log, signal });
        const args = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-user", "--require-hashes"];
        await run(python, [...args, "--requirement", places.gradingRequirements], { log, signal });
      } catch (error) {
        throw diagnose(error, { doing: "installing nbgrader into .mmaplab/grading", logFile: log.file, program: "pip" });
      }
    },
  };
}
