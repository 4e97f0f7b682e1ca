/**
 * A program: a list of system calls, touches, skips and forks that one native call runs, without returning to JavaScript in
 * between. Building one touches nothing; run.ts runs it.
 */
import { syscallNumber, type SyscallName } from "../linux/index.js";
import { FORK_KIND, OP, SKIP_WHEN, STEP } from "./record.js";

/** Memory of the program itself that a system call reads or writes through a pointer. */
export interface ProgramBuffer {
  /** Offset in the program's buffer area. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** What it holds when the program starts; zeros where absent. */
  readonly initial: Uint8Array | undefined;
}

/** An argument: a word, taken modulo 2^64, or the address of a buffer (plus an offset in it). */
export type ProgramArgument = bigint | number | ProgramBuffer;

/** How a step takes part in the chain of results. */
export interface Chaining {
  /** The result becomes R, which starts as 0. */
  readonly keepsResult?: boolean;
  /** Which arguments (0 to 5; for a touch 0, its address) have R added. */
  readonly addsTo?: readonly number[];
}

/** What is recorded of each single touch of a touch step. */
export type Sampling =
  /** Only the whole step is timed. */
  | "none"
  /** The time of each, and the byte loaded. */
  | "times"
  /** As times, with getrusage(2) around each: its minor and major faults. */
  | "counters";

/** Touches of single bytes, `stride` apart. */
export interface TouchStep {
  readonly access: "read" | "write" | "exec";
  readonly at: bigint;
  /** How many; 1 unless told. */
  readonly count?: number;
  /** In bytes; may be negative. A page unless told. */
  readonly stride?: number;
  /** What a write stores; 0xc3 unless told. */
  readonly byte?: number;
  /** `none` unless told. */
  readonly sampling?: Sampling;
}

/** One step as run.ts writes it down. */
export interface ProgramStep {
  readonly op: number;
  readonly chain: number;
  readonly keepsResult: boolean;
  readonly number: number;
  readonly arguments: readonly ProgramArgument[];
  /** How many samples it fills. */
  readonly samples: number;
}

const OP_OF_ACCESS = { read: OP.LOAD, write: OP.STORE, exec: OP.EXEC } as const;

/** The position of the samples' address among the arguments of a touch. */
export const SAMPLES_ARGUMENT = 4;

/** Buffers start at multiples of this, so that structures in them are aligned. */
const ALIGNMENT = 64;

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function chainMask(chaining: Chaining): number {
  return (chaining.addsTo ?? []).reduce((mask, index) => mask | (1 << index), 0);
}

/** A list of steps in the making. Each method returns the index of its step, by which the run tells its result. */
export class Program {
  readonly #steps: ProgramStep[] = [];
  readonly #buffers: ProgramBuffer[] = [];
  #bufferBytes = 0;
  #samples = 0;

  /** The steps so far. */
  get steps(): readonly ProgramStep[] {
    return this.#steps;
  }

  /** The buffers so far. */
  get buffers(): readonly ProgramBuffer[] {
    return this.#buffers;
  }

  /** Bytes of all buffers. */
  get bufferBytes(): number {
    return this.#bufferBytes;
  }

  /** Samples of all touches. */
  get sampleCount(): number {
    return this.#samples;
  }

  /** Bytes of memory that running the program takes. */
  get bytes(): number {
    return this.#steps.length * STEP.bytes + this.#bufferBytes;
  }

  /**
   * Memory for a system call's pointer argument; present before the program starts, so that it never faults.
   * @param length in bytes
   * @param initial what it holds at the start
   */
  buffer(length: number, initial?: Uint8Array): ProgramBuffer {
    const buffer = { offset: this.#bufferBytes, length, initial };
    this.#bufferBytes += aligned(Math.max(1, length));
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A system call, by name or number. Its result is the kernel's own: a negative error number for a failure. */
  syscall(call: SyscallName | number, args: readonly ProgramArgument[], chaining: Chaining = {}): number {
    if (args.length > 6) throw new RangeError(`a system call has at most 6 arguments, not ${args.length}`);
    const number = typeof call === "number" ? call : syscallNumber(call);
    return this.#push({
      op: OP.SYSCALL,
      chain: chainMask(chaining),
      keepsResult: chaining.keepsResult === true,
      number,
      arguments: args,
      samples: 0,
    });
  }

  /** Touches. They stop at the first signal; the steps after them run all the same. */
  touch(touch: TouchStep, chaining: Chaining = {}): number {
    const { access, at, count = 1, stride = 4096, byte = 0xc3, sampling = "none" } = touch;
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`count must be a whole number of touches, not ${count}`);
    if (!Number.isSafeInteger(stride)) throw new RangeError(`stride must be a whole number of bytes, not ${stride}`);
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) throw new RangeError(`byte must be 0 to 255, not ${byte}`);
    const samples = sampling === "none" ? 0 : count;
    this.#samples += samples;
    return this.#push({
      op: OP_OF_ACCESS[access],
      chain: chainMask(chaining),
      keepsResult: chaining.keepsResult === true,
      number: 0,
      arguments: [at, byte, count, stride, 0, sampling === "counters" ? 1 : 0],
      samples,
    });
  }

  /** Loads one byte; it is the step's result. */
  load(at: bigint, chaining: Chaining = {}): number {
    return this.touch({ access: "read", at }, chaining);
  }

  /** Stores one byte. */
  store(at: bigint, byte: number, chaining: Chaining = {}): number {
    return this.touch({ access: "write", at, byte }, chaining);
  }

  /** Leaves out the next `count` steps under a condition on R, e.g. a parent's way around its child's steps after fork. */
  skip(count: number, when: keyof typeof SKIP_WHEN): number {
    return this.#push({ op: OP.SKIP, chain: 0, keepsResult: false, number: 0, arguments: [count, SKIP_WHEN[when]], samples: 0 });
  }

  /**
   * A fork with clone(2). The child never returns: it serves the programs that are put into its mailbox; see
   * process/program-process.ts and thread/program-thread.ts. The step's result is the child's id, or a negative error number.
   * @param mailbox address of shared memory with a mailbox in it
   * @param flags of clone(2), with the signal its end sends to the parent
   * @param kind of child: a process that has a C library tells its mailbox its thread pointer; a thread shares the handlers
   */
  fork(mailbox: bigint, flags: number, kind: keyof typeof FORK_KIND): number {
    const args = [mailbox, flags, FORK_KIND[kind]];
    return this.#push({ op: OP.FORK, chain: 0, keepsResult: false, number: 0, arguments: args, samples: 0 });
  }

  #push(step: ProgramStep): number {
    return this.#steps.push(step) - 1;
  }
}
