/**
 * The executor on the live kernel in processes of their own: bare processes that run probe programs and hold nothing else,
 * so that every operation can be run, fork, limits, dropped rights and brk among them, and none can hurt this process. All
 * that is mapped at the start is the heap of brk(2) and the probe's own pages, which lie where mmap(2) places mappings by
 * itself; the arena that scenarios use unless told otherwise is free.
 *
 * Its files are open in all of its processes: a name that one closes is closed for all.
 */
import { Errno, argument } from "../../linux/index.js";
import { FIRST_PROCESS, type FileId, type Operation, type ProcessId } from "../../model/operation.js";
import type { Executor, Result } from "../../model/result.js";
import type { Program, ProgramRun } from "../../probe/index.js";
import { FileTable } from "./files.js";
import { KernelCopies } from "./kernel-copy.js";
import { ProcessTree } from "./process-tree.js";

/** Runs operations on the kernel, in processes of their own. */
export class ProcessExecutor implements Executor {
  readonly #files = new FileTable();
  readonly #copies = new KernelCopies();
  readonly #processes: ProcessTree;

  /** @throws Errno where no process can be made (EAGAIN, ENOMEM) */
  constructor() {
    // Its results are compared by their counts: opening perf events for each of many processes would be for nothing.
    this.#processes = new ProcessTree(this.#files, this.#copies, "counters around each touch");
    try {
      const { outcome } = this.#processes.forkThis({ op: "fork", child: FIRST_PROCESS }, undefined);
      if (outcome.kind === "errno") throw new Errno("clone", outcome.code, [argument("flags", "CLONE_FILES|SIGCHLD")]);
      this.#processes.makeBare(FIRST_PROCESS);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The number of a process, for looking at it from outside. @throws Error where it does not run */
  pidOf(process: ProcessId): number {
    return this.#processes.pidOf(process);
  }

  /**
   * Makes a descriptor that this process opened known as a file of operations. It stays its owner's to close.
   * @param fd an open descriptor
   * @returns the file's name, a new one for each call; {@link disown} gives it back
   * @throws Errno EBADF where it is not open
   */
  adopt(fd: number): FileId {
    return this.#files.adopt(fd);
  }

  /** Forgets an adopted file, e.g. because its descriptor was closed. */
  disown(file: FileId): void {
    this.#files.disown(file);
  }

  /** The descriptor of a file of operations. @throws Error for a name that is not open */
  descriptorOf(file: FileId): number {
    return this.#files.fd(file);
  }

  /**
   * Runs a program that is no operation, in one of its processes.
   * @throws Error where that process does not run, or ends meanwhile; RangeError for a program that is too long
   */
  runProgram(program: Program, process: ProcessId = FIRST_PROCESS): ProgramRun {
    return this.#processes.runProgram(process, program);
  }

  /** Ends its processes and closes its files. Nothing can be run afterwards. */
  close(): void {
    this.#processes.close();
    this.#files.closeAll();
    this.#copies.close();
  }

  /**
   * Runs one operation in the process it names.
   * @throws Error where that process does not run, or has been ended from outside; where a child is waited for that still
   *   runs; for a file name that is not open
   */
  run(operation: Operation): Result {
    return this.#processes.run(operation);
  }
}
