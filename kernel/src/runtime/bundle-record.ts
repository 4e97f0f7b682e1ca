/**
 * Which files start the kernel's processes: the bundles that the build makes of many small modules, or those modules themselves.
 * A process that loads ten files starts in half the time of one that loads two hundred. A bundle is only used where it was made of
 * the very files that lie there, so that compiling without bundling is never wrong, only slower.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The compiled modules. */
const DIST = fileURLToPath(new URL("../", import.meta.url));

/** Where the bundles are. The file names in it are those of the modules with "-" for "/": "runtime-cell-main.js". */
const FOLDER = join(DIST, "bundle");

/** `node --conditions=...`: the package's name then leads to its bundles (see `exports` in package.json). */
export const BUNDLE_CONDITION = "mmaplab-bundle";

/** What the bundles were made of: paths in `dist` with their stamps. */
type BundleRecord = Readonly<Record<string, string>>;

function stampOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size}:${mtimeMs}`;
}

let isUsable: boolean | null = null;

/** Whether there are bundles, and they fit. Looks once; takes a millisecond. */
export function hasBundles(): boolean {
  isUsable ??= fits();
  return isUsable;
}

function fits(): boolean {
  try {
    const record = JSON.parse(readFileSync(join(FOLDER, "record.json"), "utf8")) as BundleRecord;
    return Object.entries(record).every(([path, stamp]) => stampOf(DIST + path) === stamp);
  } catch {
    // Not made yet, half made, or one of its files is gone: all the same, it cannot be used.
    return false;
  }
}

/**
 * The file to load for a module.
 * @param module path in `dist`, such as "runtime/cell/main.js"; one of the entries of `setup/bundle.mjs`
 * @returns absolute path
 */
export function entryOf(module: string): string {
  return hasBundles() ? join(FOLDER, module.replaceAll("/", "-")) : join(DIST, module);
}
