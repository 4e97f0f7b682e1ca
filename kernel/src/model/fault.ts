/**
 * The page fault path: what happens between an access that the page table does not permit and the access going ahead, or
 * the signal (`handle_mm_fault` and what it calls, mm/memory.c).
 *
 * Read it top to bottom. The caller has found the VMA and checked the right to access; see touch.ts for those two steps.
 *
 *     what the page-table entry holds      what the fault does
 *     nothing, private anonymous memory    zero page (read) or new page (write): anonFault
 *     nothing, a file or shared memory     file-fault.ts
 *     a read-only page, and it is a write  copy-on-write, or noticing the first write: protectFault
 *     a guard marker                       SIGSEGV
 *     a swapped page                       read back
 */
import { prepareAnonVma } from "./anon-vma.js";
import { RULE } from "./fault-rules.js";
import type { FaultContext } from "./fault-context.js";
import { MAJOR, MINOR, SIGNAL, type Access, type KindNumber } from "./fault-types.js";
import { fileFault, sharedProtectFault } from "./file-fault.js";
import { hugeFault, hugeZeroUpgrade } from "./huge-page.js";
import { ZERO_FRAME } from "./page-frames.js";
import {
  PTE_ANON,
  PTE_EXCLUSIVE,
  PTE_FILE,
  PTE_GUARD,
  PTE_HUGE,
  PTE_KIND,
  PTE_NEW_ANON,
  PTE_NONE,
  PTE_SWAP,
  PTE_WRITABLE,
  PTE_ZERO,
} from "./page-table.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/**
 * Whether a VMA permits an access, whatever its pages hold. On x86 a page that may be written or executed may be read as
 * well, so a read needs any right.
 */
export function permits(vma: Vma, access: Access): boolean {
  if (access === "read") return vma.has(VM_ACCESS);
  return vma.has(access === "write" ? VM.WRITE : VM.EXEC);
}

/**
 * Handles one fault at `page` of `vma`.
 * @returns how it ended; `context` says by which rule
 */
export function handleFault(context: FaultContext, vma: Vma, page: number, access: Access): KindNumber {
  const state = context.mm.pageTable.state(page);
  switch (state & PTE_KIND) {
    case PTE_NONE:
      return vma.isAnonymous ? anonFault(context, vma, page, access) : fileFault(context, vma, page, access);
    case PTE_GUARD:
      return context.end(SIGNAL, RULE.GUARD);
    case PTE_SWAP:
      return swapFault(context, vma, page, access);
    default:
      return access === "write" && (state & PTE_WRITABLE) === 0
        ? protectFault(context, vma, page, state)
        : context.end(MINOR, RULE.PERMITTED);
  }
}

/** Private anonymous memory, nothing mapped yet (`do_anonymous_page`). */
function anonFault(context: FaultContext, vma: Vma, page: number, access: Access): KindNumber {
  const huge = hugeFault(context, vma, page, access);
  if (huge !== null) return huge;
  const { machine, mm } = context;
  if (access !== "write") {
    mm.pageTable.set(page, PTE_ZERO, ZERO_FRAME);
    return context.end(MINOR, RULE.ANON_READ);
  }
  prepareAnonVma(machine, mm, vma);
  mm.pageTable.set(page, PTE_NEW_ANON, machine.frames.allocateMapped(0));
  return context.end(MINOR, RULE.ANON_WRITE);
}

/** A write to a page that is mapped read-only in a VMA that may be written (`do_wp_page`). */
function protectFault(context: FaultContext, vma: Vma, page: number, state: number): KindNumber {
  const { machine, mm } = context;
  const { frames } = machine;
  if (!vma.isPrivate) return sharedProtectFault(context, vma, page);
  const frame = mm.pageTable.frame(page);
  const kind = state & PTE_KIND;
  if (kind === PTE_ANON && ((state & PTE_EXCLUSIVE) !== 0 || frames.mapCount[frame] === 1)) {
    mm.pageTable.set(page, PTE_NEW_ANON | (state & PTE_HUGE), frame);
    return context.end(MINOR, RULE.COW_REUSE);
  }
  prepareAnonVma(machine, mm, vma);
  if (kind === PTE_ZERO) {
    if ((state & PTE_HUGE) !== 0 && hugeZeroUpgrade(context, page)) return context.end(MINOR, RULE.HUGE_ANON);
    mm.pageTable.set(page, PTE_NEW_ANON, frames.allocateMapped(0));
    return context.end(MINOR, RULE.COW_ZERO);
  }
  const sharers = frames.mapCount[frame] ?? 0;
  const copy = frames.allocateMappedCopy(frame);
  frames.unmap(frame);
  mm.pageTable.set(page, PTE_NEW_ANON, copy);
  return kind === PTE_FILE ? context.end(MINOR, RULE.COW_FILE, vma.objectPage(page)) : context.end(MINOR, RULE.COW_SHARED, sharers);
}

/** A page that was swapped out (`do_swap_page`): read back, writable if it is written to. */
function swapFault(context: FaultContext, vma: Vma, page: number, access: Access): KindNumber {
  const { machine, mm } = context;
  const frame = mm.pageTable.frame(page);
  machine.frames.mapCount[frame] = 1;
  machine.swapUsed--;
  const writable = access === "write" && vma.has(VM.WRITE);
  mm.pageTable.set(page, writable ? PTE_NEW_ANON : PTE_ANON | PTE_EXCLUSIVE, frame);
  return context.end(MAJOR, RULE.SWAP_IN);
}
