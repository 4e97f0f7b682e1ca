/**
 * A second thread that runs programs and nothing else, so that this one can resolve the page faults they wait for.
 *
 * It is made with clone(2), without the C library: it never runs JavaScript, takes no signals but those its touches raise,
 * and ends with the process. Programs cross through a mailbox as with a process of programs; each writes to an eventfd when
 * it has ended, which poll(2) can wait for beside a userfaultfd.
 */
import { existsSync } from "node:fs";
import { SIGBUS, SIGSEGV } from "../../abi/index.js";
import { Errno, argument, close, errnoOfResult } from "../../linux/index.js";
import { Slots } from "../process/slots.js";
import { Program } from "../program.js";
import { MAILBOX } from "../record.js";
import { programBytes, runProgram, runProgramIn, type ProgramRun } from "../run.js";
import type { Slot } from "../process/slots.js";

const CLONE_VM = 0x100;
const CLONE_FS = 0x200;
const CLONE_FILES = 0x400;
const CLONE_SIGHAND = 0x800;
const CLONE_THREAD = 0x1_0000;
const CLONE_SYSVSEM = 0x4_0000;
const THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

const EFD_CLOEXEC_NONBLOCK = 0o2004000;
const SIG_SETMASK = 2;
const SIGNAL_MASK_BYTES = 8;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
/** A look at the mailbox now and then: a wake-up between a look and the wait is not missed for ever. */
const LOOK_AFTER_NS = 10_000_000n;
const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);

function signalBit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** The thread. It belongs to the thread that made it. */
export class ProgramThread {
  readonly #slots: Slots;
  readonly #slot: Slot;
  readonly #finished: number;
  /** Its thread id. */
  readonly tid: number;

  /** @throws Errno where no thread, descriptor or memory is to be had (EAGAIN, EMFILE, ENOMEM) */
  constructor() {
    this.#slots = new Slots(process.pid);
    this.#slot = this.#slots.take();
    const program = new Program();
    const made = program.syscall("eventfd2", [0, EFD_CLOEXEC_NONBLOCK]);
    // A thread begins with its maker's mask. Signals for the process go to threads that know the C library.
    const blocked = ~(signalBit(SIGSEGV) | signalBit(SIGBUS));
    const mask = program.buffer(SIGNAL_MASK_BYTES, new Uint8Array(BigInt64Array.of(blocked).buffer));
    const before = program.buffer(SIGNAL_MASK_BYTES);
    program.syscall("rt_sigprocmask", [SIG_SETMASK, mask, before, SIGNAL_MASK_BYTES]);
    const fork = program.fork(this.#slot.address, THREAD_FLAGS, "thread");
    program.syscall("rt_sigprocmask", [SIG_SETMASK, before, 0, SIGNAL_MASK_BYTES]);
    const run = runProgram(program);
    const [eventfd, tid] = [run.result(made), run.result(fork)];
    const failed = errnoOfResult(eventfd) ?? errnoOfResult(tid);
    if (failed !== undefined) {
      if (tid >= 0n) this.#exit(Number(tid));
      if (eventfd >= 0n) close(Number(eventfd));
      this.#slots.close();
      throw new Errno(eventfd < 0n ? "eventfd2" : "clone", failed, [argument("flags", "a thread that runs programs")]);
    }
    this.#finished = Number(eventfd);
    this.tid = Number(tid);
  }

  /** Bytes of the longest program it takes. */
  get longestProgram(): number {
    return this.#slot.program.bytes.length;
  }

  /** A program has been started and has not ended. */
  get busy(): boolean {
    return Atomics.load(this.#slot.request, 0) !== 0;
  }

  /**
   * Runs a program in the thread.
   * @param attend is called while it runs, with a descriptor that can be read when it has ended; it must come back by then
   * @throws RangeError for a program that is too long
   */
  run(program: Program, attend: (finished: number) => void): ProgramRun {
    program.syscall("write", [this.#finished, program.buffer(ONE.length, ONE), ONE.length]);
    const length = programBytes(program);
    if (length > this.longestProgram)
      throw new RangeError(`a program of ${length} bytes does not fit into the ${this.longestProgram} of the other thread: do it in parts`);
    return runProgramIn(this.#slot.program, program, () => {
      this.#send(length);
      attend(this.#finished);
      this.settle();
    });
  }

  /** Waits until the program under way has ended, and is ready for the next. */
  settle(): void {
    while (this.busy) {
      const program = new Program();
      const timeout = program.buffer(16, new Uint8Array(BigInt64Array.of(0n, LOOK_AFTER_NS).buffer));
      program.syscall("futex", [this.#slot.address + BigInt(MAILBOX.request), FUTEX_WAIT, 1, timeout]);
      runProgram(program);
    }
    const program = new Program();
    program.syscall("read", [this.#finished, program.buffer(ONE.length), ONE.length]);
    runProgram(program);
  }

  /** Ends the thread and gives its memory back. No program may be under way. */
  close(): void {
    this.#exit(this.tid);
    close(this.#finished);
    this.#slots.close();
  }

  #exit(tid: number): void {
    const program = new Program();
    program.syscall("exit", [0]);
    runProgramIn(this.#slot.program, program, () => {
      this.#send(programBytes(program));
      // Until it has gone, its stack is in use.
      while (existsSync(`/proc/self/task/${tid}`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.1);
    });
  }

  #send(length: number): void {
    this.#slot.mailbox.setBigUint64(MAILBOX.used, BigInt(MAILBOX.context + length), true);
    const request = this.#slot.address + BigInt(MAILBOX.request);
    const program = new Program();
    program.store(request, 1);
    program.syscall("futex", [request, FUTEX_WAKE, 1]);
    runProgram(program);
  }
}
