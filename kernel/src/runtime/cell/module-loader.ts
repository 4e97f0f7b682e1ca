/**
 * Imports of cells. They are resolved from the notebook's folder as Node does for a file there, then from the prelude's
 * package, so that `import ... from "mmaplab"` works in a folder without node_modules. ES modules and CommonJS alike.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction, constants } from "node:vm";
import type { ProcessArguments } from "../frames.js";
import type { LocalModules } from "./local-modules.js";

type Namespace = Readonly<Record<string, unknown>>;
type ImportFunction = (specifier: string, options?: unknown) => Promise<Namespace>;

/** An `import()` that resolves as a file in `folder` would. */
function importFrom(folder: string): ImportFunction {
  return compileFunction("return import(specifier, options)", ["specifier", "options"], {
    filename: join(folder, "notebook"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as ImportFunction;
}

function isBare(specifier: string): boolean {
  return !/^(\.{0,2}\/|[a-z]+:)/.test(specifier);
}

/** The name to install for `@scope/name/path` or `name/path`. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"]);

/** Whether it is the specifier itself that was not found from `folder`, not something the module imports in turn. */
function notFoundFrom(folder: string, error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string" || !NOT_FOUND.has(error.code)) return false;
  if (error.code !== "MODULE_NOT_FOUND") return error.message.includes(`imported from ${join(folder, "notebook")}`);
  return "requireStack" in error && Array.isArray(error.requireStack) && error.requireStack[0] === join(folder, "notebook");
}

/** A module that is nowhere. */
class ModuleNotFoundError extends Error {
  readonly code = "ERR_MODULE_NOT_FOUND";
  readonly hint: string;

  constructor(specifier: string, folder: string, cause: unknown) {
    super(isBare(specifier) ? `cannot find package "${packageName(specifier)}"` : `cannot find module "${specifier}" from ${folder}`);
    this.name = "ModuleNotFoundError";
    this.hint = isBare(specifier)
      ? `Install it beside the notebook: run  npm install ${packageName(specifier)}  in ${folder}, then run the cell again.`
      : `Paths start at the notebook's folder, ${folder}.`;
    Object.defineProperty(this, "cause", { value: cause, enumerable: false });
  }
}

export class ModuleLoader {
  readonly #locals: LocalModules;
  readonly #folders: readonly string[];
  readonly #imports: readonly ImportFunction[];
  readonly #requires: readonly NodeJS.Require[];

  constructor(settings: ProcessArguments, locals: LocalModules) {
    this.#locals = locals;
    this.#folders = settings.prelude === null ? [settings.cwd] : [settings.cwd, settings.prelude.folder];
    this.#imports = this.#folders.map(importFrom);
    this.#requires = this.#folders.map((folder) => createRequire(join(folder, "notebook")));
  }

  /** The `__import__` of compiled cells: an `import()` whose paths start at the notebook's folder. */
  readonly import = async (specifier: string, options?: unknown): Promise<Namespace> => {
    if (this.#locals.has(specifier)) {
      const module: unknown = this.require(specifier);
      return typeof module === "object" && module !== null ? { default: module, ...module } : { default: module };
    }
    let first: unknown;
    for (const [index, folder] of this.#folders.entries()) {
      if (index > 0 && !isBare(specifier)) break;
      try {
        return this.#withAllNames((await this.#imports[index]?.(specifier, options)) ?? {}, specifier);
      } catch (error) {
        if (!notFoundFrom(folder, error)) throw error;
        first ??= error;
      }
    }
    // `./folder` and `./file` without an extension: type-checked as a bundler would, but unknown to Node's ES modules.
    const file = isBare(specifier) ? null : this.#resolveAsCommonJs(specifier);
    if (file !== null) return this.#withAllNames((await this.#imports[0]?.(pathToFileURL(file).href, options)) ?? {}, specifier);
    throw new ModuleNotFoundError(specifier, this.#folders[0] ?? "", first);
  };

  /** The `require` of cells, with the same order of folders. */
  get require(): NodeJS.Require {
    const [own, prelude] = this.#requires;
    if (own === undefined) throw new Error("the module loader has no folder");
    if (prelude === undefined) return own;
    const folder = this.#folders[0] ?? "";
    const inTurn = <Result>(specifier: string, use: (require: NodeJS.Require) => Result): Result => {
      try {
        return use(own);
      } catch (error) {
        if (!isBare(specifier) || !notFoundFrom(folder, error)) throw error;
        try {
          return use(prelude);
        } catch (second) {
          throw notFoundFrom(this.#folders[1] ?? "", second) ? new ModuleNotFoundError(specifier, folder, error) : second;
        }
      }
    };
    const require = (specifier: string): unknown => inTurn(specifier, (from) => from(specifier) as unknown);
    const resolve = (specifier: string, options?: NodeJS.RequireResolveOptions): string =>
      inTurn(specifier, (from) => from.resolve(specifier, options));
    return Object.assign(require, { ...own, resolve: Object.assign(resolve, { paths: own.resolve.paths }) }) as NodeJS.Require;
  }

  #resolveAsCommonJs(specifier: string): string | null {
    try {
      return this.#requires[0]?.resolve(specifier) ?? null;
    } catch {
      return null; // the caller reports the first failure, which names the specifier as typed
    }
  }

  /** Node finds the names of a CommonJS module by reading its text and misses computed ones, and those of JSON: adds them. */
  #withAllNames(namespace: Namespace, specifier: string): Namespace {
    const whole = namespace["default"];
    if (whole === null || (typeof whole !== "object" && typeof whole !== "function")) return namespace;
    const missing = Object.keys(whole).filter((name) => !(name in namespace));
    if (missing.length === 0) return namespace;
    const isCommonJs =
      specifier.endsWith(".json") || Object.values(this.#requires[0]?.cache ?? {}).some((module) => module?.exports === whole);
    return isCommonJs ? { ...(whole as Namespace), ...namespace } : namespace;
  }
}
