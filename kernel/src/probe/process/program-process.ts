/**
 * A process that runs programs and nothing else: a fork of this one that never returns to JavaScript, so that it is safe
 * in a running Node. What it does to its limits, its rights and its memory stays in it.
 *
 * Programs cross through a mailbox in shared memory. A process serves one at a time; sending one waits for its end. Its
 * stack and its records lie in the shared memory too and are faulted in before a program starts, so that the counters in a
 * program see the program's faults alone. Descriptors are those of this process, for all of the family.
 */
import { constants } from "node:os";
import { readProcessEnd, type ProcessEnd } from "../../linux/index.js";
import { Program } from "../program.js";
import { MAILBOX } from "../record.js";
import { programBytes, runProgram, runProgramIn, type ProgramRun } from "../run.js";
import type { Slot } from "./slots.js";

const CLONE_FILES = 0x400;
/** Flags of clone(2) that make a child of the family. */
export const FORK_FLAGS = CLONE_FILES | constants.signals.SIGCHLD;

const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
/** How long to wait for an answer before looking whether the process still lives. */
const LOOK_AFTER_NS = 50_000_000n;
/** The same for a process that is known to end. */
const LOOK_SOON_NS = 500_000n;

/** The process that a program was sent to has ended. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";

  constructor(
    readonly pid: number,
    readonly end: ProcessEnd,
  ) {
    super(`process ${pid} ${endText(end)}, so no program runs in it any more. Start a new one`);
  }
}

/** How a process ended, in words. */
export function endText({ exitStatus, signal }: ProcessEnd): string {
  if (exitStatus !== undefined) return `has exited with status ${exitStatus}`;
  if (signal === undefined) return "has ended, and its status is gone";
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
  return `was ended by ${name}`;
}

/** One process of a family. `family.ts` makes them. */
export class ProgramProcess {
  #end: ProcessEnd | undefined;

  constructor(
    readonly pid: number,
    /** The process that forked it; undefined for the first, whose parent is this one. */
    readonly parent: ProgramProcess | undefined,
    readonly slot: Slot,
  ) {}

  /** Bytes of the longest program it takes. */
  get longestProgram(): number {
    return this.slot.program.bytes.length;
  }

  /** How it ended; undefined while it runs. */
  get end(): ProcessEnd | undefined {
    // Once seen it is kept: after the process has been waited for, its number may become another's.
    return (this.#end ??= readProcessEnd(this.pid));
  }

  /**
   * Runs a program in it and waits for the end.
   * @throws ProcessEnded where the process ended before or meanwhile; RangeError for a program that is too long
   */
  run(program: Program): ProgramRun {
    const length = programBytes(program);
    if (length > this.longestProgram)
      throw new RangeError(
        `a program of ${length} bytes does not fit into the ${this.longestProgram} that another process has for it: do it in parts`,
      );
    return runProgramIn(this.slot.program, program, () => {
      this.#send(length, LOOK_AFTER_NS);
      while (Atomics.load(this.slot.request, 0) !== 0) {
        const { end } = this;
        if (end !== undefined) throw new ProcessEnded(this.pid, end);
        this.#await(LOOK_AFTER_NS);
      }
    });
  }

  /**
   * Has it exit, and waits until it has. It stays a zombie until its parent waits for it.
   * @param status 0 to 255
   */
  exit(status = 0): void {
    const program = new Program();
    program.syscall("exit_group", [status]);
    runProgramIn(this.slot.program, program, () => {
      this.#send(programBytes(program), LOOK_SOON_NS);
      while (this.end === undefined) this.#await(LOOK_SOON_NS);
    });
  }

  /** Ends it with SIGKILL, and waits until it has ended. */
  kill(): void {
    if (this.end === undefined) process.kill(this.pid, "SIGKILL");
    // A signal is only sent by then, not yet acted on.
    while (this.end === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }

  #send(length: number, firstLookNs: bigint): void {
    const { end } = this;
    if (end !== undefined) throw new ProcessEnded(this.pid, end);
    this.slot.mailbox.setBigUint64(MAILBOX.used, BigInt(MAILBOX.context + length), true);
    this.#await(firstLookNs, (program, request) => {
      program.store(request, 1);
      program.syscall("futex", [request, FUTEX_WAKE, 1]);
    });
  }

  /** Sleeps while the request is under way, in one native call with what is to be done first. */
  #await(longestNs: bigint, first?: (program: Program, request: bigint) => void): void {
    const request = this.slot.address + BigInt(MAILBOX.request);
    const program = new Program();
    const timeout = program.buffer(16, new Uint8Array(BigInt64Array.of(0n, longestNs).buffer));
    first?.(program, request);
    program.syscall("futex", [request, FUTEX_WAIT, 1, timeout]);
    runProgram(program);
  }

  /** A program that reaps a child of it. */
  static reaping(pid: number): Program {
    const program = new Program();
    program.syscall("wait4", [pid, 0, 0, 0]);
    return program;
  }
}
