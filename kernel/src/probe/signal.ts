/** A refused access, as the handler saved it. */
import { SIGBUS, SIGSEGV, signalCodeName, type SignalCode, type SignalName } from "../abi/index.js";
import { thisArchitecture, type Architecture, type FaultError } from "./architecture.js";
import { STEP } from "./record.js";

/** The signal a touch raised. */
export interface AccessSignal {
  readonly signal: SignalName;
  readonly code: SignalCode;
  /** `si_addr`: the address refused; 0 with SI_KERNEL, where the processor does not say. */
  readonly address: bigint;
  /** The processor's error code, decoded. */
  readonly error: FaultError;
  /** The processor's error code. */
  readonly errorBits: bigint;
  /** The processor's exception number: 14 a page fault, 13 a general protection fault, on x86; the class of the syndrome on arm64. */
  readonly trap: number;
  /** Whether the access was a page fault; otherwise the processor refused the address itself. */
  readonly pageFault: boolean;
}

/**
 * Reads the signal out of a step's record.
 * @param at where the record starts, in bytes
 * @param processor that the step ran on
 * @returns undefined where none was raised
 */
export function readSignal(view: DataView, at: number, processor: Architecture = thisArchitecture()): AccessSignal | undefined {
  const number = view.getUint32(at + STEP.signal, true);
  if (number === 0) return undefined;
  if (number !== SIGSEGV && number !== SIGBUS) throw new RangeError(`the probe caught signal ${number}, which it does not handle`);
  const code = signalCodeName(number, view.getInt32(at + STEP.code, true));
  if (code === undefined)
    throw new RangeError(
      `signal ${number} came with si_code ${view.getInt32(at + STEP.code, true)}, which sigaction(2) does not list for an access`,
    );
  const errorBits = view.getBigUint64(at + STEP.error, true);
  const trap = Number(view.getBigUint64(at + STEP.trap, true));
  return {
    signal: number === SIGBUS ? "SIGBUS" : "SIGSEGV",
    code,
    address: view.getBigUint64(at + STEP.address, true),
    error: processor.faultError(errorBits),
    errorBits,
    trap,
    pageFault: processor.isPageFault(trap, errorBits),
  };
}
