/**
 * Evaluates code in V8's REPL mode: `let`, `const` and `class` may be declared again, `await` stands at the top level,
 * closures see later assignments, and what was declared before a throw stays.
 *
 * REPL mode is only reachable through the inspector, here by a session on the same thread, without a port.
 */
import { Session, type Runtime } from "node:inspector";

/** How an evaluation ended. */
export type Evaluation =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "thrown"; readonly error: unknown }
  /** V8 ended the code on request of another thread. */
  | { readonly kind: "terminated" };

/** Values of one evaluation are held by the inspector under this name until they are released. */
const OBJECT_GROUP = "cell";

export class Evaluator {
  readonly #session = new Session();
  #receiver: Runtime.RemoteObjectId | undefined;
  #received: unknown;

  constructor() {
    this.#session.connect();
    this.#receiver = this.#makeReceiver();
  }

  /** Evaluates `code`; resolves when it, and what it awaits at the top level, has ended. */
  evaluate(code: string): Promise<Evaluation> {
    return new Promise((resolve) => {
      const parameters = { expression: code, replMode: true, awaitPromise: true, silent: true, objectGroup: OBJECT_GROUP };
      this.#session.post("Runtime.evaluate", parameters, (failure: Error | null, answer: Runtime.EvaluateReturnType) => {
        // The only failure of a well-formed request: "Execution was terminated".
        if (failure !== null) resolve({ kind: "terminated" });
        else if (answer.exceptionDetails === undefined) resolve({ kind: "value", value: this.#fetch(answer.result) });
        else resolve({ kind: "thrown", error: this.#fetch(answer.exceptionDetails.exception ?? answer.result) });
        this.#session.post("Runtime.releaseObjectGroup", { objectGroup: OBJECT_GROUP });
      });
    });
  }

  /** The value behind the inspector's description of it. */
  #fetch(remote: Runtime.RemoteObject): unknown {
    if (remote.objectId === undefined && remote.unserializableValue === undefined) return remote.value;
    this.#received = undefined;
    const argument = remote.objectId === undefined ? { unserializableValue: remote.unserializableValue } : { objectId: remote.objectId };
    // The inspector runs the function at once, so the value is there when `post` returns.
    this.#session.post("Runtime.callFunctionOn", {
      functionDeclaration: "function (value) { this(value); }",
      ...(this.#receiver === undefined ? {} : { objectId: this.#receiver }),
      arguments: [argument],
      silent: true,
    });
    const value = this.#received;
    this.#received = undefined;
    return value;
  }

  /** A function of this object that the inspector can call: put under a name for a moment, because only names reach it. */
  #makeReceiver(): Runtime.RemoteObjectId {
    const name = "__receive__";
    const receive = (value: unknown): void => {
      this.#received = value;
    };
    Object.defineProperty(globalThis, name, { value: receive, configurable: true });
    let id: Runtime.RemoteObjectId | undefined;
    this.#session.post("Runtime.evaluate", { expression: name }, (failure: Error | null, answer: Runtime.EvaluateReturnType) => {
      if (failure === null) id = answer.result.objectId;
    });
    Reflect.deleteProperty(globalThis, name);
    if (id === undefined) throw new Error("V8's inspector does not answer on the same thread; this Node is built without it or too old");
    return id;
  }
}
