/** `explain`: what would happen at an address, and why, without touching it. */
import { PAGE_SIZE } from "../abi/index.js";
import { address as checkAddress, describe } from "../linux/arguments.js";
import { FIRST_PROCESS, checkOf, profileNote, type Access, type ProcessId, type Reason, type VmaRecord } from "../model/index.js";
import { hex } from "./hex.js";
import type { AddressLike, Lab } from "./lab.js";
import { Mapping } from "./mapping.js";
import { DISPLAY } from "./publish.js";
import { reasonText } from "./reason.js";
import { theLab } from "./the-lab.js";

const PAGE_STATE: Readonly<Record<string, string>> = {
  ".": "no page table entry: the next access faults",
  a: "present, an anonymous page mapped once",
  A: "present, an anonymous page shared after fork",
  z: "present, the shared zero page",
  f: "present, a page of the page cache",
  F: "present, a page of the page cache that others map too",
  s: "swapped out",
  g: "a guard marker: any access is refused",
};

/** What was found at an address. Printed in a cell it is text. */
export class Explanation {
  /** Made by `explain`. */
  constructor(
    /** The address. */
    readonly address: bigint,
    /** The access that was asked about. */
    readonly access: Access,
    /** The address in words. */
    readonly place: string,
    /** The line of /proc/self/maps that holds it; null where nothing is mapped. */
    readonly vma: VmaRecord | null,
    /** What /proc/self/pagemap says of the page, in words. */
    readonly page: string,
    /** The model's chain of decisions; empty where the memory is not the lab's. */
    readonly reason: Reason,
    /** What must be said of the rules: for display only, or never checked on the live release; null where nothing must. */
    readonly note: string | null,
  ) {}

  toString(): string {
    const { vma } = this;
    const mapped =
      vma === null ? "nothing is mapped there" : `${hex(vma.start)}-${hex(vma.end)} ${vma.perms} ${vma.object ?? "(anonymous)"}`;
    const why =
      this.reason.length > 0
        ? `A ${this.access} there:\n${reasonText(this.reason)}`
        : "This memory is not the lab's, so the model does not follow it.";
    return `${this.place}\nVMA:  ${mapped}\nPage: ${this.page}\n${why}${this.note === null ? "" : `\n${this.note}`}`;
  }

  /** How a cell prints it. */
  [DISPLAY](): Record<string, unknown> {
    return { "text/plain": this.toString() };
  }
}

/**
 * Says which VMA and which page table entry an access would meet, which branch of the fault path it would take, and why.
 * Nothing is touched.
 * @param addr a mapping (its first byte) or an address
 * @param access "read" unless told
 */
export function explain(addr: AddressLike, access: Access = "read"): Explanation {
  if (access !== "read" && access !== "write" && access !== "exec")
    throw new TypeError(`explain: access is "read", "write" or "exec", not ${describe(access)}`);
  const lab = theLab();
  lab.descriptors.learn();
  const at = addr instanceof Mapping ? addr.addr : checkAddress("addr", addr);
  const process = lab.world.kind === "live" ? lab.world.process : FIRST_PROCESS;
  const around = lab.around(process);
  const vma = around.vmaAt(at);
  const own = around.ownRanges().some(({ start, end }) => at >= start && at < end);
  const foreign = vma !== null && !own;
  const reason = foreign ? [] : lab.live.model.explain(at, access, process);
  const page = vma === null ? "none" : pageState(lab, at, process);
  return new Explanation(at, access, lab.place(at, process), vma, page, reason, noteOn(lab));
}

/** What must be said of the model's rules; null where they were checked on this very release. */
function noteOn(lab: Lab): string | null {
  const { profile, profileNote: display } = lab.live.model;
  if (display !== null) return display;
  return checkOf(profile.release).checked ? null : profileNote(profile.release);
}

function pageState(lab: Lab, at: bigint, process: ProcessId): string {
  const size = BigInt(PAGE_SIZE);
  const { seen } = lab.kernel.run({ op: "resident", at: at - (at % size), length: size, process });
  const letter = seen?.kind === "resident" ? seen.pages : "?";
  return PAGE_STATE[letter] ?? `state ${letter}`;
}
