/** The small vocabulary of the fault path. Numbers where a fault must cost little. */
import type { SignalCode, SignalName } from "../abi/index.js";

export type { Access } from "./operation.js";

/** How a fault ended, as a number: `KINDS` gives the name. */
export const MINOR = 0;
export const MAJOR = 1;
export const SIGNAL = 2;
/** How a fault ended. */
export type KindNumber = typeof MINOR | typeof MAJOR | typeof SIGNAL;

/** The names of the three endings. */
export const KINDS = ["minor", "major", "signal"] as const;

/**
 * Who takes the fault: an instruction, the kernel copying for a system call, get_user_pages on behalf of mlock or
 * MAP_POPULATE, on behalf of mprotect, or on behalf of MADV_POPULATE_*. They differ in what counts as major: mprotect
 * keeps mmap_lock, so its fault is not interrupted and taken again, and the miss is counted.
 */
export type FaultSource = "cpu" | "copy" | "populate" | "mprotect" | "madvise";

/** A signal with its si_code. */
export interface SignalRule {
  readonly signal: SignalName;
  readonly code: SignalCode;
}
