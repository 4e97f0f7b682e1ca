/**
 * VMAs that are not the lab's: Node's heap, libraries, stacks. They occupy addresses, are shown folded, and are never
 * changed by a cell's call: that would end the process.
 */
import type { Operation, VmaRecord } from "../model/index.js";
import { MAP, MREMAP, PAGE_SIZE } from "../abi/index.js";
import { hex } from "./hex.js";

/** A range of addresses, half-open. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** A call that would have hit memory of the runtime itself. */
export class ForeignMemory extends Error {
  override readonly name = "ForeignMemory";

  /**
   * @param what the call, e.g. "munmap"
   * @param hit the VMAs of the runtime that lie in its range
   */
  constructor(
    what: string,
    readonly hit: readonly VmaRecord[],
  ) {
    const lines = hit.slice(0, 3).map((vma) => `  ${hex(vma.start)}-${hex(vma.end)} ${vma.perms} ${vma.object ?? "(anonymous)"}`);
    const more = hit.length > 3 ? `\n  and ${String(hit.length - 3)} more` : "";
    super(
      `${what}: the range holds memory of the notebook's own process, which runs on it:\n${lines.join("\n")}${more}\n` +
        "Use an address inside one of your own mappings.",
    );
  }
}

/**
 * The ranges a call would change or write to, in whole pages; none for calls that only look or that choose a free place.
 * @param operation a call of a cell
 */
export function changedRanges(operation: Operation): AddressRange[] {
  switch (operation.op) {
    case "mmap":
      // FIXED_NOREPLACE refuses by itself; a hint replaces nothing.
      return (operation.flags & MAP.FIXED) !== 0 && !unaligned(operation.at) ? [pages(operation.at, operation.length)] : [];
    case "munmap":
    case "mprotect":
    case "madvise":
    case "mseal":
      return unaligned(operation.at) ? [] : [pages(operation.at, operation.length)];
    case "mlock":
    case "mlock2":
    case "munlock":
      return [pages(operation.at, operation.length)];
    case "mremap": {
      if (unaligned(operation.at)) return [];
      const source = pages(operation.at, operation.oldLength);
      return (operation.flags & MREMAP.FIXED) !== 0 ? [source, pages(operation.to, operation.newLength)] : [source];
    }
    case "touch": {
      const last = BigInt(((operation.count ?? 1) - 1) * (operation.stride ?? PAGE_SIZE));
      return operation.access === "write" ? [pages(operation.at, last + 1n)] : [];
    }
    default:
      return [];
  }
}

/** The kernel refuses an address inside a page before it does anything, so such a call reaches nobody's memory. */
function unaligned(at: bigint): boolean {
  return at % BigInt(PAGE_SIZE) !== 0n;
}

/** The VMAs of `all` that lie in `range` and not wholly in `own`: what a call must not touch. */
export function foreignIn(range: AddressRange, all: readonly VmaRecord[], own: readonly AddressRange[]): VmaRecord[] {
  return subtract(all, own).filter((vma) => vma.start < range.end && vma.end > range.start);
}

/** What remains of some VMAs when ranges are cut out of them. Both lists ascend and do not overlap themselves. */
export function subtract(all: readonly VmaRecord[], own: readonly AddressRange[]): VmaRecord[] {
  return all.flatMap((vma) => {
    let from = vma.start;
    const rest: VmaRecord[] = [];
    for (const { start, end } of own) {
      if (end <= from || start >= vma.end) continue;
      if (start > from) rest.push({ ...vma, start: from, end: start });
      from = end;
    }
    if (from < vma.end) rest.push({ ...vma, start: from });
    return rest;
  });
}

/** Whether a range lies wholly within others, without a hole. The others ascend. */
export function covered(range: AddressRange, by: readonly AddressRange[]): boolean {
  let from = range.start;
  for (const { start, end } of by) {
    if (start > from) break;
    if (end > from) from = end;
    if (from >= range.end) return true;
  }
  return range.start >= range.end;
}

function pages(at: bigint, length: bigint): AddressRange {
  const size = BigInt(PAGE_SIZE);
  const start = at - (at % size);
  const end = at + length;
  return { start, end: end + ((size - (end % size)) % size) };
}
