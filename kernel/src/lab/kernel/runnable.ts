/**
 * Whether bytes can be executed without ending the process. An exec touch really runs the byte it touches, so it is only
 * tried where that byte comes back or raises a signal the probe catches.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { addressText, readMaps, readPagemap, type MapsEntry } from "../../linux/index.js";
import { thisArchitecture } from "../../probe/index.js";
import type { Pid } from "./look.js";

/** Executing a byte was refused, because it could end the process. Nothing has been done. */
export class NotRunnable extends Error {
  override readonly name = "NotRunnable";
}

/** How bytes are read that are known to be in memory: without a fault. */
export type ReadPresent = (at: bigint, length: number) => Uint8Array;

function isPrivateAnonymous(vma: MapsEntry): boolean {
  return vma.inode === 0n && vma.perms.endsWith("p");
}

/**
 * Checks the touches of an exec operation.
 * @param pid the process that will make them
 * @param addresses in order; they stop at the first that cannot be fetched, since that raises a signal
 * @throws NotRunnable where running a byte could end the process, saying what to do
 */
export function requireRunnable(addresses: Iterable<bigint>, read: ReadPresent, pid: Pid): void {
  const vmas = readMaps(pid);
  const processor = thisArchitecture();
  for (const at of addresses) {
    const vma = vmas.find((entry) => entry.start <= at && at < entry.end);
    if (vma?.perms[2] !== "x") return; // the fetch is refused, and that is caught
    const [page] = readPagemap(at, 1, pid);
    if (page?.present !== true) {
      if (isPrivateAnonymous(vma)) continue; // zeros
      throw new NotRunnable(
        `touch exec at ${addressText(at)}: the page is not in memory, so what it would run is not known. Read it first`,
      );
    }
    const left = PAGE_SIZE - Number(at % BigInt(PAGE_SIZE));
    const refusal = processor.refuseToRun(read(at, Math.min(processor.looksAt, left)));
    if (refusal !== undefined) throw new NotRunnable(`touch exec at ${addressText(at)}: ${refusal}`);
  }
}
