/** fork(2), _exit(2) and waitpid(2): `dup_mmap`, `copy_page_range` and `exit_mmap`. */
import type { AddressSpace } from "./address-space.js";
import type { Call } from "./call.js";
import { checkCommit } from "./limits.js";
import type { Fork, ProcessId, Wait } from "./operation.js";
import {
  PageTable,
  PTE_ANON,
  PTE_DIRTY,
  PTE_EXCLUSIVE,
  PTE_FILE,
  PTE_GUARD,
  PTE_KIND,
  PTE_NONE,
  PTE_SWAP,
  PTE_WRITABLE,
  PTE_ZERO,
} from "./page-table.js";
import type { Machine } from "./machine.js";
import { INIT, Process } from "./process.js";
import { refuse } from "./reason.js";
import { Vma, VM, VM_LOCK_BITS } from "./vma.js";

/** fork(2): the child's name. */
export function fork(call: Call, op: Fork): bigint {
  const { machine, process, mm } = call;
  if (machine.processes.has(op.child))
    throw new Error(`Process ${String(op.child)} exists already: give the child of this fork another name.`);
  checkPromises(call);
  const childSpace = machine.newAddressSpace();
  childSpace.heapEnd = mm.heapEnd;
  const child = new Process(op.child, process.id, childSpace, process.privileged, process.limits);
  child.droppedCaps = process.droppedCaps;
  for (const vma of mm.vmas()) copyVma(call, vma, childSpace);
  machine.processes.set(op.child, child);
  call.trail.add(
    "fork",
    "The child has the same VMAs. Private pages are shared read-only until one side writes; of VMAs without private pages the child starts with empty page tables.",
  );
  return BigInt(op.child);
}

/** The child's private memory is promised a second time. */
function checkPromises(call: Call): void {
  let promised = 0;
  for (const vma of call.mm.vmas()) {
    if (!vma.has(VM.ACCOUNT) || vma.has(VM.DONTCOPY)) continue;
    checkCommit(call, vma.pages, promised);
    promised += vma.pages;
  }
}

function copyVma(call: Call, vma: Vma, childSpace: AddressSpace): void {
  if (vma.has(VM.DONTCOPY)) return;
  const { start, end, pgoff, file, foreign } = vma;
  const flags = vma.flags & ~VM_LOCK_BITS;
  const wiped = vma.has(VM.WIPEONFORK);
  const inherits = vma.anonVma !== 0 && !wiped;
  // The child's VMA hangs on the parent's anon_vmas and gets one of its own.
  const anon = inherits ? { anonVma: call.machine.newAnonVma(), chain: 2 as const } : {};
  childSpace.link(new Vma({ start, end, flags, pgoff, file, foreign, ...anon }));
  if (!wiped && (inherits || hasGuards(call, vma))) copyEntries(call, vma, childSpace);
}

function hasGuards(call: Call, vma: Vma): boolean {
  let found = vma.has(VM.MAYBE_GUARD);
  if (!found && call.machine.profile.guards) {
    call.mm.pageTable.visit(vma.start, vma.end, (_page, leaf, slot) => {
      if (((leaf.state[slot] ?? PTE_NONE) & PTE_KIND) === PTE_GUARD) found = true;
    });
  }
  return found;
}

/** Copies the page-table entries of a VMA. Private pages lose their write bit and their exclusiveness on both sides. */
function copyEntries(call: Call, vma: Vma, childSpace: AddressSpace): void {
  const { frames } = call.machine;
  call.mm.pageTable.visit(vma.start, vma.end, (page, leaf, slot) => {
    let state = leaf.state[slot] ?? PTE_NONE;
    const frame = leaf.frame[slot] ?? 0;
    const kind = state & PTE_KIND;
    if (kind === PTE_ANON || (vma.isPrivate && kind === PTE_FILE)) {
      state &= ~(PTE_WRITABLE | PTE_EXCLUSIVE);
      leaf.state[slot] = state;
    }
    if (kind === PTE_SWAP) {
      // A swapped page of two processes would need swap counts; it is read back first, which nothing observable tells apart.
      call.machine.swapUsed--;
      frames.mapCount[frame] = 1;
      state = PTE_ANON;
      leaf.state[slot] = state;
    }
    if (kind !== PTE_ZERO && kind !== PTE_GUARD) frames.map(frame);
    childSpace.pageTable.set(page, vma.isPrivate ? state : state & ~PTE_DIRTY, frame);
  });
}

/** _exit(2): the address space goes; what was written to shared mappings stays. */
export function exit(call: Call): bigint {
  const { process, mm } = call;
  if (process.parent === null)
    throw new Error("The first process cannot exit: nothing would be left to run operations in. Fork, and let the child exit.");
  for (const vma of [...mm.vmas()]) {
    mm.zap(vma.start, vma.end);
    mm.unlink(vma);
  }
  mm.pageTable = new PageTable();
  process.state = "zombie";
  leaveChildrenToInit(call.machine, process);
  call.trail.add("exit", "Every mapping of the process is gone; pages it shared are used by the others alone.");
  return 0n;
}

/** `forget_original_parent`: init takes over the children, and reaps those that have ended or end later. */
function leaveChildrenToInit({ processes }: Machine, { id, parent }: Process): void {
  for (const child of [...processes.values()]) {
    if (child.parent !== id) continue;
    child.parent = INIT;
    if (child.state === "zombie") processes.delete(child.id);
  }
  if (parent === INIT) processes.delete(id);
}

/** waitpid(2) for a child that has exited. */
export function wait(call: Call, op: Wait): bigint {
  const { machine, process } = call;
  const child = machine.processes.get(op.child);
  if (child?.parent !== process.id)
    refuse("ECHILD", "wait/no-child", `Process ${String(op.child)} is no child of process ${String(process.id)}.`);
  if (child.state === "running")
    throw new Error(
      `Process ${String(op.child)} still runs: the model runs one operation at a time, so that waiting for it would never end. Let it exit first.`,
    );
  machine.processes.delete(op.child);
  call.trail.add("wait", `Process ${String(op.child)} is reaped.`);
  return BigInt(op.child);
}

/** The process an operation names. */
export function runningProcess(processes: ReadonlyMap<ProcessId, Process>, id: ProcessId): Process {
  const process = processes.get(id);
  if (process?.state !== "running") throw new Error(`There is no running process ${String(id)}: fork makes processes, and exit ends them.`);
  return process;
}
