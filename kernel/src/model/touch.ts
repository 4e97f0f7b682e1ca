/**
 * Accesses: what an instruction, or the kernel on behalf of a call, does to one byte after the other.
 *
 *     1  find the VMA; below one that grows downwards, let it grow     else SIGSEGV, SEGV_MAPERR
 *     2  ask its rights                                                else SIGSEGV, SEGV_ACCERR
 *     3  look at the page-table entry: does it permit the access?      then nothing happens
 *     4  else it is a page fault: fault.ts
 */
import { PAGE_SIZE } from "../abi/index.js";
import { asUnsignedLong, hexRange, PAGES_PER_TABLE } from "./address.js";
import type { Call } from "./call.js";
import { handleFault, permits } from "./fault.js";
import { FaultContext } from "./fault-context.js";
import type { FaultLog } from "./fault-log.js";
import { RULE, signalOf } from "./fault-rules.js";
import { SIGNAL, type Access, type FaultSource } from "./fault-types.js";
import type { KernelCopy, Peek, Touch } from "./operation.js";
import { isPresent, PTE_DIRTY, PTE_WRITABLE, type LeafTable } from "./page-table.js";
import { refuse } from "./reason.js";
import type { Outcome, ReasonStep } from "./result.js";
import { growDown } from "./stack-growth.js";
import { VM, type Vma } from "./vma.js";

/** The byte a write stores unless told: `ret`, so that it can be executed. */
export const DEFAULT_TOUCHED_BYTE = 0xc3;

/** A run of accesses, and what to do with the bytes. */
interface Run {
  readonly at: bigint;
  readonly count: number;
  readonly stride: number;
  readonly access: Access;
  /** The byte a write stores. */
  readonly byte: number;
  /** Where reads put what they found, if anybody wants it. */
  readonly into?: Uint8Array;
}

/** touch: one byte after the other, up to the first signal. */
export function touch(call: Call, op: Touch): { outcome: Outcome; bytes?: Uint8Array } {
  const count = op.count ?? 1;
  const run = {
    at: asUnsignedLong(op.at),
    count,
    stride: op.stride ?? PAGE_SIZE,
    access: op.access,
    byte: op.byte ?? DEFAULT_TOUCHED_BYTE,
  };
  if (op.access !== "read") return { outcome: access(call, "cpu", call.faults, run) };
  const bytes = new Uint8Array(count);
  const outcome = access(call, "cpu", call.faults, { ...run, into: bytes });
  return outcome.kind === "value" ? { outcome, bytes } : { outcome };
}

/** peek: reads bytes; pages are faulted in as by any read, but not counted. */
export function peek(call: Call, op: Peek, uncounted: FaultLog): { outcome: Outcome; bytes: Uint8Array } {
  const bytes = new Uint8Array(op.length ?? 1);
  const outcome = access(call, "cpu", uncounted, {
    at: asUnsignedLong(op.at),
    count: bytes.length,
    stride: 1,
    access: "read",
    byte: 0,
    into: bytes,
  });
  return { outcome, bytes };
}

/** kernel_copy: copy_to_user (a write of a zero, as read(2) from /dev/zero does) or copy_from_user. */
export function kernelCopy(call: Call, op: KernelCopy): bigint {
  const kind: Access = op.direction === "to_user" ? "write" : "read";
  const outcome = access(call, "copy", call.faults, { at: asUnsignedLong(op.at), count: 1, stride: 1, access: kind, byte: 0 });
  if (outcome.kind === "signal")
    refuse(
      "EFAULT",
      "copy/bad-address",
      `The kernel's ${kind} failed as an access of the process would, which a system call reports as EFAULT.`,
    );
  return 1n;
}

