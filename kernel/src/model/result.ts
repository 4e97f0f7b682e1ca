/**
 * What an operation led to. The same type is produced by the model and by the kernel, so that the two can be compared
 * field by field.
 */
import type { ErrnoCode, SignalCode, SignalName } from "../abi/index.js";
import type { Access, Operation } from "./operation.js";

/** A line of /proc/pid/maps. */
export interface VmaRecord {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
  /** As printed: `rw-p`. */
  readonly perms: string;
  /** In bytes, as printed; 0 for private anonymous memory. */
  readonly offset: bigint;
  /** The file's name, "/dev/zero" for shared anonymous memory, or null for private anonymous memory. */
  readonly object: string | null;
}

/**
 * One page as pagemap shows it:
 * `.` nothing; `a` anonymous, mapped once; `A` anonymous, mapped more than once; `z` the zero page; `f` a file or shmem
 * page mapped once; `F` mapped more than once; `s` swapped; `g` a guard marker.
 */
export type PageState = "." | "a" | "A" | "z" | "f" | "F" | "s" | "g";

/** How a fault ended. */
export type FaultKind = "minor" | "major" | "signal";

/** One page fault. */
export interface Fault {
  /** The address touched. */
  readonly address: bigint;
  readonly access: Access;
  readonly kind: FaultKind;
  /** Nanoseconds from the start of the operation, where it was measured. */
  readonly atNs?: number;
  /** How long the touching instruction took, in nanoseconds, where it was measured. */
  readonly tookNs?: number;
  /** The model's chain of decisions for this fault. */
  readonly reason?: Reason;
}

/** `ru_minflt` and `ru_majflt` of getrusage(2) across one operation. */
export interface FaultCounts {
  readonly minor: number;
  readonly major: number;
}

/** One decision on the way to a result: the rule applied, and what it meant here, in a sentence. */
export interface ReasonStep {
  /** Stable name of the rule, e.g. `fault/anon-read-zero-page`. */
  readonly rule: string;
  /** What was decided, in words, with the values at hand. */
  readonly text: string;
}

/** The chain of decisions that led to a result, first to last. */
export type Reason = readonly ReasonStep[];

/** What looking at something showed. */
export type Observation =
  | { readonly kind: "mincore"; readonly pages: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "maps"; readonly vmas: readonly VmaRecord[] }
  /** One {@link PageState} letter a page. */
  | { readonly kind: "resident"; readonly pages: string }
  | { readonly kind: "vmflags"; readonly flags: readonly string[] }
  | { readonly kind: "status"; readonly vmLckKb: number };

/** How an operation ended. */
export type Outcome =
  /** It succeeded; `value` is what the system call returned (an address for mmap). */
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "errno"; readonly code: ErrnoCode }
  /** An access was refused; `address` is `si_addr`. */
  | { readonly kind: "signal"; readonly signal: SignalName; readonly code: SignalCode; readonly address: bigint };

/** What an operation led to. */
export interface Result {
  readonly outcome: Outcome;
  readonly counts: FaultCounts;
  /** Each fault in order, where the executor can see them singly; counts may exceed them (faults inside the kernel). */
  readonly faults: readonly Fault[];
  /** How `faults` was seen, e.g. "perf events" or "counters around each touch"; absent from the model. */
  readonly instrument?: string;
  /** Faults the instrument is known to have missed; absent means none. */
  readonly lost?: number;
  /** What looking showed, for mincore, peek, touch by reading, maps, resident, vmflags and status. */
  readonly seen?: Observation;
  /** Why, in the model's words; empty from the kernel. */
  readonly reason: Reason;
  /** Wall time of the call in nanoseconds, from the kernel only. */
  readonly tookNs?: number;
}

/** Anything that can run operations: the model, the kernel, or both side by side. */
export interface Executor {
  /**
   * Runs one operation.
   * A failed system call or a refused access is an {@link Outcome}, not an exception; an exception means that the
   * executor could not run the operation at all.
   */
  run(operation: Operation): Result;
}
