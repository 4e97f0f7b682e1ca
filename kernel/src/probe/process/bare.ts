/**
 * Makes a fresh fork of Node a bare process: nothing of Node's memory, signal handlers and registrations with the kernel is
 * left in it, only the probe. Its address space is then its programs' own.
 */
import { externalBytes, readMaps, symbolAddress } from "../../linux/index.js";
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

const RSEQ_FLAG_UNREGISTER = 1;
/** What the GNU C library signs its restartable sequences with on x86 (sys/rseq.h). */
const RSEQ_SIGNATURE = 0x5305_3053;
/** Lengths it registers: 32 at first, more where the kernel has more to tell. */
const RSEQ_LENGTHS = [32, 64, 96, 128] as const;

function defaultSignals(program: Program): void {
  program.syscall("rt_sigprocmask", [SIG_SETMASK, program.buffer(SIGNAL_MASK_BYTES), 0, SIGNAL_MASK_BYTES]);
  const disabled = new Uint8Array(STACK_T_BYTES);
  new DataView(disabled.buffer).setInt32(8, SS_DISABLE, true);
  program.syscall("sigaltstack", [program.buffer(STACK_T_BYTES, disabled), 0]);
  const byDefault = program.buffer(KERNEL_SIGACTION_BYTES);
  for (let signal = 1; signal <= SIGNALS; signal++) {
    if (!WITHOUT_HANDLER.includes(signal)) program.syscall("rt_sigaction", [signal, byDefault, 0, SIGNAL_MASK_BYTES]);
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
  return RSEQ_LENGTHS.map((length) => program.syscall("rseq", [area, length, RSEQ_FLAG_UNREGISTER, RSEQ_SIGNATURE]));
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
 * Makes a process bare. The heap of brk(2) stays, and so does what the kernel does not let go (a sealed VMA).
 * @param process freshly forked, with nothing run in it yet
 * @param kept what the probe itself needs
 */
export function makeBare(process: ProgramProcess, kept: readonly KeptRange[]): void {
  process.run(new Program()); // it has said where its thread pointer is when this is answered
  const threadPointer = process.slot.mailbox.getBigUint64(MAILBOX.thread, true);
  const first = new Program();
  defaultSignals(first);
  const attempts = unregisterSequences(first, threadPointer);
  const run = process.run(first);
  const vmas = readMaps(process.pid);
  const unregistered = attempts.length === 0 || attempts.some((step) => run.result(step) === 0n);
  // Perhaps still written to by the kernel: then that memory stays.
  const threadMemory = unregistered ? [] : vmas.filter(({ start, end }) => start <= threadPointer && threadPointer < end);
  const second = new Program();
  for (const vma of vmas) {
    if (vma.path === "[heap]" || vma.path === "[vsyscall]") continue;
    for (const { start, end } of outside(vma.start, vma.end, [...kept, ...threadMemory])) second.syscall("munmap", [start, end - start]);
  }
  process.run(second);
}
