/** The compiled kernel (kernel/dist) and the built JupyterLab extension (extension/labextension). */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.mjs";
import { diagnose } from "../diagnosis.mjs";
import { npmCommand } from "../npm.mjs";

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function kernelBuild(places) {
  const { kernel } = places;
  return {
    id: "kernel-build",
    name: "kernel (TypeScript)",
    needs: ["npm-packages"],
    inputs: () => ({
      files: [...["src", "package.json", "tsconfig.json", "setup/bundle.mjs"].map((part) => join(kernel, part)), ...sharedInputs(places)],
      // The build makes a start-up snapshot as well, which is bound to the Node it was made with.
      facts: { node: process.version },
    }),
    outputs: [places.kernelMain, join(kernel, "dist", "model", "index.js"), join(kernel, "dist", "views", "index.js")],
    async run(context) {
      // The compiler's record of the last build would make it leave out files that were deleted since.
      rmSync(join(kernel, "dist", ".tsbuildinfo"), { force: true });
      await build("mmaplab", "the kernel", context);
    },
  };
}

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function extensionBuild(places) {
  const { extension, kernel } = places;
  return {
    id: "extension-build",
    name: "JupyterLab extension",
    needs: ["kernel-build"],
    inputs: () => ({
      files: [
        ...["src", "style", "schema", "package.json", "tsconfig.json", "build.mjs", "install.json"].map((part) => join(extension, part)),
        // What the extension takes from the kernel.
        ...["abi", "model", "views"].map((part) => join(kernel, "src", part)),
        ...sharedInputs(places),
      ],
    }),
    outputs: [join(places.builtExtension, "package.json")],
    async run(context) {
      await build("mmaplab-jupyterlab", "the extension", context);
    },
  };
}

/** @param {import("../places.mjs").Places} places */
function sharedInputs(places) {
  return [join(places.root, "tsconfig.json"), join(places.root, "package-lock.json")];
}

/**
 * @param {string} workspace name of the npm package
 * @param {string} what
 * @param {import("../step.mjs").Context} context
 */
async function build(workspace, what, { places, log, signal }) {
  const [npm, ...args] = npmCommand();
  try {
    await run(npm, [...args, "run", "build", "--workspace", workspace], { cwd: places.root, log, signal });
  } catch (error) {
    throw diagnose(error, { doing: `building ${what}`, logFile: log.file });
  }
}
