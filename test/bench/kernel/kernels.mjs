/** The kernels that are compared: how each is started, and the same small cells in its language. */
import { join } from "node:path";

/**
 * @typedef {object} BenchedKernel
 * @property {string} name
 * @property {(connectionFile: string) => readonly [string, ...string[]]} command
 * @property {(n: number) => string} cell a trivial cell: declares xN and shows a value
 * @property {Readonly<Record<string, string>>} [env] variables it needs besides
 */

/**
 * @param {import("../../../kernel/setup/places.mjs").Places} places
 * @param {ReturnType<typeof import("./deno.mjs").denoOf>} [found]
 */
export function benchedKernels(places, found) {
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
  /** @type {BenchedKernel | null} */
  const deno =
    found !== undefined && "program" in found
      ? {
          name: "deno",
          command: (file) => [found.program, "jupyter", "--kernel", "--conn", file],
          cell: typescriptCell,
          env: { DENO_DIR: found.cache, DENO_NO_UPDATE_CHECK: "1" },
        }
      : null;
  return { ours, tslab, ipykernel, deno };
}
