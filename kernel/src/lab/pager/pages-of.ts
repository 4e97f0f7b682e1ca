/** Which pages of a mapping are to be served: checked, so that nothing of the runtime's own memory ever is. */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, detachViews, readVmFlags } from "../../linux/index.js";
import { UserfaultfdMissing } from "../../probe/index.js";
import { covered, type AddressRange } from "../foreign.js";
import type { Lab } from "../lab.js";
import { Mapping } from "../mapping.js";

/** Part of a mapping, in pages. */
export interface PageSelection {
  /** The first page, counted from the start of the mapping; 0 unless told. */
  readonly from?: number;
  /** How many; to the end of the mapping unless told. */
  readonly pages?: number;
}

/** Checked pages. */
export interface SelectedPages {
  readonly range: AddressRange;
  readonly from: number;
  readonly pages: number;
}

/**
 * Checks a selection.
 * @param what the function that asks, for errors
 * @throws TypeError, RangeError for a bad argument; Error for a prediction, or for pages that are not the lab's any more
 */
export function selectPages(lab: Lab, what: string, mapping: Mapping, selection: PageSelection): SelectedPages {
  if (!(mapping instanceof Mapping)) throw new TypeError(`${what}: give the mapping first: ${what}(m, ...)`);
  if (typeof selection !== "object" || selection === null) throw new TypeError(`${what}: options are an object: { from, pages }`);
  lab.requireLive(lab.world, what);
  lab.requireOwnProcess(what);
  lab.requireLive(mapping.in, what);
  const { from = 0 } = selection;
  const { pages = mapping.pages - from } = selection;
  for (const [name, value, least] of [
    ["from", from, 0],
    ["pages", pages, 1],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`${what}: ${name} is a whole number from ${String(least)}, not ${String(value)}`);
  }
  if (from + pages > mapping.pages)
    throw new RangeError(
      `${what}: pages ${String(from)} to ${String(from + pages - 1)} are not within the mapping's ${String(mapping.pages)}`,
    );
  const start = mapping.addr + BigInt(from * PAGE_SIZE);
  const range = { start, end: start + BigInt(pages * PAGE_SIZE) };
  if (!covered(range, lab.ownRanges())) throw new Error(`${what}: part of ${mapping.toString()} is unmapped by now. Map it again first`);
  for (const vma of lab.kernelVmas().filter((one) => one.start < range.end && one.end > range.start)) {
    const flags = readVmFlags(vma.start) ?? [];
    if (flags.includes("gd")) throw new Error(`${what}: memory of MAP_GROWSDOWN cannot be served, since it grows by faults itself`);
    if (flags.includes("ht")) throw new Error(`${what}: huge pages (MAP_HUGETLB) are not served; take a mapping of ordinary pages`);
  }
  return { range, from, pages };
}

/**
 * Says in words why the kernel does not register a range.
 * @param act registers it
 * @throws Error with the refusal as its cause
 */
export function registering(lab: Lab, what: string, { range }: SelectedPages, act: () => void): void {
  try {
    act();
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
    const object = lab.vmaAt(range.start)?.object ?? null;
    const where = lab.place(range.start);
    if (refused.code === "EBUSY")
      throw new Error(`${what}: another pager or tracking has part of the pages from ${where}. Close that first`, { cause: refused });
    if (refused.code === "EINVAL" || refused.code === "EPERM") {
      throw new Error(
        `${what}: userfaultfd serves private anonymous memory, shared anonymous memory, memfd and tmpfs; ${where} maps ${object ?? "something else"}` +
          ` (${refused.code}). Map one of those`,
        { cause: refused },
      );
    }
    throw refused;
  }
}

/** Takes back views through which this thread would come to wait for itself. */
export function detachBlocked({ start, end }: AddressRange): void {
  detachViews(start, end - start);
}

/** Names the function that needs what is missing. */
export function requireUserfaultfd<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof UserfaultfdMissing) throw new UserfaultfdMissing(`${what}: ${error.message}`, { cause: error.cause });
    throw error;
  }
}
