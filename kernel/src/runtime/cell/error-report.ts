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

/** The longest message and the longest traceback of an error, in UTF-16 units: what is longer was not written to be read. */
const LONGEST_MESSAGE = 16 * 1024;
const LONGEST_TRACEBACK = 128 * 1024;

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}... [${text.length - limit} more characters]`;
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
    const evalue = cut(typeof thrown === "string" ? thrown : shown, LONGEST_MESSAGE);
    return { ename: "Uncaught", evalue, traceback: [`Uncaught ${cut(shown, LONGEST_TRACEBACK)}`] };
  }
  const traceback = cut(show(thrown), LONGEST_TRACEBACK).split("\n");
  const hint = text(read(thrown, "hint"));
  if (hint !== null && hint !== "") traceback.push(...cut(hint, LONGEST_MESSAGE).split("\n"));
  const ename = cut(text(read(thrown, "name")) ?? "Error", LONGEST_MESSAGE);
  return { ename, evalue: cut(text(read(thrown, "message")) ?? "", LONGEST_MESSAGE), traceback };
}
