/** Signals that a memory access can raise, with the `si_code` values of sigaction(2). */

export const SIGSEGV = 11;
export const SIGBUS = 7;

/** Why an access was refused. */
export type SignalCode =
  | "SEGV_MAPERR"
  | "SEGV_ACCERR"
  | "SEGV_PKUERR"
  | "BUS_ADRALN"
  | "BUS_ADRERR"
  | "BUS_OBJERR"
  | "BUS_MCEERR_AR"
  | "BUS_MCEERR_AO"
  | "SI_KERNEL";

/** A signal a memory access can raise. */
export type SignalName = "SIGSEGV" | "SIGBUS";

const SEGV_CODES: Readonly<Record<number, SignalCode>> = { 1: "SEGV_MAPERR", 2: "SEGV_ACCERR", 4: "SEGV_PKUERR" };
const BUS_CODES: Readonly<Record<number, SignalCode>> = {
  1: "BUS_ADRALN",
  2: "BUS_ADRERR",
  3: "BUS_OBJERR",
  4: "BUS_MCEERR_AR",
  5: "BUS_MCEERR_AO",
};
const SI_KERNEL = 128;

/**
 * The name of a `si_code`.
 * @param signal SIGSEGV (11) or SIGBUS (7)
 * @param code `siginfo_t.si_code`
 * @returns the name, or undefined for a code no memory access raises
 */
export function signalCodeName(signal: number, code: number): SignalCode | undefined {
  if (code === SI_KERNEL) return "SI_KERNEL";
  return signal === SIGBUS ? BUS_CODES[code] : SEGV_CODES[code];
}
