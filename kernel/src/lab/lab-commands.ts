/** `lab`: commands on the lab as a whole. */
import { Comparison, compareAll } from "./compare/compare.js";
import type { AddressLike, Lab } from "./lab.js";
import type { IndexOptions } from "./show/index-view.js";
import { showIndex, showPageTable, showSharing } from "./show/commands.js";
import type { Shown } from "./show/shown.js";
import { Observation } from "./observe.js";
import { theLab } from "./the-lab.js";
import { makeTrace } from "./trace/make-trace.js";
import { RECORDER_LIMITS } from "./trace/recorder.js";
import { RecordedTrace } from "./trace/recorded-trace.js";
import { describe } from "../linux/arguments.js";
import { checkOf, profileNote, type ReleaseCheck } from "../model/index.js";
import type { IndexView, PageTableView, SharedMemoryView } from "../views/index.js";

/** The release whose rules the model follows. */
export interface LabProfile extends ReleaseCheck {
  readonly release: string;
  /** The same in a sentence or two. */
  readonly note: string;
}

/** The lab of this notebook: the live process with the model beside it. */
export const lab = Object.freeze({
  /**
   * Holds the model against the kernel: every call's outcome and faults so far, and the VMAs, residency and contents
   * there are now. Each line is equal, explained (with the rule), or unexplained.
   */
  compare(): Comparison {
    const it = theLab();
    const comparison = compareAll(it);
    const { rows } = it.unmodelled;
    return rows.length === 0 ? comparison : new Comparison([...comparison.rows, ...rows]);
  },

  /**
   * Draws the structure that orders the lab's VMAs: the maple tree of this kernel, or the list, AVL tree or red-black tree
   * of an older one.
   * @param addr looked up as a fault does; the nodes it visits are marked. null for none
   * @param options `kind` for another structure, `steps` to see it grow with its rotations and splits
   */
  index(addr: AddressLike | null = null, options: IndexOptions = {}): Shown<IndexView> {
    return showIndex(theLab(), addr, options);
  },

  /**
   * Draws the walk through the page table for an address: the entry at each level, and the bits of the last one.
   * @param addr in a mapping of the lab
   */
  pageTable(addr: AddressLike): Shown<PageTableView> {
    return showPageTable(theLab(), addr);
  },

  /** Draws which pages of the lab's mappings lie on the same page frames, in every process the model has. */
  sharing(): Shown<SharedMemoryView> {
    return showSharing(theLab());
  },

  /** The kernel release whose rules the model follows beside the live kernel, and which of them were never seen on it. */
  get profile(): LabProfile {
    const { release } = theLab().live.model.profile;
    return { release, note: profileNote(release), ...checkOf(release) };
  },

  /**
   * What was done so far, call by call with the kernel's answers: to step through in JupyterLab, and to run again with
   * `mmaplab replay`. `lab.trace().save("name.mmaptrace.json")` keeps it.
   * @param what an observation, for a trace that is about it alone; or a title
   * @throws Error where there is nothing to trace: a prediction, or calls after the recorder was full
   */
  trace(what: Observation | string = "all calls so far"): RecordedTrace {
    if (typeof what === "string") {
      const all = makeTrace(theLab(), what);
      if (all !== null) return new RecordedTrace(all);
    } else if (!(what instanceof Observation)) throw new TypeError(`lab.trace: takes an observation or a title, not ${describe(what)}.`);
    else if (what.kernel === null)
      throw new Error("lab.trace: a prediction is not recorded, since nothing happened. Trace an observation.");
    else {
      const part = makeTrace(theLab(), what.title, what.events);
      if (part !== null) return new RecordedTrace(part);
    }
    throw new Error(
      `lab.trace: none of these calls was recorded. At most ${String(RECORDER_LIMITS.steps)} calls are, from the start of the kernel on: restart it, and make fewer.`,
    );
  },

  /**
   * Ends the children of the cells, unmaps everything the cells mapped, unlocks what they locked, and puts limits back. Open descriptors stay, and so do
   * sealed mappings (mseal), which nothing can remove.
   */
  reset(): void {
    const it = theLab();
    it.requireOwnProcess("lab.reset");
    // The newest first: parents end after their children.
    for (const child of [...it.children].reverse()) child[Symbol.dispose]();
    for (const { start, end } of it.ownRanges()) {
      if (!isSealed(it, start)) it.unmap(it.live, start, end - start);
    }
    it.live.run({ op: "munlockall" });
    it.limits.restore(it.live.model);
    it.unmodelled.clear();
  },
});

/** Whether the kernel lists the VMA at an address as sealed: `sl` in VmFlags. */
function isSealed(it: Lab, at: bigint): boolean {
  const { seen } = it.live.model.run({ op: "vmflags", at });
  return seen?.kind === "vmflags" && seen.flags.includes("sl");
}
