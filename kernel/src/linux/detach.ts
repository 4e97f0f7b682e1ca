/**
 * Detaching an ArrayBuffer: every Uint8Array, Buffer and DataView over it gets length 0 at once, so that none can reach
 * memory that is no longer mapped.
 */
import { setFlagsFromString } from "node:v8";

type Detach = (buffer: ArrayBuffer) => void;

interface Transferable {
  transfer(length: number): ArrayBuffer;
}

function isTransferable(buffer: object): buffer is Transferable {
  return "transfer" in buffer && typeof buffer.transfer === "function";
}

/** Node 20 lacks ArrayBuffer.prototype.transfer; V8's own intrinsic does the same. Compiled once, with the flag off again after. */
function intrinsicDetach(): Detach {
  setFlagsFromString("--allow-natives-syntax");
  try {
    return Reflect.construct(Function, ["buffer", "%ArrayBufferDetach(buffer)"]) as Detach;
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}

let chosen: Detach | undefined;

/** Detaches `buffer`; detaching it again does nothing. */
export function detachArrayBuffer(buffer: ArrayBuffer): void {
  if (buffer.byteLength === 0) return;
  if (isTransferable(buffer)) {
    buffer.transfer(0);
    return;
  }
  chosen ??= intrinsicDetach();
  chosen(buffer);
}
