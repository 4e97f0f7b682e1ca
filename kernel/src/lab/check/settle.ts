/** Runs what a check is about, whether it is async or not, and says how it ended. */
import { Errno } from "../../linux/index.js";
import { describe } from "../../linux/arguments.js";
import { Signal } from "../signal.js";

/** How a function ended. */
export type Ended<T = unknown> = { readonly kind: "returned"; readonly value: T } | { readonly kind: "threw"; readonly error: unknown };

/** What a check returns: a promise where its function returns one. */
export type Checked<T> = [T] extends [never] ? undefined : [T] extends [PromiseLike<unknown>] ? Promise<undefined> : undefined;

/**
 * Runs a function and hands its end to `judge`.
 * @param what the check, for the error where `body` is no function
 * @returns a promise where `body` returns one; then `judge` runs when it is settled
 */
export function settle<T>(what: string, body: () => T, judge: (ended: Ended) => void): Checked<T> {
  if (typeof body !== "function")
    throw new TypeError(`${what}: give a function that makes the calls: () => m.touch(), not ${describe(body)}`);
  let ended: Ended;
  try {
    const value = body();
    if (isPromise(value))
      return value.then(
        (settled) => void judge({ kind: "returned", value: settled }),
        (error: unknown) => void judge({ kind: "threw", error }),
      ) as Checked<T>;
    ended = { kind: "returned", value };
  } catch (error) {
    ended = { kind: "threw", error };
  }
  judge(ended);
  return undefined as Checked<T>;
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** How a function ended, in words that are the same in every run: no addresses. */
export function endedWords(ended: Ended): string {
  if (ended.kind === "returned") return "it ended without an error";
  const { error } = ended;
  if (error instanceof Errno) return `${error.syscall}: ${error.code}`;
  if (error instanceof Signal) return `${error.signal} (${error.code})`;
  if (error instanceof Error) return withoutAddresses(`${error.name}: ${error.message.split("\n", 1)[0] ?? ""}`);
  return `it threw ${describe(error)}`;
}

/** Absolute addresses differ from run to run. */
export function withoutAddresses(text: string): string {
  return text.replace(/0x[0-9a-f]{7,16}/gi, "0x…");
}
