/**
 * Processes that run operations, by the names operations give them: which one an operation runs in, and fork, exit and wait
 * among them. Where the first of them comes from is the executors' business.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, readTotalPages, type ProcessEnd } from "../../linux/index.js";
import { FIRST_PROCESS, type Exit, type Fork, type Operation, type ProcessId, type SetRlimit, type Wait } from "../../model/operation.js";
import type { Result } from "../../model/result.js";
import {
  ProcessEnded,
  ProcessFamily,
  endText,
  type Program,
  type ProgramProcess,
  type ProgramRun,
  type TraceSourceName,
} from "../../probe/index.js";
import type { FileTable } from "./files.js";
import type { KernelCopies } from "./kernel-copy.js";
import { ProcessOperations, plainResult, valueResult } from "./process-operations.js";
import { otherProcess } from "./target.js";

/** `resource` of setrlimit(2) (include/uapi/asm-generic/resource.h). */
const RLIMIT = { DATA: 2, STACK: 3, MEMLOCK: 8, AS: 9 } as const;
const NOBODY = 65534;

/** A process with the name operations give it. */
interface Member {
  readonly id: ProcessId;
  readonly process: ProgramProcess;
  /** Undefined where it belongs to no process that operations name. */
  readonly parent: ProcessId | undefined;
  readonly operations: ProcessOperations;
  /** It ran `exit`, and its parent has not waited for it. */
  exited: boolean;
}

function endedError({ id, process, parent }: Member, end: ProcessEnd, when: string): Error {
  const next = parent === undefined ? "Start a new executor." : "Wait for it, and fork another one.";
  return new Error(`Process ${String(id)} (pid ${String(process.pid)}) ${endText(end)} ${when}. ${next}`);
}

/** The processes of one executor. */
export class ProcessTree {
  readonly #family = new ProcessFamily();
  readonly #members = new Map<ProcessId, Member>();

  /**
   * @param files open in all of them: a name that one closes is closed for all
   * @param copies what kernel copies go to and come from
   * @param trace leaves out better sources of the fault trace than the one named
   * @throws Errno where the kernel has no memory for their programs
   */
  constructor(
    private readonly files: FileTable,
    private readonly copies: KernelCopies,
    private readonly trace?: TraceSourceName,
  ) {}

  /** The number of a process, for looking at it from outside. @throws Error where it does not run */
  pidOf(id: ProcessId): number {
    return this.#running(id).process.pid;
  }

  /** How a process ended; undefined while it runs. @throws Error for a name that no process has */
  endOf(id: ProcessId): ProcessEnd | undefined {
    return this.#member(id).process.end;
  }

  /** Runs a program that is no operation. @throws Error where the process does not run, or ends meanwhile */
  runProgram(id: ProcessId, program: Program): ProgramRun {
    return this.#running(id).process.run(program);
  }

  /**
   * Runs one operation in the process it names.
   * @throws Error where that process does not run, or has been ended from outside; where a child is waited for that still
   *   runs; for a file name that is not open
   */
  run(operation: Operation): Result {
    const id = operation.process ?? FIRST_PROCESS;
    if (operation.op === "exit") return this.#exit(this.#member(id), operation);
    const member = this.#running(id);
    try {
      return this.#runIn(member, operation);
    } catch (error) {
      if (error instanceof ProcessEnded && error.pid === member.process.pid)
        throw endedError(member, error.end, `while it ran ${operation.op}`);
      throw error;
    }
  }

  /**
   * Forks this very process.
   * @param parent the name operations have for it; undefined for none
   * @returns the child's name, or the errno where no process can be made
   * @throws Error for a name in use, and where there is no room for a further process
   */
  forkThis({ child }: Fork, parent: ProcessId | undefined): Result {
    this.#refuseTaken(child, parent);
    try {
      this.#add(child, this.#family.fork(), parent);
    } catch (error) {
      // Faults are not counted: those around this fork are Node's own, which has all its memory write-protected.
      if (error instanceof Errno && error.syscall === "clone") return plainResult({ kind: "errno", code: error.code });
      throw error;
    }
    return valueResult(BigInt(child));
  }

