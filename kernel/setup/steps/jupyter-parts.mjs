/** What mmaplab puts into .venv: the kernelspec, the built extension and JupyterLab's defaults. */
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What Jupyter reads to start the kernel.
 * @param {import("../places.mjs").Places} places
 * @returns {string} the content of kernel.json
 */
export function kernelJson(places) {
  const kernel = {
    argv: [process.execPath, places.kernelMain, "kernel", "{connection_file}"],
    display_name: "TypeScript (mmaplab)",
    language: "typescript",
    // A signal would end a cell halfway in native code; the kernel is asked by message instead.
    interrupt_mode: "message",
    metadata: { debugger: false },
  };
  return `${JSON.stringify(kernel, null, 2)}\n`;
}

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function kernelspec(places) {
  const file = join(places.kernelspec, "kernel.json");
  return {
    id: "kernelspec",
    name: "kernelspec",
    needs: ["python-environment"],
    inputs: () => ({ files: [], facts: { "kernel.json": kernelJson(places) } }),
    outputs: [file],
    async run() {
      mkdirSync(places.kernelspec, { recursive: true });
      writeFileSync(file, kernelJson(places));
    },
  };
}

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function labextension(places) {
  return {
    id: "labextension",
    name: "extension in .venv",
    needs: ["python-environment", "extension-build"],
    inputs: () => ({ files: [places.builtExtension] }),
    outputs: [join(places.labextension, "package.json")],
    async run() {
      // Copied beside its place first, so that a JupyterLab that is running never serves half of it.
      const copy = `${places.labextension}.new`;
      rmSync(copy, { recursive: true, force: true });
      cpSync(places.builtExtension, copy, { recursive: true });
      rmSync(places.labextension, { recursive: true, force: true });
      renameSync(copy, places.labextension);
    },
  };
}

/** JupyterLab asks at its first start whether it may fetch news; it stays offline instead. */
const LAB_DEFAULTS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step}
 */
export function labDefaults(places) {
  const file = join(places.labSettings, "overrides.json");
  const content = `${JSON.stringify(LAB_DEFAULTS, null, 2)}\n`;
  return {
    id: "lab-defaults",
    name: "JupyterLab defaults",
    needs: ["python-environment"],
    inputs: () => ({ files: [], facts: { "overrides.json": content } }),
    outputs: [file],
    async run() {
      mkdirSync(places.labSettings, { recursive: true });
      writeFileSync(file, content);
    },
  };
}
