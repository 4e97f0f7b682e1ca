/**
 * Turns what a cell threw into what the protocol calls an error: a name, a text and a traceback.
 */
import { inspect } from "node:util";
import type { ErrorReport } from "../frames.js";

/** What ends an interrupted cell; the name is the one front ends know. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
}

/** A property of `value`, or undefined where reading it throws. */
function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Shows any value; a custom inspection that throws is named instead of hiding the value. */
export function show(value: unknown): string {
  try {
    return inspect(value);
  } catch (error) {
    return `[${typeof value} whose inspection threw ${error instanceof Error ? error.name : typeof error}]`;
  }
}

/** An error is what has a stack, also from another realm (a `vm` context, a structured clone). */
function isError(thrown: unknown): thrown is object {
  return thrown instanceof Error || (typeof thrown === "object" && thrown !== null && typeof read(thrown, "stack") === "string");
}

/**
 * Describes a thrown value.
 *
 * A string property `hint` of an error is put under its traceback: libraries say there what to do next.
 */
export function reportError(thrown: unknown): ErrorReport {
  if (thrown instanceof KeyboardInterrupt) {
    return { ename: thrown.name, evalue: thrown.message, traceback: [`${thrown.name}: ${thrown.message}`] };
  }
  if (!isError(thrown)) {
    const shown = show(thrown);
    return { ename: "Uncaught", evalue: typeof thrown === "string" ? thrown : shown, traceback: [`Uncaught ${shown}`] };
  }
  const traceback = show(thrown).split("\n");
  const hint = text(read(thrown, "hint"));
  if (hint !== null && hint !== "") traceback.push(...hint.split("\n"));
  return { ename: text(read(thrown, "name")) ?? "Error", evalue: text(read(thrown, "message")) ?? "", traceback };
}
