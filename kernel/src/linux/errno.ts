/**
 * A failed system call as an error a cell can catch: what failed, with which arguments in words, and what the error
 * number means.
 */
import { release } from "node:os";
import { ERRNO, errnoCode, errnoDescription, type ErrnoCode } from "../abi/index.js";

/** One argument of a call, as a person would write it. */
export interface CallArgument {
  /** The parameter's name on the man page, e.g. `prot`. */
  readonly name: string;
  /** Decoded, e.g. `PROT_READ|PROT_WRITE`. */
  readonly text: string;
}

/** The error a failed system call throws. */
export class Errno extends Error {
  override readonly name = "Errno";
  /** The name of the error, e.g. `EACCES`; `E<number>` never occurs: an unknown number is a RangeError. */
  readonly code: ErrnoCode;
  /** The error number, e.g. 13. */
  readonly errno: number;
  /** The name of the call, e.g. `mmap`. */
  readonly syscall: string;
  /** The arguments in the order of the man page. */
  readonly arguments: readonly CallArgument[];
  /** Why the kernel refused, in words, where somebody could tell. */
  readonly reason?: string;

  /**
   * @param syscall the name of the call
   * @param code the name of the error
   * @param args the decoded arguments
   * @param reason why the kernel refused, in words, a line or more
   */
  constructor(syscall: string, code: ErrnoCode, args: readonly CallArgument[], reason?: string) {
    const call = `${syscall}(${args.map((argument) => argument.text).join(", ")})`;
    super(`${syscall}: ${code} (${errnoDescription(code)}): ${call}${reason === undefined ? "" : `\n${reason}`}`);
    this.syscall = syscall;
    this.code = code;
    this.errno = ERRNO[code];
    this.arguments = args;
    if (reason !== undefined) this.reason = reason;
  }

  /** As a cell prints it when it is not caught: the message and the place, without the fields, which repeat the message. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.stack ?? this.message;
  }
}

/** The release that brought a call, for those that a kernel in use may lack (man pages, section VERSIONS or HISTORY). */
const SINCE: Readonly<Record<string, string>> = {
  cachestat: "6.5",
  memfd_create: "3.17",
  mlock2: "4.4",
  mseal: "6.10",
  pidfd_open: "5.3",
  process_madvise: "5.10",
  userfaultfd: "4.3",
};

/** What ENOSYS means for a call, and what to do about it. */
function missingCall(syscall: string): string {
  const since = SINCE[syscall];
  const kernel =
    since === undefined ? "This kernel was built without the call" : `Linux has this call since ${since}, and this kernel is ${release()}`;
  return `${kernel}; or a container's seccomp filter hides it. Use a newer kernel, or allow the call in the container.`;
}

/** The largest error number the kernel returns (MAX_ERRNO in include/linux/err.h). */
const MAX_ERRNO = 4095n;

/**
 * Reads a raw system-call result.
 * @param result what the kernel returned, as a signed 64-bit number
 * @returns the error's name where the result lies in -4095..-1, else undefined
 * @throws RangeError for an error number that Linux does not define
 */
export function errnoOfResult(result: bigint): ErrnoCode | undefined {
  if (result >= 0n || result < -MAX_ERRNO) return undefined;
  const code = errnoCode(Number(-result));
  if (code === undefined) throw new RangeError(`the kernel returned error number ${-result}, which errno(3) does not list`);
  return code;
}

/**
 * Turns a raw result into a value or an {@link Errno}. For ENOSYS its reason names the release that brought the call.
 * @param args made only on failure, since decoding costs more than many calls
 */
export function checked(syscall: string, result: bigint, args: () => readonly CallArgument[]): bigint {
  const code = errnoOfResult(result);
  if (code === undefined) return result;
  throw new Errno(syscall, code, args(), code === "ENOSYS" ? missingCall(syscall) : undefined);
}
