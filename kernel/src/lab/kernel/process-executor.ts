/**
 * The executor on the live kernel in processes of their own: bare processes that run probe programs and hold nothing else,
 * so that every operation can be run, fork, limits, dropped rights and brk among them, and none can hurt this process. All
 * that is mapped at the start is the heap of brk(2) and the probe's own pages, which lie where mmap(2) places mappings by
 * itself; the arena that scenarios use unless told otherwise is free.
 *
 * Its files are open in all of its processes: a name that one closes is closed for all.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { readTotalPages, type ProcessEnd } from "../../linux/index.js";
import { FIRST_PROCESS, type FileId, type Fork, type Operation, type ProcessId, type SetRlimit, type Wait } from "../../model/operation.js";
import type { Executor, Result } from "../../model/result.js";
import { ProcessEnded, ProcessFamily, endText, type ProgramProcess } from "../../probe/index.js";
import { FileTable } from "./files.js";
import { KernelCopies } from "./kernel-copy.js";
import { ProcessOperations, valueResult } from "./process-operations.js";
import { otherProcess } from "./target.js";

/** `resource` of setrlimit(2) (include/uapi/asm-generic/resource.h). */
const RLIMIT = { DATA: 2, STACK: 3, MEMLOCK: 8, AS: 9 } as const;
const NOBODY = 65534;

/** A process with the name operations give it. */
interface Member {
  readonly id: ProcessId;
  readonly process: ProgramProcess;
  readonly parent: ProcessId | undefined;
  readonly operations: ProcessOperations;
  /** It ran `exit`, and its parent has not waited for it. */
  exited: boolean;
}

function endedError({ id, process }: Member, end: ProcessEnd, when: string): Error {
  return new Error(`Process ${String(id)} (pid ${String(process.pid)}) ${endText(end)} ${when}. Start a new executor.`);
}

/** Runs operations on the kernel, in processes of their own. */
export class ProcessExecutor implements Executor {
  readonly #files = new FileTable();
  readonly #copies = new KernelCopies();
  readonly #family: ProcessFamily;
  readonly #members = new Map<ProcessId, Member>();

  /** @throws Errno where no process can be made (EAGAIN, ENOMEM) */
  constructor() {
    this.#family = new ProcessFamily();
    this.#add(FIRST_PROCESS, this.#family.first, undefined);
  }

  /** The number of a process, for looking at it from outside. @throws Error where it does not run */
  pidOf(process: ProcessId): number {
    return this.#running(process).process.pid;
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

  /** Ends its processes and closes its files. Nothing can be run afterwards. */
  close(): void {
    this.#members.clear();
    this.#family.close();
    this.#files.closeAll();
    this.#copies.close();
  }

  /**
   * Runs one operation in the process it names.
   * @throws Error where that process does not run, or has been ended from outside; where a child is waited for that still
   *   runs; for a file name that is not open
   */
  run(operation: Operation): Result {
    const member = this.#running(operation.process ?? FIRST_PROCESS);
    try {
      return this.#runIn(member, operation);
    } catch (error) {
      if (error instanceof ProcessEnded && error.pid === member.process.pid)
        throw endedError(member, error.end, `while it ran ${operation.op}`);
      throw error;
    }
  }

  #runIn(member: Member, operation: Operation): Result {
    switch (operation.op) {
      case "fork":
        return this.#fork(member, operation);
      case "exit":
        return this.#exit(member);
      case "wait":
        return this.#wait(member, operation);
      case "brk":
        return member.operations.call((program) => program.syscall("brk", [operation.to]));
      case "rlimit":
        return this.#setRlimit(member, operation);
      case "dropcaps":
        return member.operations.call((program) => program.syscall("setresuid", [NOBODY, NOBODY, NOBODY]));
      default:
        return member.operations.run(operation);
    }
  }

  #add(id: ProcessId, process: ProgramProcess, parent: ProcessId | undefined): void {
    // perf events count the thread that opened them; the counters are each process's own.
    const operations = new ProcessOperations(otherProcess(process), this.#files, this.#copies, "counters around each touch");
    this.#members.set(id, { id, process, parent, operations, exited: false });
  }

  #running(id: ProcessId): Member {
    const member = this.#members.get(id);
    if (member === undefined || member.exited)
      throw new Error(`There is no running process ${String(id)}: fork makes processes, and exit ends them.`);
    const { end } = member.process;
    if (end === undefined) return member;
    throw endedError(member, end, "without an exit operation");
  }

  #fork(member: Member, { child }: Fork): Result {
    if (this.#members.has(child)) throw new Error(`Process ${String(child)} exists already: give the child of this fork another name.`);
    const coming = this.#family.comingChild(member.process);
    const result = member.operations.call((program) => coming.addTo(program));
    const born = coming.born(result.outcome.kind === "value" ? result.outcome.value : -1n);
    if (born === undefined) return result;
    this.#add(child, born, member.id);
    return { ...result, outcome: { kind: "value", value: BigInt(child) } };
  }

  #exit(member: Member): Result {
    if (member.parent === undefined)
      throw new Error("The first process cannot exit: nothing would be left to run operations in. Fork, and let the child exit.");
    member.process.exit();
    member.exited = true;
    member.operations.close();
    return valueResult(0n);
  }

  #wait(member: Member, { child: id }: Wait): Result {
    const child = this.#members.get(id);
    const mine = child?.parent === member.id;
    if (mine && child.process.end === undefined)
      throw new Error(`Process ${String(id)} still runs, so that waiting for it would never end. Let it exit first.`);
    // The kernel refuses any other child; its own process is nobody's child of it.
    const pid = child?.process.pid ?? member.process.pid;
    const result = member.operations.call((program) => program.syscall("wait4", [pid, 0, 0, 0]));
    if (!mine || result.outcome.kind !== "value") return result;
    this.#members.delete(id);
    this.#family.reaped(child.process);
    return { ...result, outcome: { kind: "value", value: BigInt(id) } };
  }

  #setRlimit(member: Member, { which, value }: SetRlimit): Result {
    const bytes =
      typeof value === "bigint" ? value : BigInt((readTotalPages(member.process.pid) + value.currentTotalVmPlusPages) * PAGE_SIZE);
    const limit = new Uint8Array(BigUint64Array.of(bytes, bytes).buffer);
    return member.operations.call((program) => program.syscall("setrlimit", [RLIMIT[which], program.buffer(16, limit)]));
  }
}
