/** The kernels that are compared: how each is started, and the same small cells in its language. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} BenchedKernel
 * @property {string} name
 * @property {(connectionFile: string) => readonly [string, ...string[]]} command
 * @property {(n: number) => string} cell a trivial cell: declares xN and shows a value
 */

/** @param {import("../../../kernel/setup/places.mjs").Places} places */
export function benchedKernels(places) {
  const inModules = (/** @type {string[]} */ ...path) => join(places.root, "node_modules", ...path);
  /** @param {number} n */
  const typescriptCell = (n) => `let x${n}: number = ${n}; x${n} + 1`;
  /** @type {BenchedKernel} */
  const ours = {
    name: "mmaplab",
    command: (file) => [process.execPath, places.kernelMain, "kernel", "--no-history", file],
    cell: typescriptCell,
  };
  /** @type {BenchedKernel} */
  const tslab = {
    name: "tslab",
    command: (file) => [process.execPath, inModules("tslab", "bin", "tslab"), "kernel", "--config-path", file],
    cell: typescriptCell,
  };
  /** @type {BenchedKernel} */
  const ipykernel = {
    name: "ipykernel",
    command: (file) => [places.python, "-m", "ipykernel_launcher", "-f", file],
    cell: (n) => `x${n} = ${n}\nx${n} + 1`,
  };
  const denoMain = inModules("deno", "bin.cjs");
  /** @type {BenchedKernel | null} */
  const deno = existsSync(denoMain)
    ? { name: "deno", command: (file) => [process.execPath, denoMain, "jupyter", "--kernel", "--conn", file], cell: typescriptCell }
    : null;
  return { ours, tslab, ipykernel, deno };
}
