// A bare stand-in for the cell process: evaluates JavaScript in V8's REPL mode. Each notebook gets a context of its own.
// Lines on stdin: { notebook, cell: CompiledCell }; lines on stdout: { value } | { error }.
import { Session } from "node:inspector/promises";
import { createRequire, SourceMap } from "node:module";
import { createInterface } from "node:readline";
import vm from "node:vm";

const session = new Session();
session.connect();
const contextIds = [];
session.on("Runtime.executionContextCreated", ({ params }) => contextIds.push(params.context.id));
await session.post("Runtime.enable");

const require = createRequire(import.meta.url);
const notebooks = new Map();

/** Loads the local modules a cell brought: CommonJS by absolute path. */
function localRequire(modules, loaded, path) {
  const module = modules.get(path);
  if (module === undefined) return require(path);
  if (!loaded.has(path)) {
    const exports = {};
    loaded.set(path, exports);
    vm.runInThisContext(`(function (exports, require) {${module}\n})`)(exports, (other) => localRequire(modules, loaded, other));
  }
  return loaded.get(path);
}

async function contextOf(notebook) {
  if (!notebooks.has(notebook)) {
    const modules = new Map();
    const globals = {
      require,
      process,
      Buffer,
      setTimeout,
      console,
      display: () => undefined,
      prompt: () => "",
      clearOutput: () => undefined,
      __line__: () => undefined,
      __import__: (specifier, options) =>
        modules.has(specifier) ? localRequire(modules, new Map(), specifier) : import(specifier, options),
    };
    contextIds.length = 0;
    const context = vm.createContext(globals);
    // Node 20 brings these symbols itself, but to the main context only.
    vm.runInContext(
      "(symbols) => Object.entries(symbols).forEach(([name, value]) => Symbol[name] ??= value)",
      context,
    )({
      dispose: Symbol.dispose,
      asyncDispose: Symbol.asyncDispose,
    });
    notebooks.set(notebook, { contextId: contextIds.at(-1), modules });
  }
  return notebooks.get(notebook);
}

/** Where in the cell as typed an exception was thrown. */
function placeOf(cell, frame) {
  if (cell.sourceMap === null || frame === undefined) return null;
  const map = JSON.parse(cell.sourceMap);
  const entry = new SourceMap(map).findEntry(frame.lineNumber, frame.columnNumber);
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { notebook, cell } = JSON.parse(line);
  const { contextId, modules } = await contextOf(notebook);
  for (const { path, code } of cell.modules ?? []) modules.set(path, code);
  const { result, exceptionDetails } = await session.post("Runtime.evaluate", {
    expression: cell.code,
    contextId,
    replMode: true,
    awaitPromise: true,
  });
  const value = result.unserializableValue ?? (result.type === "undefined" ? "undefined" : (result.value ?? result.description));
  const reply =
    exceptionDetails === undefined
      ? { value: cell.showsValue ? value : null }
      : { error: String(value).split("\n")[0], at: placeOf(cell, exceptionDetails.stackTrace?.callFrames[0] ?? exceptionDetails) };
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