/** The accesses themselves. The loop stays in the same VMA and leaf table as long as it can. */
function access(call: Call, source: FaultSource, log: FaultLog, run: Run): Outcome {
  const { machine, mm } = call;
  const { frames, settings } = machine;
  const { access: kind, byte, into } = run;
  const context = new FaultContext(machine, mm, source);
  const isWrite = kind === "write";
  if (run.at >= BigInt(settings.taskPages) * BigInt(PAGE_SIZE))
    return refused(log, run.at, kind, isCanonical(run.at) ? RULE.NO_VMA : RULE.NOT_CANONICAL);
  let vma: Vma | null = null;
  let leaf: LeafTable | undefined;
  let leafBase = -PAGES_PER_TABLE;
  let address = Number(run.at);
  for (let done = 0; done < run.count; done++, address += run.stride) {
    const page = Math.floor(address / PAGE_SIZE);
    if (vma === null || page < vma.start || page >= vma.end) {
      vma = vmaFor(call, page);
      enterVma(log, vma, kind);
      if (vma === null || page < vma.start) return refused(log, BigInt(address), kind, vma === null ? RULE.NO_VMA : RULE.NO_GROWTH);
      if (!permits(vma, kind) && !fetchIsTakenForRead(vma, kind)) return refused(log, BigInt(address), kind, RULE.DENIED);
    }
    if (page < leafBase || page >= leafBase + PAGES_PER_TABLE) {
      leafBase = Math.floor(page / PAGES_PER_TABLE) * PAGES_PER_TABLE;
      leaf = mm.pageTable.leafAt(page);
    }
    const slot = page - leafBase;
    let state = leaf?.state[slot] ?? 0;
    if (!isPresent(state) || (isWrite && (state & PTE_WRITABLE) === 0)) {
      const ending = handleFault(context, vma, page, kind);
      log.add(address, kind, ending, context.rule, context.a, context.b);
      if (ending === SIGNAL) return signalOutcome(BigInt(address), context.rule);
      leaf = mm.pageTable.leafFor(page);
      state = leaf.state[slot] ?? 0;
    }
    if (leaf === undefined) continue;
    const frame = leaf.frame[slot] ?? 0;
    const offset = address - page * PAGE_SIZE;
    if (isWrite) {
      leaf.state[slot] = state | PTE_DIRTY;
      frames.writeByte(frame, offset, byte);
    } else if (kind === "exec") {
      if (!vma.has(VM.EXEC)) return refused(log, BigInt(address), kind, RULE.DENIED);
      // Two zero bytes are `add [rax], al`, and the touching instruction has set rax to 0.
      if (frames.readByte(frame, offset) === 0) return refused(log, 0n, kind, RULE.BAD_CODE);
    } else if (into !== undefined) {
      into[done] = frames.readByte(frame, offset);
    }
  }
  return { kind: "value", value: 0n };
}

/** The VMA of an access: the one that contains the page, or one that grew down to it. Else the VMA above that did not, or null. */
function vmaFor(call: Call, page: number): Vma | null {
  const vma = call.mm.index.find(page);
  if (vma === null || vma.start <= page) return vma;
  if (vma.foreign !== undefined || !growDown(call.machine, call.process, vma, page)) return call.mm.vmaAt(page) ?? whoseGrowthFailed(vma);
  call.trail.add("fault/stack-grows", `The VMA above grows down: it is ${hexRange(vma.start, vma.end)} now.`);
  return vma;
}

/** Only a VMA that could have grown is worth naming. */
function whoseGrowthFailed(vma: Vma): Vma | null {
  return vma.has(VM.GROWSDOWN) ? vma : null;
}

/** The steps before the page-table entry is looked at. VMAs change, so what they say is kept now and put into words later. */
function enterVma(log: FaultLog, vma: Vma | null, kind: Access): void {
  if (vma === null) {
    log.enter(() => []);
    return;
  }
  const { start, end, perms, file, isPrivate } = vma;
  const permitted = permits(vma, kind);
  log.enter(() => {
    const what = file === null ? "private anonymous memory" : `${isPrivate ? "a private" : "a shared"} mapping of ${file.inode.name}`;
    const found: ReasonStep = { rule: "fault/vma", text: `The VMA ${hexRange(start, end)} ${perms} is ${what}.` };
    return permitted ? [found, { rule: "fault/permitted", text: `Its rights permit a ${kind}.` }] : [found];
  });
}

function refused(log: FaultLog, address: bigint, kind: Access, rule: number): Outcome {
  log.add(Number(address), kind, SIGNAL, rule, 0, 0);
  return signalOutcome(address, rule);
}

function signalOutcome(address: bigint, rule: number): Outcome {
  const { signal, code } = signalOf(rule);
  return { kind: "signal", signal, code, address: rule === RULE.NOT_CANONICAL ? 0n : address };
}

/** Whether bits 47 to 63 of an address are equal: only then the processor looks for a page at all (four-level page tables). */
function isCanonical(address: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
}

/**
 * An instruction fetch where there is no page yet is let through wherever anything is permitted (`access_error` of
 * arch/x86/mm/fault.c looks at VM_EXEC nowhere): a page is mapped as for a read, and only the fetch after that is refused.
 */
function fetchIsTakenForRead(vma: Vma, kind: Access): boolean {
  return kind === "exec" && permits(vma, "read");
}
