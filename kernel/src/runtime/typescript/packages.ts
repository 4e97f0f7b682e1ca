/**
 * Where the packages are that the service is built on, as Node finds them. A start-up snapshot brings its own packages and
 * leaves this file out (see snapshot-bundle.ts).
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";

/** tslab's module, as far as it is used. */
export interface TslabModule<Converter> {
  createConverter(options: { readonly isJS: boolean; readonly isBrowser: boolean }): Converter;
}

/** The package that tslab's converter takes for the compiler. */
export const FORK = "@tslab/typescript-for-tslab";

/** The module of tslab that is used. */
export const CONVERTER = "tslab/dist/converter.js";

const require = createRequire(import.meta.url);

/**
 * The `@types` folder that holds the typings of Node: ours, or else the one tslab brings.
 * @throws Error where neither is installed
 */
export function nodeTypeRoot(): string {
  for (const candidate of [require, createRequire(require.resolve("tslab/package.json"))]) {
    try {
      return dirname(dirname(candidate.resolve("@types/node/package.json")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error("The package @types/node is missing, so cells cannot be type-checked. Run `npm install` in the folder of the kernel.");
}

/**
 * Loads tslab's converter over a compiler, anew each time: the converter keeps the compiler it was loaded with.
 * @param typescript what `require("@tslab/typescript-for-tslab")` is to return
 */
export function loadTslab<Converter>(typescript: object): TslabModule<Converter> {
  const converterFile = require.resolve(CONVERTER);
  const forkFile = createRequire(converterFile).resolve(FORK);
  delete require.cache[converterFile];
  const previous = require.cache[forkFile];
  const standIn = Object.assign(Object.create(null) as NodeJS.Module, {
    id: forkFile,
    filename: forkFile,
    loaded: true,
    exports: typescript,
  });
  standIn.paths = [dirname(forkFile)];
  require.cache[forkFile] = standIn;
  try {
    return require(converterFile) as TslabModule<Converter>;
  } finally {
    if (previous === undefined) delete require.cache[forkFile];
    else require.cache[forkFile] = previous;
  }
}
