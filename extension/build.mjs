/**
 * Builds the prebuilt JupyterLab extension into labextension/, without Python: JupyterLab's own builder, with the
 * published metadata of JupyterLab's core instead of an installed JupyterLab.
 * Options are passed on to the builder: --development, --watch, --source-map.
 *
 * Both packages may lie in this folder's node_modules or in a parent's, so they are resolved as Node resolves them.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));

function resolved(file) {
  try {
    return require.resolve(file);
  } catch (cause) {
    throw new Error(`${file} is not installed. Run "npm ci" in the top folder of the project first.`, { cause });
  }
}

const build = spawnSync(
  process.execPath,
  [
    resolved("@jupyter/builder/lib/build-labextension.js"),
    "--core-package-file",
    resolved("@jupyterlab/core-meta/core.package.json"),
    ...process.argv.slice(2),
    here,
  ],
  { cwd: here, stdio: "inherit" },
);
if (build.error) throw build.error;
process.exitCode = build.status ?? 1;
