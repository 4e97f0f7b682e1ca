/**
 * MAP_GROWSDOWN: a VMA that grows down to an address touched below it (`expand_stack`, `expand_downwards`).
 * There is no limit on how far below the address may be; what lies under it decides.
 */
import { prepareAnonVma } from "./anon-vma.js";
import { mayExpand, mayLock } from "./limits.js";
import type { Machine } from "./machine.js";
import type { Process } from "./process.js";
import { VM, VM_ACCESS, type Vma } from "./vma.js";

/** Pages kept free between a stack and an accessible mapping below it (`stack_guard_gap`). */
export const STACK_GUARD_GAP = 256;

/** Lets a VMA grow down to `page`, if it may. Returns whether it did. */
export function growDown(machine: Machine, process: Process, vma: Vma, page: number): boolean {
  if (!vma.has(VM.GROWSDOWN) || page < machine.settings.minPage) return false;
  const { mm } = process;
  const below = mm.index.before(vma.start);
  const accessibleBelow = below !== null && below.has(VM_ACCESS) && !below.has(VM.GROWSDOWN);
  if (accessibleBelow && page - below.end < STACK_GUARD_GAP) return false;
  // It gets its anon_vma before the limits are looked at, and keeps it where they refuse.
  prepareAnonVma(machine, mm, vma);
  const growth = vma.start - page;
  const stackLimit = process.limitPages("STACK");
  if (stackLimit !== null && vma.end - page > stackLimit) return false;
  if (!mayExpand(process, vma.flags, growth)) return false;
  if (vma.has(VM.LOCKED) && !mayLock(process, growth)) return false;
  mm.resize(vma, page, vma.end);
  return true;
}
