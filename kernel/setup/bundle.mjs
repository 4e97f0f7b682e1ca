/**
 * Bundles the compiled kernel: `node setup/bundle.mjs`, after the compiler. What loads it is `src/runtime/bundle-record.ts`.
 *
 * Modules that several entries share are in files that they share too, so that in one process there is one instance of each.
 */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const folder = join(dist, "bundle");

/** What the processes start with, and what cells import from the package. */
const ENTRIES = [
  "cli/kernel.js",
  "runtime/cell/main.js",
  "probe/last-words.js",
  ...["abi", "lab", "linux", "model", "probe", "reproduce", "views"].map((part) => `${part}/index.js`),
];

/**
 * Modules that find files beside themselves go on looking where they were.
 * @type {import("esbuild").Plugin}
 */
const ownPlaces = {
  name: "own places",
  setup(context) {
    context.onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return null;
      const place = JSON.stringify(`../${relative(dist, path)}`);
      return { contents: text.replaceAll("import.meta.url", `new URL(${place}, import.meta.url).href`), loader: "js" };
    });
  },
};

/** @param {string} path */
function stampOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size}:${mtimeMs}`;
}

// Beside the old one, and put in its place by renaming: a kernel that starts meanwhile finds one or none, but never a part.
const unfinished = mkdtempSync(join(dist, "unfinished-bundle-"));
try {
  const { metafile } = await build({
    entryPoints: ENTRIES.map((path) => ({ in: join(dist, path), out: path.replaceAll("/", "-").replace(/\.js$/, "") })),
    outdir: unfinished,
    absWorkingDir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    plugins: [ownPlaces],
  });
  const stamps = Object.keys(metafile.inputs).map((path) => [path, stampOf(join(dist, path))]);
  writeFileSync(join(unfinished, "record.json"), JSON.stringify(Object.fromEntries(stamps)));
  rmSync(folder, { recursive: true, force: true });
  chmodSync(unfinished, 0o755); // others than the builder may run it
  renameSync(unfinished, folder);
} catch (error) {
  rmSync(unfinished, { recursive: true, force: true });
  // A build without bundles is whole: the modules are then loaded one by one. (Another build may have been quicker, which is as good.)
  process.stderr.write(`The kernel could not be bundled, so kernels will start more slowly: ${String(error)}\n`);
}
