/**
 * Whether bytes can be executed without ending the process. An exec touch really runs the byte it touches, so it is only
 * tried where that byte comes back or raises a signal the probe catches.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { addressText, readMaps, readPagemap, type MapsEntry } from "../../linux/index.js";
import { thisArchitecture } from "../../probe/index.js";

const LONGEST_LOOK = 2;

/** How bytes are read that are known to be in memory: without a fault. */
export type ReadPresent = (at: bigint, length: number) => Uint8Array;

function isPrivateAnonymous(vma: MapsEntry): boolean {
  return vma.inode === 0n && vma.perms.endsWith("p");
}

/**
 * Checks the touches of an exec operation.
 * @param addresses in order; they stop at the first that cannot be fetched, since that raises a signal
 * @throws Error where running a byte could end the process, saying what to do
 */
export function requireRunnable(addresses: Iterable<bigint>, read: ReadPresent): void {
  const vmas = readMaps();
  for (const at of addresses) {
    const vma = vmas.find((entry) => entry.start <= at && at < entry.end);
    if (vma?.perms[2] !== "x") return; // the fetch is refused, and that is caught
    const [page] = readPagemap(at, 1);
    if (page?.present !== true) {
      if (isPrivateAnonymous(vma)) continue; // zeros
      throw new Error(`touch exec at ${addressText(at)}: the page is not in memory, so what it would run is not known. Read it first`);
    }
    const left = PAGE_SIZE - Number(at % BigInt(PAGE_SIZE));
    const refusal = thisArchitecture().refuseToRun(read(at, Math.min(LONGEST_LOOK, left)));
    if (refusal !== undefined) throw new Error(`touch exec at ${addressText(at)}: ${refusal}`);
  }
}
