/** Addresses as text. */
import type { Hex } from "../views/index.js";

/** `0x` and lower-case digits, as /proc/pid/maps prints them but with the prefix. */
export function hex(address: bigint): Hex {
  return `0x${address.toString(16)}`;
}
