/** Follows the calls that take served memory away. */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, unregisterUserfaults } from "../../linux/index.js";
import { FIRST_PROCESS } from "../../model/index.js";
import { changedRanges, type AddressRange } from "../foreign.js";
import type { Lab } from "../lab.js";
import type { PairEvent } from "../pair.js";
import { forgetServedMemory, moveServedMemory } from "./served-memory.js";

/** The ranges of a call that succeeded in which nothing is served any more. */
function goneRanges({ operation, kernel }: PairEvent): readonly AddressRange[] {
  if (kernel === null || kernel.outcome.kind !== "value" || (operation.process ?? FIRST_PROCESS) !== FIRST_PROCESS) return [];
  if (operation.op === "mremap")
    return [wholePages(operation.at, operation.oldLength), wholePages(kernel.outcome.value, operation.newLength)];
  return operation.op === "munmap" || operation.op === "mmap" ? changedRanges(operation) : [];
}

function wholePages(start: bigint, length: bigint): AddressRange {
  const size = BigInt(PAGE_SIZE);
  return { start, end: start + ((length + size - 1n) / size) * size };
}

const followed = new WeakSet<Lab>();

/** Keeps the register of served memory true from now on: ranges go when they are unmapped, and contents move with mremap. */
export function keepRegister(lab: Lab): void {
  if (followed.has(lab)) return;
  followed.add(lab);
  lab.live.listen((event) => {
    const ranges = goneRanges(event);
    const [from, to] = ranges;
    if (event.operation.op === "mremap" && from !== undefined && to !== undefined) moveServedMemory(from, to);
    else ranges.forEach(forgetServedMemory);
  });
}

/**
 * Calls back for each range that is not served any more because it was unmapped, mapped anew or moved.
 * @param fd the userfaultfd
 * @returns a function that ends this
 */
export function followChanges(lab: Lab, fd: number, gone: (range: AddressRange) => void): () => void {
  return lab.live.listen((event) => {
    for (const range of goneRanges(event)) {
      // A mapping that grew in place, or stayed with MREMAP_DONTUNMAP, is still the userfaultfd's.
      if (event.operation.op === "mremap") release(fd, range);
      gone(range);
    }
  });
}

/** The kernel resolves the faults of a range again. */
function release(fd: number, { start, end }: AddressRange): void {
  try {
    unregisterUserfaults(fd, start, end - start);
  } catch (error) {
    if (!(error instanceof Errno)) throw error; // not mapped
  }
}
