/**
 * The local TypeScript modules that cells import. They arrive compiled, with the cell that needs them, and are loaded as
 * CommonJS under the path of their source file; one that has changed on disk since is loaded anew.
 */
import { createRequire } from "node:module";
import type { CompiledModule } from "../frames.js";
import type { StackTraces } from "./stack-trace.js";

interface CompilableModule extends NodeJS.Module {
  /** Node's own way to run text as a CommonJS module; documented nowhere, used by every loader, stable since Node 0.x. */
  _compile(code: string, path: string): void;
}

const INLINE_MAP = /^\/\/# sourceMappingURL=data:application\/json[^,]*;base64,(.+)$/m;

export class LocalModules {
  readonly #traces: StackTraces;
  /** Path to code. */
  readonly #code = new Map<string, string>();
  readonly #require = createRequire(import.meta.url);

  constructor(traces: StackTraces) {
    this.#traces = traces;
    for (const extension of [".ts", ".tsx", ".mts", ".cts"]) {
      this.#require.extensions[extension] = (module, path) => this.#load(module as CompilableModule, path);
    }
  }

  /** Takes the modules that came with a cell. Where one of them differs from what is loaded, all of them are loaded anew. */
  receive(modules: readonly CompiledModule[]): void {
    const changed = modules.filter(({ path, code }) => this.#code.get(path) !== code);
    for (const { path, code } of changed) {
      this.#code.set(path, code);
      const map = INLINE_MAP.exec(code)?.[1];
      if (map !== undefined) this.#traces.rememberFile(path, Buffer.from(map, "base64").toString("utf8"));
    }
    if (changed.length === 0) return;
    for (const { path } of modules) Reflect.deleteProperty(this.#require.cache, path);
  }

  /** Whether `specifier` is the path of such a module. */
  has(specifier: string): boolean {
    return this.#code.has(specifier);
  }

  #load(module: CompilableModule, path: string): void {
    const code = this.#code.get(path);
    if (code === undefined) {
      throw new Error(`${path} was not compiled: it is required under a name made at run time. Import it by a literal path in the cell.`);
    }
    module._compile(code, path);
  }
}
