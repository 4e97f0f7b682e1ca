/** What the calls of a cell are given: a mapping may stand for its address, and then its length may be left out. */
import { address as checkAddress, byteCount } from "../../linux/arguments.js";
import type { Result } from "../../model/index.js";
import type { AddressLike, Lab } from "../lab.js";
import { Mapping } from "../mapping.js";
import type { World } from "../world.js";

/** An address and where it exists. */
export interface Target {
  readonly world: World;
  readonly at: bigint;
  /** The mapping's length in bytes, where a mapping was given. */
  readonly length: number | null;
}

/**
 * What an argument means by an address.
 * @throws TypeError or RangeError for what is none
 */
export function target(lab: Lab, addr: AddressLike, name = "addr"): Target {
  if (addr instanceof Mapping) return { world: addr.in, at: addr.addr, length: addr.length };
  return { world: lab.world, at: checkAddress(name, addr), length: null };
}

/**
 * The length in bytes: as given, or the mapping's own.
 * @param what the call, for the error
 * @throws TypeError where neither is known
 */
export function lengthOf(what: string, given: number | bigint | undefined, { length }: Target): bigint {
  if (given !== undefined) return byteCount("length", given);
  if (length === null) throw new TypeError(`${what}: give a length in bytes after a bare address; it may be left out after a mapping`);
  return BigInt(length);
}

/** A flag that stands where a length may stand too. @throws TypeError for a bigint */
export function flagNumber(name: string, value: number | bigint): number {
  if (typeof value === "bigint") throw new TypeError(`${name} is a number, not a bigint`);
  return value;
}

/** What a call that did not fail returned. */
export function returned(result: Result): bigint {
  if (result.outcome.kind !== "value") throw new Error("a call that did not fail must return a value");
  return result.outcome.value;
}
