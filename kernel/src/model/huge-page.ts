/**
 * Transparent huge pages: one fault maps 512 pages where a whole aligned 2 MiB block of private anonymous memory may be a
 * huge page and nothing is mapped there yet. Off unless the model is told otherwise, because nobody can know whether the
 * kernel finds a free huge page.
 */
import { alignPageDown, PAGES_PER_TABLE } from "./address.js";
import { prepareAnonVma } from "./anon-vma.js";
import type { FaultContext } from "./fault-context.js";
import { RULE } from "./fault-rules.js";
import { MINOR, type Access, type KindNumber } from "./fault-types.js";
import { ZERO_FRAME } from "./page-frames.js";
import { PTE_HUGE, PTE_NEW_ANON, PTE_ZERO } from "./page-table.js";
import { VM, type Vma } from "./vma.js";

function mayBeHuge(context: FaultContext, vma: Vma, page: number): boolean {
  const { thp } = context.machine.settings;
  if (thp === "never" || vma.has(VM.NOHUGEPAGE) || (thp === "madvise" && !vma.has(VM.HUGEPAGE))) return false;
  const block = alignPageDown(page, PAGES_PER_TABLE);
  return block >= vma.start && block + PAGES_PER_TABLE <= vma.end && context.mm.pageTable.leafAt(page) === undefined;
}

/** Maps a huge page where one may be. Null where it may not. */
export function hugeFault(context: FaultContext, vma: Vma, page: number, access: Access): KindNumber | null {
  if (!mayBeHuge(context, vma, page)) return null;
  const { machine, mm } = context;
  const block = alignPageDown(page, PAGES_PER_TABLE);
  if (access !== "write") {
    for (let at = block; at < block + PAGES_PER_TABLE; at++) mm.pageTable.set(at, PTE_ZERO | PTE_HUGE, ZERO_FRAME);
    return context.end(MINOR, RULE.HUGE_ZERO);
  }
  prepareAnonVma(machine, mm, vma);
  fillBlock(context, block);
  return context.end(MINOR, RULE.HUGE_ANON);
}

/** A write into the huge zero page. Returns whether the whole block became a huge page; otherwise it is split. */
export function hugeZeroUpgrade(context: FaultContext, page: number): boolean {
  const block = alignPageDown(page, PAGES_PER_TABLE);
  if (context.machine.profile.hugeZeroUpgrade) {
    fillBlock(context, block);
    return true;
  }
  for (let at = block; at < block + PAGES_PER_TABLE; at++) context.mm.pageTable.set(at, PTE_ZERO, ZERO_FRAME);
  return false;
}

function fillBlock(context: FaultContext, block: number): void {
  const { machine, mm } = context;
  for (let at = block; at < block + PAGES_PER_TABLE; at++) mm.pageTable.set(at, PTE_NEW_ANON | PTE_HUGE, machine.frames.allocateMapped(0));
}
