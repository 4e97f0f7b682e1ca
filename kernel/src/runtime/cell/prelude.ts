/**
 * Puts the exports of the prelude module into scope before the first cell, as properties of the global object: a cell may
 * declare the same names anew.
 */
import type { Prelude } from "../frames.js";
import { reportError } from "./error-report.js";
import type { ModuleLoader } from "./module-loader.js";
import type { Output } from "./output.js";

/** Never rejects: cells that do not need the prelude can run without it, and the first output says what is wrong. */
export async function loadPrelude(prelude: Prelude | null, loader: ModuleLoader, output: Output): Promise<void> {
  if (prelude === null) return;
  try {
    const module = await loader.import(prelude.module);
    for (const name of prelude.names) {
      if (!(name in module)) throw new Error(`the module "${prelude.module}" has no export "${name}"`);
      Object.defineProperty(globalThis, name, { value: module[name], configurable: true, writable: true, enumerable: false });
    }
  } catch (error) {
    const why = reportError(error).traceback.join("\n");
    output.stream("stderr", `"${prelude.module}" could not be loaded, so its names are missing in cells:\n${why}\n`);
  }
}
