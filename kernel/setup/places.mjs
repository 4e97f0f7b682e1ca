/** Where things lie in the project. All paths are absolute. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json of the workspace. */
export const PROJECT_ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** Name of the extension's npm package, which is also its folder under share/jupyter/labextensions. */
export const EXTENSION_NAME = "mmaplab-jupyterlab";

/** Name of the kernelspec. */
export const KERNEL_NAME = "mmaplab";

/**
 * @param {string} [root]
 */
export function places(root = PROJECT_ROOT) {
  const venv = join(root, ".venv");
  const state = join(root, ".mmaplab");
  return {
    root,
    /** What the set-up and the runs leave behind; not under version control. */
    state,
    stamps: join(state, "stamps"),
    setupLock: join(state, "setup.lock"),
    setupLog: join(state, "setup.log"),
    jupyterlabLog: join(state, "jupyterlab.log"),
    /** Where a browser of the project's own is put when the machine has none. */
    browsers: join(state, "browsers"),
    venv,
    python: join(venv, "bin", "python"),
    kernelspec: join(venv, "share", "jupyter", "kernels", KERNEL_NAME),
    labextension: join(venv, "share", "jupyter", "labextensions", EXTENSION_NAME),
    labSettings: join(venv, "share", "jupyter", "lab", "settings"),
    kernel: join(root, "kernel"),
    kernelMain: join(root, "kernel", "dist", "cli", "main.js"),
    extension: join(root, "extension"),
    builtExtension: join(root, "extension", "labextension"),
    requirements: join(root, "kernel", "setup", "requirements", "jupyterlab.txt"),
    /** What `npm test` needs besides. */
    testRequirements: join(root, "kernel", "setup", "requirements", "test.txt"),
    /** What grading needs, in an environment of its own. */
    gradingRequirements: join(root, "kernel", "setup", "requirements", "grading.txt"),
    grading: join(state, "grading"),
    /** What `mmaplab reproduce` needs. */
    reproduceRequirements: join(root, "kernel", "setup", "requirements", "reproduce.txt"),
    /** Relative to the root, as JupyterLab wants it. */
    firstNotebook: "notebooks/guided/01-first-mapping.ipynb",
    testResults: join(root, "test", "results"),
  };
}

/** @typedef {ReturnType<typeof places>} Places */
