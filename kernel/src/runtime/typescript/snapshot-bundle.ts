/**
 * Makes one CommonJS script of the TypeScript service and its packages. `node --build-snapshot` takes no more than one file and
 * lets it load nothing but built-in modules. Not a general bundler: it knows the few shapes of module that occur here.
 */
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import ts from "typescript";
import { CONVERTER, FORK, nodeTypeRoot } from "./packages.js";

interface BundledModule {
  readonly code: string;
  /** Specifiers in the code, with the path of the module each leads to. */
  readonly links: Readonly<Record<string, string>>;
}

export interface Bundle {
  readonly script: string;
  /** The files it was made from, absolute. */
  readonly files: readonly string[];
}

const ENTRY = fileURLToPath(new URL("./snapshot-entry.js", import.meta.url));
const PACKAGES = fileURLToPath(new URL("./packages.js", import.meta.url));
const ownFolder = fileURLToPath(new URL("../", import.meta.url));

/** In place of packages.js: the same exports, from the bundle. */
function bundledPackages(converterFile: string): string {
  return `
exports.FORK = ${JSON.stringify(FORK)};
exports.CONVERTER = ${JSON.stringify(CONVERTER)};
exports.nodeTypeRoot = () => ${JSON.stringify(nodeTypeRoot())};
exports.loadTslab = (typescript) => instantiate(${JSON.stringify(converterFile)}, new Map([[${JSON.stringify(FORK)}, typescript]]));
`;
}

/** The specifiers of the modules that CommonJS code loads. */
function requiredBy(code: string): string[] {
  const { importedFiles } = ts.preProcessFile(code, true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

function bundled(path: string, compiler: string): BundledModule {
  const text = readFileSync(path, "utf8");
  // The compiler is one file; what it loads beside built-in modules is optional.
  if (path === compiler) return { code: text, links: {} };
  if (path.endsWith(".json")) return { code: `module.exports = ${text};`, links: {} };
  const isOwn = path.startsWith(ownFolder);
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const code = isOwn ? ts.transpileModule(text, { fileName: path, compilerOptions: options }).outputText : text;
  const require = createRequire(path);
  const specifiers = requiredBy(code).filter((specifier) => !isBuiltin(specifier) && specifier !== FORK);
  return { code, links: Object.fromEntries(specifiers.map((specifier) => [specifier, require.resolve(specifier)])) };
}

/** Bundles the service. */
export function bundleService(): Bundle {
  const require = createRequire(import.meta.url);
  const compiler = require.resolve("typescript");
  const converterFile = require.resolve(CONVERTER);
  const modules = new Map<string, BundledModule>();
  modules.set(PACKAGES, { code: bundledPackages(converterFile), links: {} });
  const waiting = [ENTRY, converterFile];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue;
    const found = bundled(path, compiler);
    modules.set(path, found);
    waiting.push(...Object.values(found.links));
  }
  const definitions = [...modules].map(([path, { code, links }]) => {
    const parameters = "exports, require, module, __filename, __dirname";
    return `modules.set(${JSON.stringify(path)}, { links: ${JSON.stringify(links)}, run(${parameters}) {\n${code}\n} });\n`;
  });
  const script = `
const modules = new Map();
const instances = new Map();
function instantiate(path, replacements) {
  const { links, run } = modules.get(path);
  const module = { exports: {} };
  if (replacements === undefined) instances.set(path, module);
  const load = (id) => replacements?.get(id) ?? (id in links ? instance(links[id]) : require(id));
  run.call(module.exports, module.exports, load, module, path, path.slice(0, path.lastIndexOf("/")));
  return module.exports;
}
function instance(path) {
  return instances.get(path)?.exports ?? instantiate(path);
}
${definitions.join("")}
instance(${JSON.stringify(ENTRY)});
`;
  // V8 keeps the source, so a shorter one makes a smaller snapshot and a smaller process.
  const { code } = transformSync(script, { minify: true, target: `node${process.versions.node}`, charset: "ascii", legalComments: "none" });
  return { script: code, files: [...modules.keys()] };
}
