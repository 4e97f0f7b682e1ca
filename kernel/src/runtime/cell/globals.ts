/**
 * The names this runtime adds to the global object: for cells, for compiled code, and for libraries.
 * Their TypeScript declarations are in the TypeScript service.
 */
import type { CurrentExecution } from "./current-execution.js";
import type { Comms } from "./comms.js";
import { ask } from "./input.js";
import { writeFrame } from "./frame-writer.js";
import type { ModuleLoader } from "./module-loader.js";
import type { Output, PublishOptions } from "./output.js";
import type { MimeBundle } from "../frames.js";

/** A library finds the way to the front end under this symbol: `(bundle, options) => id of the execution it went to`. */
export const PUBLISH = Symbol.for("Jupyter.publish");
/** A library finds the registry of comm targets under this symbol. */
export const COMMS = Symbol.for("Jupyter.comms");

export interface Parts {
  readonly executions: CurrentExecution;
  readonly output: Output;
  readonly comms: Comms;
  readonly loader: ModuleLoader;
}

export interface PromptOptions {
  /** Does not show what is typed. */
  readonly password?: boolean;
}

/** Defines the names. Not enumerable, and replaceable by a cell's own declarations. */
export function installGlobals({ executions, output, comms, loader }: Parts): void {
  const names: Readonly<Record<string | symbol, unknown>> = {
    display: (value: unknown, options?: PublishOptions) => output.display(value, options),
    prompt: (text: unknown = "", { password = false }: PromptOptions = {}) => ask(executions, String(text), password),
    clearOutput: (wait: unknown = false) => output.clear(wait === true),
    require: loader.require,
    __import__: loader.import,
    __line__: (executionCount: number, line: number) => writeFrame({ type: "line", executionCount, line }),
    [PUBLISH]: (bundle: MimeBundle, options?: PublishOptions) => output.publish(bundle, options),
    [COMMS]: {
      registerTarget: comms.registerTarget.bind(comms),
      open: comms.open.bind(comms),
    },
  };
  for (const name of Reflect.ownKeys(names)) {
    Object.defineProperty(globalThis, name, { value: Reflect.get(names, name), configurable: true, writable: true, enumerable: false });
  }
}
