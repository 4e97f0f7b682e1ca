/** All steps of the set-up, each after those it needs. */
import { extensionBuild, kernelBuild } from "./build.mjs";
import { kernelspec, labDefaults, labextension } from "./jupyter-parts.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { pythonEnvironment } from "./python-environment.mjs";

/**
 * @param {import("../places.mjs").Places} places
 * @returns {import("../step.mjs").Step[]}
 */
export function setupSteps(places) {
  return [npmPackages, pythonEnvironment, kernelBuild, extensionBuild, kernelspec, labextension, labDefaults].map((step) => step(places));
}
