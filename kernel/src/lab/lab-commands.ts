/** `lab`: commands on the lab as a whole. */
import { compareAll, type Comparison } from "./compare/compare.js";
import { theLab } from "./the-lab.js";

/** The lab of this notebook: the live process with the model beside it. */
export const lab = Object.freeze({
  /**
   * Holds the model against the kernel: every call's outcome and faults so far, and the VMAs, residency and contents
   * there are now. Each line is equal, explained (with the rule), or unexplained.
   */
  compare(): Comparison {
    return compareAll(theLab());
  },

  /** Unmaps everything the cells mapped. Open descriptors stay. */
  reset(): void {
    const it = theLab();
    for (const { start, end } of it.ownRanges()) it.unmap(it.live, start, end - start);
  },
});
