/**
 * What a fresh fork of Node must lose before it runs programs: the signal handlers and the registrations with the kernel that
 * Node made; and, to become a bare process, all of Node's memory. Its address space is then its programs' own.
 */
import { externalBytes, readMaps, symbolAddress } from "../../linux/index.js";
import { thisArchitecture } from "../architecture.js";
import { Program } from "../program.js";
import { MAILBOX } from "../record.js";
import type { ProgramProcess } from "./program-process.js";

/** A range of addresses that stays mapped. */
export interface KeptRange {
  readonly start: bigint;
  readonly end: bigint;
}

const SIG_SETMASK = 2;
const SS_DISABLE = 2;
const SIGNAL_MASK_BYTES = 8;
const KERNEL_SIGACTION_BYTES = 32;
const STACK_T_BYTES = 24;
const SIGNALS = 64;
/** SIGKILL and SIGSTOP have no handlers. */
const WITHOUT_HANDLER: readonly number[] = [9, 19];

/** `option` of prctl(2): the signal that the end of the parent sends. */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const SIGINT = 2;
const SIG_IGN = 1n;

const RSEQ_FLAG_UNREGISTER = 1;
/** Lengths it registers: 32 at first, more where the kernel has more to tell. */
const RSEQ_LENGTHS = [32, 64, 96, 128] as const;

function defaultSignals(program: Program): void {
  program.syscall("rt_sigprocmask", [SIG_SETMASK, program.buffer(SIGNAL_MASK_BYTES), 0, SIGNAL_MASK_BYTES]);
  const disabled = new Uint8Array(STACK_T_BYTES);
  new DataView(disabled.buffer).setInt32(8, SS_DISABLE, true);
  program.syscall("sigaltstack", [program.buffer(STACK_T_BYTES, disabled), 0]);
  const byDefault = program.buffer(KERNEL_SIGACTION_BYTES);
  // An interrupt from the keyboard goes to all processes of a terminal or a notebook, and is meant for what Node runs.
  const ignored = program.buffer(KERNEL_SIGACTION_BYTES, new Uint8Array(BigUint64Array.of(SIG_IGN).buffer));
  for (let signal = 1; signal <= SIGNALS; signal++) {
    if (WITHOUT_HANDLER.includes(signal)) continue;
    program.syscall("rt_sigaction", [signal, signal === SIGINT ? ignored : byDefault, 0, SIGNAL_MASK_BYTES]);
  }
}

/**
 * Takes back the registration of restartable sequences (rseq(2)): the kernel would write into memory of the C library at
 * each switch of tasks, which is a fault after a fork, and the end of the process once that memory is unmapped.
 * @returns the steps, one of which succeeds where something was registered
 */
function unregisterSequences(program: Program, threadPointer: bigint): number[] {
  const offset = symbolAddress("__rseq_offset");
  if (offset === undefined) return []; // musl, and the GNU C library before 2.35, register nothing
  const bytes = externalBytes(offset, 8);
  const area = threadPointer + new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
  const { rseqSignature } = thisArchitecture();
  return RSEQ_LENGTHS.map((length) => program.syscall("rseq", [area, length, RSEQ_FLAG_UNREGISTER, rseqSignature]));
}

/** The parts of a range that are in none of those kept. */
function outside(start: bigint, end: bigint, kept: readonly KeptRange[]): KeptRange[] {
  return kept.reduce<KeptRange[]>(
    (parts, keep) =>
      parts.flatMap((part) =>
        [
          { start: part.start, end: part.end < keep.start ? part.end : keep.start },
          { start: part.start > keep.end ? part.start : keep.end, end: part.end },
        ].filter((rest) => rest.start < rest.end),
      ),
    [{ start, end }],
  );
}

/**
 * Cuts a process off from the Node it was forked from: no signal runs Node's handlers in it, the kernel writes into none of
 * its memory by itself, and it ends when its parent does. Its memory stays as it is.
 * @param process freshly forked, with nothing run in it yet
 * @returns where the kernel may write all the same, because it did not take a registration back
 */
export function leaveNode(process: ProgramProcess): readonly KeptRange[] {
  process.run(new Program()); // it has said where its thread pointer is when this is answered
  const threadPointer = process.slot.mailbox.getBigUint64(MAILBOX.thread, true);
  const program = new Program();
  program.syscall("prctl", [PR_SET_PDEATHSIG, SIGKILL]);
  defaultSignals(program);
  const attempts = unregisterSequences(program, threadPointer);
  const run = process.run(program);
  if (attempts.length === 0 || attempts.some((step) => run.result(step) === 0n)) return [];
  return readMaps(process.pid).filter(({ start, end }) => start <= threadPointer && threadPointer < end);
}

/**
 * Makes a process bare: unmaps all there is. The heap of brk(2) stays, and so does what the kernel does not let go (a sealed VMA).
 * @param process that has left Node
 * @param kept what the probe itself needs, and where the kernel writes
 */
export function makeBare(process: ProgramProcess, kept: readonly KeptRange[]): void {
  const program = new Program();
  for (const vma of readMaps(process.pid)) {
    if (vma.path === "[heap]" || vma.path === "[vsyscall]") continue;
    for (const { start, end } of outside(vma.start, vma.end, kept)) program.syscall("munmap", [start, end - start]);
  }
  process.run(program);
}
