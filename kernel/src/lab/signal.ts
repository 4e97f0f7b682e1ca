/** The error of an access that the processor or the kernel refused. */
import type { Access, Reason, Result } from "../model/index.js";
import { reasonText } from "./reason.js";

const MEANING: Readonly<Record<string, string>> = {
  SEGV_MAPERR: "nothing is mapped there",
  SEGV_ACCERR: "the mapping does not allow it",
  SEGV_PKUERR: "a protection key forbids it",
  BUS_ADRERR: "the page lies wholly beyond the end of the file",
  BUS_OBJERR: "the file system could not deliver the page",
  BUS_MCEERR_AR: "the memory is broken",
  SI_KERNEL: "this is not an address a process can have",
};

const VERB: Readonly<Record<Access, string>> = { read: "reading", write: "writing", exec: "executing" };

/**
 * An access that ended in SIGSEGV or SIGBUS (sigaction(2), mmap(2)). The probe recovered, so it can be caught as any
 * other error, and the cell goes on.
 */
export class Signal extends Error {
  override readonly name = "Signal";

  /**
   * @param outcome the signal as the executor saw it
   * @param access what was tried
   * @param place the address in words, e.g. "m+0x4000"
   * @param reason the model's chain of decisions; may be empty
   */
  constructor(
    outcome: Extract<Result["outcome"], { kind: "signal" }>,
    readonly access: Access,
    place: string,
    readonly reason: Reason,
  ) {
    const meaning = MEANING[outcome.code];
    const why = reason.length > 0 ? `\n${reasonText(reason)}` : "";
    super(`${outcome.signal} (${outcome.code}) ${VERB[access]} ${place}${meaning === undefined ? "" : `: ${meaning}`}${why}`);
    this.signal = outcome.signal;
    this.code = outcome.code;
    this.address = outcome.address;
  }

  /** "SIGSEGV" or "SIGBUS". */
  readonly signal: string;
  /** `si_code` by name, e.g. "SEGV_ACCERR". */
  readonly code: string;
  /** `si_addr`: the address that was touched. */
  readonly address: bigint;

  /** As a cell prints it when it is not caught: the message and the place, without the fields, which repeat the message. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.stack ?? this.message;
  }
}
