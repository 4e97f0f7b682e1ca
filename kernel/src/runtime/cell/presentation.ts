/**
 * What a value looks like: a bundle of MIME types. A value says itself how by a method `[Symbol.for("Jupyter.display")]`
 * (the convention of Deno's kernel); every other value is shown as Node's `util.inspect` has it.
 */
import { inspect } from "node:util";
import type { MimeBundle } from "../frames.js";

/**
 * The method by which a value shows itself. It returns a MIME bundle, or null to show nothing, or a promise of either. For
 * the result of a cell it is given the id of the execution, by which a value knows that it has been displayed there before.
 */
export const DISPLAY = Symbol.for("Jupyter.display");

const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** Whether `value` is a plain object whose keys are all MIME types. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME_TYPE.test(key));
}

/** Binary values become base64 text, as the protocol has it. */
function encodeBinary(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, value]) => [type, value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value]),
  );
}

function displayMethod(value: unknown): ((...args: readonly unknown[]) => unknown) | null {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return null;
  const method: unknown = Reflect.get(value, DISPLAY);
  return typeof method === "function" ? (...args) => Reflect.apply(method, value, args) : null;
}

function checked(bundle: unknown): MimeBundle | null {
  if (bundle === null || bundle === undefined) return null;
  if (isMimeBundle(bundle)) return encodeBinary(bundle);
  throw new TypeError(
    `[Symbol.for("Jupyter.display")]() returned ${inspect(bundle, { depth: 0 })}; it has to return an object from MIME type to data, or null to show nothing`,
  );
}

/**
 * The bundle to show for `value`; null where it wants nothing shown.
 *
 * A promise where the value's own method is asynchronous, so that a synchronous one is shown in place.
 *
 * @param execution the execution whose result `value` is; undefined where a cell displays it expressly
 */
export function present(value: unknown, execution?: number): MimeBundle | null | Promise<MimeBundle | null> {
  const method = displayMethod(value);
  if (method === null) return { "text/plain": inspect(value) };
  const bundle = execution === undefined ? method() : method(execution);
  return bundle instanceof Promise ? bundle.then(checked) : checked(bundle);
}

/** As {@link present}, but a plain object from MIME types to data is taken as the bundle itself. */
export function presentValueOrBundle(value: unknown): MimeBundle | null | Promise<MimeBundle | null> {
  return displayMethod(value) === null && isMimeBundle(value) ? encodeBinary(value) : present(value);
}
