/**
 * The executor on the live kernel: each operation becomes a probe program that runs in this very process.
 *
 * It hits whatever the operation names, Node's own memory included: whoever takes operations from people or files checks
 * them first. Operations that need a process of their own (fork, limits, dropping privileges, brk) are not run here, but in
 * process-executor.ts.
 */
import { FIRST_PROCESS, type FileId, type Operation } from "../../model/operation.js";
import type { Executor, Result } from "../../model/result.js";
import type { TraceSource, TraceSourceName } from "../../probe/index.js";
import { detachAfter } from "./calls.js";
import { FileTable } from "./files.js";
import { KernelCopies } from "./kernel-copy.js";
import { NotInThisExecutor, ProcessOperations } from "./process-operations.js";
import { THIS_PROCESS } from "./target.js";

/** Runs operations on the kernel, in this process and thread. */
export class KernelExecutor implements Executor {
  readonly #files = new FileTable();
  readonly #copies = new KernelCopies();
  readonly #operations: ProcessOperations;

  /** @param options `trace` leaves out better sources of the fault trace than the one named */
  constructor(options: { readonly trace?: TraceSourceName } = {}) {
    this.#operations = new ProcessOperations(THIS_PROCESS, this.#files, this.#copies, options.trace);
  }

  /** Where the faults in the results come from, and why not from a better source. */
  get traceSource(): TraceSource {
    return this.#operations.traceSource;
  }

  /**
   * Makes a descriptor that something else opened known as a file of operations. It stays its owner's to close.
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

  /** The descriptor of a file of operations. */
  descriptorOf(file: FileId): number {
    return this.#files.fd(file);
  }

  /** Closes what the executor opened. Mappings stay; a further operation opens what it needs again. */
  close(): void {
    this.#files.closeAll();
    this.#copies.close();
    this.#operations.close();
  }

  /**
   * Runs one operation.
   * @throws NotInThisExecutor for an operation that needs a process of its own; Error for a file name that is not open
   */
  run(operation: Operation): Result {
    if ((operation.process ?? FIRST_PROCESS) !== FIRST_PROCESS) {
      throw new NotInThisExecutor(
        `${operation.op} in process ${String(operation.process)}: this executor has one process. Run it in a ProcessExecutor, or on the model`,
      );
    }
    const result = this.#operations.run(operation);
    detachAfter(operation, result.outcome.kind === "errno" ? result.outcome.code : undefined);
    return result;
  }
}
