/**
 * Checks of arguments before they reach the kernel. What a C program could not even write down (null, NaN, a fraction,
 * a string) is a TypeError or RangeError here; everything a register can hold goes to the kernel, which answers itself.
 */

/** An address: null is 0, as in C. A number must be an exact integer. */
export type Address = bigint | number | null;

/** A length, size or offset in bytes. */
export type Bytes = bigint | number;

const TWO_64 = 1n << 64n;

function prototypeName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null) return "no prototype";
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof made === "function" ? made.name : "Object";
}

/** Any value in a few words, for an error message. Never calls anything of the value itself. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return `an object (${prototypeName(value)})`;
  return String(value);
}

function integer(name: string, value: unknown, expected: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value !== "number") throw new TypeError(`${name} must be ${expected}, not ${describe(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be ${expected}, not ${value}`);
  if (!Number.isInteger(value)) throw new RangeError(`${name} must be ${expected}, not the fraction ${value}`);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${name} ${value} is too large for an exact number: write it as a bigint (${BigInt(value)}n)`);
  return BigInt(value);
}

function word(name: string, value: unknown, expected: string, low: bigint): bigint {
  const exact = integer(name, value, expected);
  if (exact < low) throw new RangeError(`${name} must be ${expected}, not the negative ${exact}`);
  if (exact >= TWO_64) throw new RangeError(`${name} must be ${expected}: 0x${exact.toString(16)} does not fit into 64 bits`);
  return exact;
}

/** An address from 0 to 2^64-1; null stands for 0 where `nullable`. */
export function address(name: string, value: Address, nullable: "nullable" | "required" = "required"): bigint {
  if (value === null && nullable === "nullable") return 0n;
  return word(name, value, "an address (a bigint, or a whole number)", 0n);
}

/** A count of bytes from 0 to 2^64-1. */
export function byteCount(name: string, value: Bytes): bigint {
  return word(name, value, "a number of bytes (a bigint, or a whole number)", 0n);
}

/** An offset in a file: any signed or unsigned 64-bit number, since the kernel has an answer of its own to odd ones. */
export function fileOffset(name: string, value: Bytes): bigint {
  return word(name, value, "an offset in bytes (a bigint, or a whole number)", -(1n << 63n));
}

/** Flags or another C int: any signed or unsigned 32-bit number. */
export function int32(name: string, value: number): number {
  const exact = integer(name, value, "a 32-bit integer");
  if (typeof value === "bigint") throw new TypeError(`${name} must be a number, not the bigint ${describe(value)}`);
  if (exact < -(2n ** 31n) || exact >= 2n ** 32n) throw new RangeError(`${name} ${value} does not fit into 32 bits`);
  return value;
}

/** A file descriptor: any signed 32-bit number; the kernel says EBADF to those that are not open. */
export function descriptor(name: string, value: number): number {
  const exact = integer(name, value, "a file descriptor (a whole number)");
  if (typeof value === "bigint") throw new TypeError(`${name} must be a number, not the bigint ${describe(value)}`);
  if (exact < -(2n ** 31n) || exact >= 2n ** 31n) throw new RangeError(`${name} ${value} does not fit into a C int`);
  return value;
}

/** A whole number that JavaScript holds exactly, as a page count or an offset within a mapping. */
export function wholeNumber(name: string, value: number, least: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} is a whole number, not ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least) {
    const from = least === Number.MIN_SAFE_INTEGER ? "" : ` from ${String(least)}`;
    throw new RangeError(`${name} is a whole number${from}, not ${String(value)}`);
  }
  return value;
}

/** A text. */
export function string(name: string, value: string): string {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string, not ${describe(value)}`);
  return value;
}

/** Text without a NUL inside, for a path or a name. */
export function cString(name: string, value: string): string {
  string(name, value);
  if (value.includes("\0")) throw new RangeError(`${name} must not contain a NUL character: ${JSON.stringify(value)}`);
  return value;
}
