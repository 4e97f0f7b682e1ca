/** A family of processes that run programs: forks of this one, their children, and so on. */
import { Errno, argument, errnoOfResult, rawSyscall, syscallNumber } from "../../linux/index.js";
import { thisArchitecture } from "../architecture.js";
import { machineCode } from "../machine-code.js";
import { Program } from "../program.js";
import { runProgram } from "../run.js";
import { leaveNode, makeBare, type KeptRange } from "./bare.js";
import { FORK_FLAGS, ProcessEnded, ProgramProcess } from "./program-process.js";
import { Slots } from "./slots.js";

/** A child about to be forked. */
export interface ComingChild {
  /** Adds the fork to a program of the parent. @returns the step, whose result is the child's process id or an error */
  addTo(program: Program): number;
  /** The child, once the program has run. @param result of the step */
  born(result: bigint): ProgramProcess | undefined;
}

/** Processes that end with {@link close}, or with this process: at once where it forked them, the others within 0.1 s. */
export class ProcessFamily {
  readonly #slots: Slots;
  readonly #living: ProgramProcess[] = [];
  /** Where the kernel writes into processes by itself. */
  readonly #written = new Map<ProgramProcess, readonly KeptRange[]>();
  #closed = false;

  /** @throws Errno where the kernel has no memory for their programs */
  constructor() {
    this.#slots = new Slots(process.pid);
  }

  /**
   * Forks this process: fork(2). The child has a copy of all its memory (of what madvise(2) does not keep from it) and its
   * descriptors, and runs programs only. This takes a millisecond: the page tables of all of Node are copied.
   * @throws Errno where no process can be made (EAGAIN, ENOMEM); Error where there is no room for a further one
   */
  fork(): ProgramProcess {
    // Loaded before the fork, so that the child has it too.
    machineCode();
    const coming = this.comingChild(undefined);
    const program = new Program();
    const step = coming.addTo(program);
    const result = runProgram(program).result(step);
    const child = coming.born(result);
    if (child === undefined) throw new Errno("clone", errnoOfResult(result) ?? "EAGAIN", [argument("flags", "CLONE_FILES|SIGCHLD")]);
    try {
      this.#written.set(child, leaveNode(child));
    } catch (error) {
      child.kill();
      this.#reap(child);
      this.reaped(child);
      throw error;
    }
    return child;
  }

  /** Unmaps all that a process has, except for the probe and the heap of brk(2). */
  makeBare(member: ProgramProcess): void {
    const code = machineCode();
    makeBare(member, [
      { start: code, end: code + 2n * BigInt(thisArchitecture().codePage) },
      { start: this.#slots.address, end: this.#slots.address + BigInt(this.#slots.length) },
      ...(this.#written.get(member) ?? []),
    ]);
  }

  /**
   * Prepares a fork.
   * @param parent the process it happens in; undefined for this one
   * @throws Error where there is no room for a further process
   */
  comingChild(parent: ProgramProcess | undefined): ComingChild {
    const slot = this.#slots.take();
    return {
      addTo: (program) => program.fork(slot.address, FORK_FLAGS, parent === undefined ? "with C library" : "bare"),
      born: (result) => {
        if (result < 0n) {
          this.#slots.giveBack(slot);
          return undefined;
        }
        const child = new ProgramProcess(Number(result), parent, slot);
        this.#living.push(child);
        return child;
      },
    };
  }

  /** Forgets a process that its parent has waited for. */
  reaped(gone: ProgramProcess): void {
    const index = this.#living.indexOf(gone);
    if (index < 0) return;
    this.#living.splice(index, 1);
    this.#written.delete(gone);
    this.#slots.giveBack(gone.slot);
  }

  /** Ends all processes, children before their parents, and gives the memory back. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const member of this.#living.splice(0).reverse()) {
      member.kill();
      this.#reap(member);
    }
    this.#slots.close();
  }

  /** Whose parent has ended already is reaped by init. */
  #reap({ pid, parent }: ProgramProcess): void {
    if (parent === undefined) {
      rawSyscall(syscallNumber("wait4"), [pid, 0, 0, 0]);
      return;
    }
    try {
      parent.run(ProgramProcess.reaping(pid));
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
    }
  }
}
