/**
 * What differs between processors: the machine code and how its reports read. The records of a program (record.ts) are
 * the same everywhere, so a further architecture is one more folder like x86-64/ and one more entry below.
 */
import { x86_64 } from "./x86-64/architecture.js";

/** What the processor said about a refused access. */
export interface FaultError {
  /** The page was there, and the access broke its rights; otherwise nothing was mapped for it. */
  readonly present: boolean;
  readonly write: boolean;
  /** The access was the fetch of an instruction. */
  readonly fetch: boolean;
}

/** One processor's side of the probe. */
export interface Architecture {
  /** As `process.arch` says it. */
  readonly name: string;
  /** Machine code of `void run(context *)`, position-independent; the page after it is its data. */
  readonly code: Uint8Array;
  /** Bytes in the code area and in the data area after it. */
  readonly codePage: number;
  /** Reads the error code of a fault as the handler saved it. */
  faultError(error: bigint): FaultError;
  /** Why running the byte could end the process, or undefined where it returns or raises a signal that is caught. */
  refuseToRun(bytes: Uint8Array): string | undefined;
}

const ARCHITECTURES: readonly Architecture[] = [x86_64];

/**
 * The architecture of this process.
 * @throws Error where the probe has no machine code for it yet
 */
export function thisArchitecture(): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture.name === process.arch);
  if (found !== undefined) return found;
  throw new Error(
    `the probe has machine code for ${ARCHITECTURES.map((architecture) => architecture.name).join(", ")}, not for ${process.arch}. ` +
      "Run it on one of those, or use the model alone: it needs no machine code",
  );
}
