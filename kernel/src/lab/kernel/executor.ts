/**
 * The executor on the live kernel: each operation becomes a probe program that runs in this very process, or in the children
 * that fork makes of it.
 *
 * It hits whatever the operation names, Node's own memory included: whoever takes operations from people or files checks
 * them first. Operations that would change the process itself (its end, limits, dropping privileges, brk) are run in
 * children only, or in process-executor.ts.
 */
import type { ProcessEnd } from "../../linux/index.js";
import { FIRST_PROCESS, type FileId, type Operation, type ProcessId } from "../../model/operation.js";
import type { Executor, Result } from "../../model/result.js";
import type { TraceSource, TraceSourceName } from "../../probe/index.js";
import { detachAfter } from "./calls.js";
import { FileTable } from "./files.js";
import { KernelCopies } from "./kernel-copy.js";
import { ProcessOperations } from "./process-operations.js";
import { ProcessTree } from "./process-tree.js";
import { SERVED_INSTRUMENT, SERVED_THREAD, touchesServed } from "./served.js";
import { THIS_PROCESS } from "./target.js";

/** Runs operations on the kernel, in this process and thread and in its children. */
export class KernelExecutor implements Executor {
  readonly #files = new FileTable();
  readonly #copies = new KernelCopies();
  readonly #operations: ProcessOperations;
  /** For memory whose faults this thread resolves. */
  readonly #served: ProcessOperations;
  /** Of the children. */
  readonly #trace: TraceSourceName | undefined;
  /** Made at the first fork. */
  #children: ProcessTree | undefined;

  /** @param options `trace` leaves out better sources of the fault trace than the one named */
  constructor(options: { readonly trace?: TraceSourceName } = {}) {
    // userfaultfd serves this process alone.
    this.#trace = options.trace === "userfaultfd" ? "counters around each touch" : options.trace;
    this.#operations = new ProcessOperations(THIS_PROCESS, this.#files, this.#copies, options.trace);
    this.#served = new ProcessOperations(SERVED_THREAD, this.#files, this.#copies, "counters around each touch");
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

  /**
   * Forgets an adopted file, e.g. because its descriptor was closed.
   * @param isMapped whether mappings of it are still there, which keep the name
   */
  disown(file: FileId, isMapped = false): void {
    this.#files.disown(file, isMapped);
  }

  /** The descriptor of a file of operations. */
  descriptorOf(file: FileId): number {
    return this.#files.fd(file);
  }

  /** The number of a process. @throws Error where it does not run */
  pidOf(id: ProcessId): number {
    return id === FIRST_PROCESS ? process.pid : this.#tree.pidOf(id);
  }

  /** How a child ended; undefined while it runs. @throws Error for a name that no child has */
  endOf(child: ProcessId): ProcessEnd | undefined {
    return this.#tree.endOf(child);
  }

  /** Unmaps all that a child inherited from Node, and from the lab. @throws Error where it does not run */
  makeBare(child: ProcessId): void {
    this.#tree.makeBare(child);
  }

  /** Closes what the executor opened, and ends children. Mappings stay; a further operation opens what it needs again. */
  close(): void {
    this.#children?.close();
    this.#children = undefined;
    this.#files.closeAll();
    this.#copies.close();
    this.#operations.close();
    this.#served.close();
  }

  /**
   * Runs one operation.
   * @throws NotInThisExecutor for an operation that needs a process of its own; Error for a file name that is not open
   */
  run(operation: Operation): Result {
    if ((operation.process ?? FIRST_PROCESS) !== FIRST_PROCESS) return this.#tree.run(operation);
    if (operation.op === "fork") return this.#tree.forkThis(operation, FIRST_PROCESS);
    if (operation.op === "wait") return this.#tree.wait(FIRST_PROCESS, this.#operations, operation);
    if (touchesServed(operation)) {
      const result = this.#served.run(operation);
      return operation.op === "touch" ? { ...result, instrument: SERVED_INSTRUMENT } : result;
    }
    const result = this.#operations.run(operation);
    detachAfter(operation, result.outcome.kind === "errno" ? result.outcome.code : undefined);
    return result;
  }

  get #tree(): ProcessTree {
    return (this.#children ??= new ProcessTree(this.#files, this.#copies, this.#trace));
  }
}
