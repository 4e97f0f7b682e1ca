/** A family of processes that run programs: the first is a bare fork of this one, the others are its children and theirs. */
import { Errno, argument, errnoOfResult, rawSyscall, syscallNumber } from "../../linux/index.js";
import { thisArchitecture } from "../architecture.js";
import { machineCode } from "../machine-code.js";
import { Program } from "../program.js";
import { runProgram } from "../run.js";
import { makeBare } from "./bare.js";
import { FORK_FLAGS, ProcessEnded, ProgramProcess } from "./program-process.js";
import { Slots } from "./slots.js";

/** A child about to be forked. */
export interface ComingChild {
  /** Adds the fork to a program of the parent. @returns the step, whose result is the child's process id or an error */
  addTo(program: Program): number;
  /** The child, once the program has run. @param result of the step */
  born(result: bigint): ProgramProcess | undefined;
}

/** Processes that end with {@link close}, or within a second of the end of this process. */
export class ProcessFamily {
  readonly #slots: Slots;
  readonly #living: ProgramProcess[] = [];
  #closed = false;
  /** Its address space holds the probe's pages and little else. */
  readonly first: ProgramProcess;

  /** @throws Errno where no process can be made (EAGAIN, ENOMEM) */
  constructor() {
    const code = machineCode();
    this.#slots = new Slots(process.pid);
    const coming = this.comingChild(undefined);
    const program = new Program();
    const step = coming.addTo(program);
    const result = runProgram(program).result(step);
    const first = coming.born(result);
    if (first === undefined) {
      this.#slots.close();
      throw new Errno("clone", errnoOfResult(result) ?? "EAGAIN", [argument("flags", "CLONE_FILES|SIGCHLD")]);
    }
    this.first = first;
    try {
      makeBare(first, [
        { start: code, end: code + 2n * BigInt(thisArchitecture().codePage) },
        { start: this.#slots.address, end: this.#slots.address + BigInt(this.#slots.length) },
      ]);
    } catch (error) {
      this.close();
      throw error;
    }
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