  /** Unmaps all that a process has, except for the probe and its heap. @throws Error where it does not run */
  makeBare(id: ProcessId): void {
    this.#family.makeBare(this.#running(id).process);
  }

  /**
   * Waits for a child that has exited.
   * @param parent who waits
   * @param operations run in it
   * @throws Error where the child still runs
   */
  wait(parent: ProcessId, operations: ProcessOperations, { child: id }: Wait): Result {
    const child = this.#members.get(id);
    const mine = child?.parent === parent;
    if (mine && child.process.end === undefined)
      throw new Error(`Process ${String(id)} still runs, so that waiting for it would never end. Let it exit first.`);
    // The kernel refuses any other: nobody is init's parent.
    const pid = mine ? child.process.pid : 1;
    const result = operations.call((program) => program.syscall("wait4", [pid, 0, 0, 0]));
    if (!mine || result.outcome.kind !== "value") return result;
    this.#forget(child);
    return { ...result, outcome: { kind: "value", value: BigInt(id) } };
  }

  /** Ends all of them. */
  close(): void {
    for (const { operations } of this.#members.values()) operations.close();
    this.#members.clear();
    this.#family.close();
  }

  #runIn(member: Member, operation: Exclude<Operation, Exit>): Result {
    switch (operation.op) {
      case "fork":
        return this.#fork(member, operation);
      case "wait":
        return this.wait(member.id, member.operations, operation);
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
    const operations = new ProcessOperations(otherProcess(process), this.files, this.copies, this.trace);
    this.#members.set(id, { id, process, parent, operations, exited: false });
  }

  /** One that runs or is to be waited for. */
  #member(id: ProcessId): Member {
    const member = this.#members.get(id);
    if (member !== undefined) return member;
    throw new Error(`There is no running process ${String(id)}: fork makes processes, and exit ends them.`);
  }

  #running(id: ProcessId): Member {
    const member = this.#member(id);
    if (member.exited) throw new Error(`There is no running process ${String(id)}: fork makes processes, and exit ends them.`);
    const { end } = member.process;
    if (end === undefined) return member;
    throw endedError(member, end, "without an exit operation");
  }

  #refuseTaken(child: ProcessId, parent: ProcessId | undefined): void {
    if (this.#members.has(child) || (child === FIRST_PROCESS && parent !== undefined))
      throw new Error(`Process ${String(child)} exists already: give the child of this fork another name.`);
  }

  #fork(member: Member, { child }: Fork): Result {
    this.#refuseTaken(child, member.id);
    const coming = this.#family.comingChild(member.process);
    const result = member.operations.call((program) => coming.addTo(program));
    const born = coming.born(result.outcome.kind === "value" ? result.outcome.value : -1n);
    if (born === undefined) return result;
    this.#add(child, born, member.id);
    return { ...result, outcome: { kind: "value", value: BigInt(child) } };
  }

  #exit(member: Member, { status = 0, bySignal }: Exit): Result {
    if (member.parent === undefined)
      throw new Error("The first process cannot exit: nothing would be left to run operations in. Fork, and let the child exit.");
    if (member.exited) throw new Error(`There is no running process ${String(member.id)}: it has exited already.`);
    // One that was ended from outside is at its end already.
    if (member.process.end === undefined) {
      if (bySignal === undefined) member.process.exit(status);
      else member.process.kill();
    }
    member.exited = true;
    member.operations.close();
    // Init reaps the children of the dead: those that have exited now, the others when they do.
    for (const child of [...this.#members.values()]) if (child.parent === member.id && child.exited) this.#forget(child);
    if (member.parent !== FIRST_PROCESS && this.#members.get(member.parent)?.exited !== false) this.#forget(member);
    return valueResult(0n);
  }

  #forget(member: Member): void {
    this.#members.delete(member.id);
    this.#family.reaped(member.process);
  }

  #setRlimit(member: Member, { which, value }: SetRlimit): Result {
    const bytes =
      typeof value === "bigint" ? value : BigInt((readTotalPages(member.process.pid) + value.currentTotalVmPlusPages) * PAGE_SIZE);
    const limit = new Uint8Array(BigUint64Array.of(bytes, bytes).buffer);
    return member.operations.call((program) => program.syscall("setrlimit", [RLIMIT[which], program.buffer(16, limit)]));
  }
}
