/** Runs programs of the probe under emulation: the same program, records and results as on a real machine. */
import { syscallNumber, type SyscallName } from "../../../../kernel/src/linux/syscall-numbers.js";
import type { ProgramMemory } from "../../../../kernel/src/probe/memory.js";
import type { Chaining, Program, ProgramArgument } from "../../../../kernel/src/probe/program.js";
import { MAILBOX } from "../../../../kernel/src/probe/record.js";
import { programBytes, runProgramIn, type ProgramRun } from "../../../../kernel/src/probe/run.js";
import { AT, MEMORY_BYTES, emulate, type Call, type Emulated } from "./emulator.js";

/** Memory for a program at an address of the emulated process. */
export function emulatedMemory(address: bigint, length: number): ProgramMemory {
  const { buffer } = new Uint8Array(length);
  return { address, bytes: new Uint8Array(buffer), view: new DataView(buffer), words: new BigInt64Array(buffer) };
}

/** Adds a system call by its number on arm64. */
export function call(program: Program, name: SyscallName, args: readonly ProgramArgument[], chaining: Chaining = {}): number {
  return program.syscall(syscallNumber(name, "arm64"), args, chaining);
}

/** Copies what the process wrote of its memory at its end. */
function takeOver(memory: ProgramMemory, { output, errors, status, signal }: Emulated): void {
  if (output.length < MEMORY_BYTES)
    throw new Error(
      `the emulated process ended early (${signal ?? status ?? "unknown"}), after ${output.length} bytes of output: ${errors}`,
    );
  memory.bytes.set(output.subarray(output.length - MEMORY_BYTES));
}

/**
 * Runs a program.
 * @param around what else the process does
 * @returns what came of each step, and what the steps wrote to stdout
 */
export function runEmulated(program: Program, around: Pick<Call, "input"> = {}): { readonly run: ProgramRun; readonly written: Buffer } {
  const memory = emulatedMemory(AT.memory, MEMORY_BYTES);
  let written: Buffer = Buffer.alloc(0);
  const run = runProgramIn(memory, program, () => {
    const emulated = emulate({ ...around, function: AT.probe, arguments: [AT.memory], memory: memory.bytes });
    takeOver(memory, emulated);
    const { output } = emulated;
    written = output.subarray(0, output.length - MEMORY_BYTES);
  });
  return { run, written };
}

/** Runs a program, then stores to an address outside of the probe. @returns how the process ended */
export function crashAfter(program: Program, thenStoreTo: bigint) {
  const memory = emulatedMemory(AT.memory, MEMORY_BYTES);
  let ended: ReturnType<typeof emulate> | undefined;
  runProgramIn(memory, program, () => {
    ended = emulate({ function: AT.probe, arguments: [AT.memory], memory: memory.bytes, thenStoreTo });
  });
  if (ended === undefined) throw new Error("the program was not run");
  return ended;
}

/**
 * Calls a function of the machine code by itself.
 * @param memory what lies at `AT.memory`
 * @returns what lies there afterwards
 */
export function callEmulated(target: bigint, args: readonly bigint[], memory: Uint8Array): DataView {
  const after = emulatedMemory(AT.memory, MEMORY_BYTES);
  takeOver(after, emulate({ function: target, arguments: args, memory }));
  return after.view;
}

/** Where a test maps the mailbox of a child, and how much of it. */
export const CHILD = Object.freeze({ mailbox: 0x1000_0000n, bytes: 65536 });
/** More than the largest process number. */
const NOBODY = 0x7fff_ffff;
const PATIENCE_NS = 20_000_000n;

/**
 * Runs a program in a child that a parent forks: the mailbox, with the request in it, reaches the parent as its stdin.
 * @param program of the child
 * @param parent runs the parent with that input, and says what the mailbox holds afterwards
 */
export function runInChild(program: Program, parent: (mailbox: Uint8Array) => Uint8Array): ProgramRun {
  const all = new Uint8Array(CHILD.bytes);
  const mailbox = new DataView(all.buffer);
  const memory = emulatedMemory(CHILD.mailbox + BigInt(MAILBOX.context), CHILD.bytes - MAILBOX.context);
  return runProgramIn(memory, program, () => {
    mailbox.setUint32(MAILBOX.request, 1, true);
    mailbox.setUint32(MAILBOX.owner, NOBODY, true);
    mailbox.setBigInt64(MAILBOX.patience + 8, PATIENCE_NS, true);
    mailbox.setBigUint64(MAILBOX.used, BigInt(MAILBOX.context + programBytes(program)), true);
    all.set(memory.bytes, MAILBOX.context);
    memory.bytes.set(parent(all).subarray(MAILBOX.context, CHILD.bytes));
  });
}
