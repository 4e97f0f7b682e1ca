/** swapon(2) and swapoff(2): they change the whole machine, so a cell must say that it means it. */
import { swapoff as stopSwapping, swapon as startSwapping } from "../../linux/index.js";
import { realLab } from "./real.js";

/** Says that a call may change the machine for everybody on it. */
export interface SystemChange {
  readonly allowSystemChanges: true;
}

function requireConsent(what: string, consent: SystemChange | undefined): void {
  if (typeof consent === "object" && (consent as SystemChange | null)?.allowSystemChanges === true) return;
  throw new Error(
    `${what} changes the whole machine, not only this notebook. If that is what you want, give { allowSystemChanges: true } as the last argument.`,
  );
}

/**
 * Swaps to a file or a device from now on: swapon(2). Needs CAP_SYS_ADMIN. The model keeps the swap space it started with.
 * @param path what mkswap(8) prepared
 * @param flags bits of SWAP_FLAG, and a priority
 * @param consent `{ allowSystemChanges: true }`
 * @throws Errno where the kernel refuses
 */
export function swapon(path: string, flags: number, consent: SystemChange): void {
  const lab = realLab("swapon");
  requireConsent("swapon", consent);
  startSwapping(path, flags);
  lab.unmodelled.note("swapon", "the model keeps the swap space there was at the start");
}

/**
 * Stops swapping to a file or a device: swapoff(2). Needs CAP_SYS_ADMIN.
 * @param path as given to {@link swapon}
 * @param consent `{ allowSystemChanges: true }`
 * @throws Errno where the kernel refuses
 */
export function swapoff(path: string, consent: SystemChange): void {
  const lab = realLab("swapoff");
  requireConsent("swapoff", consent);
  stopSwapping(path);
  lab.unmodelled.note("swapoff", "the model keeps the swap space there was at the start");
}
