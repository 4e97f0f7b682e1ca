/**
 * What differs between processors: the machine code, how its reports read, and what the C library does. What a program does (its
 * steps, what a touch that raised a signal leaves behind, last words) is the same everywhere: record.ts and last-words-report.ts
 * have the layouts. A further architecture is one more folder like x86-64/, one more entry below, and one more table of system
 * call numbers.
 */
import { arm64 } from "./arm64/architecture.js";
import { x86_64 } from "./x86-64/architecture.js";

/** What the processor said about a refused access. */
export interface FaultError {
  /** The page was there, and the access broke its rights; otherwise nothing was mapped for it. */
  readonly present: boolean;
  readonly write: boolean;
  /** The access was the fetch of an instruction. */
  readonly fetch: boolean;
}

/** The handler of signals that end a process, and where things lie in it, in bytes from the start of its code. */
export interface LastWordsCode {
  /** Position-independent. */
  readonly code: Uint8Array;
  /** What a handler returns to: rt_sigreturn(2). */
  readonly restorer: number;
  readonly handler: number;
  /** Where its data starts: whole pages, however large they are. */
  readonly data: number;
  /** In the data: the handlers found, 8 bytes a signal. */
  readonly previous: number;
  /** In the data: the descriptor that the report goes to, 32 bits. */
  readonly descriptor: number;
  /** In the data: the report, which starts with its mark. */
  readonly report: number;
  /** Where the data ends. */
  readonly end: number;
}

/** One processor's side of the probe. */
export interface Architecture {
  /** As `process.arch` says it. */
  readonly name: string;
  /** Machine code of `void run(context *)`, position-independent; its data starts `codePage` bytes after its start. */
  readonly code: Uint8Array;
  /** Bytes in the code area and in the data area after it: whole pages, however large they are. */
  readonly codePage: number;
  /** Offset of the signal handler in the code. */
  readonly handler: number;
  readonly lastWords: LastWordsCode;
  /** What the GNU C library signs its restartable sequences with (sys/rseq.h). */
  readonly rseqSignature: number;
  /** Whether a refused access was a page fault; otherwise the processor refused the address itself. */
  isPageFault(trap: number, error: bigint): boolean;
  /** Reads the error code of a page fault as the handler saved it. */
  faultError(error: bigint): FaultError;
  /** Why an access can be refused without a page fault, in words. */
  readonly refusalWithoutPageFault: string;
  /** How many bytes {@link refuseToRun} looks at. */
  readonly looksAt: number;
  /** Why running the bytes could end the process, or undefined where it returns or raises a signal that is caught. */
  refuseToRun(bytes: Uint8Array): string | undefined;
}

const ARCHITECTURES: readonly Architecture[] = [x86_64, arm64];

/** The architecture of this process; undefined where the probe has no machine code for it. */
export function knownArchitecture(): Architecture | undefined {
  return ARCHITECTURES.find((architecture) => architecture.name === process.arch);
}

/**
 * The architecture of this process.
 * @throws Error where the probe has no machine code for it yet
 */
export function thisArchitecture(): Architecture {
  const found = knownArchitecture();
  if (found !== undefined) return found;
  throw new Error(
    `the probe has machine code for ${ARCHITECTURES.map((architecture) => architecture.name).join(", ")}, not for ${process.arch}. ` +
      "Run it on one of those, or use the model alone: it needs no machine code",
  );
}
