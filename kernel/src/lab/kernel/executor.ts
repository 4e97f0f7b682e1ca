/**
 * The executor on the live kernel: each operation becomes a probe program that runs in this very process.
 *
 * It hits whatever the operation names, Node's own memory included: whoever takes operations from people or files checks
 * them first. Operations that need a process of their own (fork, limits, dropping privileges, brk) are not run here.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { Errno, afterResize, errnoOfResult, mincore } from "../../linux/index.js";
import { FIRST_PROCESS, type FileId, type FileTransfer, type Mincore, type Operation } from "../../model/operation.js";
import type { Access } from "../../model/operation.js";
import type { Executor, Observation, Outcome, Result } from "../../model/result.js";
import type { TraceSource, TraceSourceName } from "../../probe/index.js";
import { detachAfter, plainCall, transferStep, word } from "./calls.js";
import { FileTable } from "./files.js";
import { KernelCopies } from "./kernel-copy.js";
import { lookAtMaps, lookAtPages, lookAtStatus, lookAtVmFlags } from "./look.js";
import { Measure, type Measured } from "./measure.js";
import { runPeek, runTouch } from "./touch.js";

/** An operation this executor cannot run. */
export class NotInThisExecutor extends Error {
  override readonly name = "NotInThisExecutor";
}

/** The largest vector of one mincore step; longer ranges are asked about in parts. */
const MINCORE_PAGES = 1n << 20n;

function outcomeOf(result: bigint): Outcome {
  const code = errnoOfResult(result);
  return code === undefined ? { kind: "value", value: result } : { kind: "errno", code };
}

function looked(seen: Observation): Result {
  return { outcome: { kind: "value", value: 0n }, counts: { minor: 0, major: 0 }, faults: [], seen, reason: [] };
}

/** Runs operations on the kernel, in this process and thread. */
export class KernelExecutor implements Executor {
  readonly #files = new FileTable();
  readonly #measure: Measure;
  readonly #copies = new KernelCopies();

  /** @param options `trace` leaves out better sources of the fault trace than the one named */
  constructor(options: { readonly trace?: TraceSourceName } = {}) {
    this.#measure = new Measure(options.trace);
  }

  /** Where the faults in the results come from, and why not from a better source. */
  get traceSource(): TraceSource {
    return this.#measure.source;
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
    this.#measure.close();
  }

  /**
   * Runs one operation.
   * @throws NotInThisExecutor for an operation that needs a process of its own; Error for a file name that is not open
   */
  run(operation: Operation): Result {
    if ((operation.process ?? FIRST_PROCESS) !== FIRST_PROCESS) {
      throw new NotInThisExecutor(
        `${operation.op} in process ${String(operation.process)}: other processes are not in this executor yet. Run it on the model`,
      );
    }
    switch (operation.op) {
      case "open":
        this.#files.open(operation);
        return {
          outcome: { kind: "value", value: BigInt(this.#files.fd(operation.file)) },
          counts: { minor: 0, major: 0 },
          faults: [],
          reason: [],
        };
      case "touch":
        return { ...runTouch(operation, this.#measure), instrument: this.#instrument() };
      case "peek":
        return runPeek(operation);
      case "kernel_copy":
        return this.#result(this.#copies.run(operation, this.#measure), operation.direction === "to_user" ? "write" : "read");
      case "pread":
      case "pwrite":
        return this.#transfer(operation);
      case "mincore":
        return this.#mincore(operation);
      case "advance":
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, operation.seconds * 1000);
        return { outcome: { kind: "value", value: 0n }, counts: { minor: 0, major: 0 }, faults: [], reason: [] };
      case "maps":
        return looked(lookAtMaps(operation.at, operation.length, this.#files));
      case "resident":
        return looked(lookAtPages(operation.at, operation.length));
      case "vmflags":
        return looked(lookAtVmFlags(word(operation.at)));
      case "status":
        return looked(lookAtStatus());
      case "brk":
      case "rlimit":
      case "dropcaps":
      case "fork":
      case "exit":
      case "wait":
        throw new NotInThisExecutor(`${operation.op} needs a process of its own and is not in this executor yet. Run it on the model`);
      default:
        return this.#call(operation);
    }
  }

  #transfer(operation: FileTransfer): Result {
    const add = transferStep(operation, this.#files.fd(operation.file));
    const measured = this.#measure.call(add, operation.op === "pread" ? operation.length : 0);
    const result = this.#result(measured);
    if (operation.op === "pwrite" || result.outcome.kind !== "value") return result;
    return { ...result, seen: { kind: "bytes", bytes: measured.buffer.subarray(0, Number(result.outcome.value)) } };
  }

  #call(operation: Operation): Result {
    const call = plainCall(operation, this.#files);
    if (call === undefined) throw new NotInThisExecutor(`${operation.op} is not in this executor yet`);
    const measured = this.#measure.call((program) => program.syscall(call.name, call.arguments));
    const error = errnoOfResult(measured.run.result(measured.step));
    detachAfter(operation, error);
    if (operation.op === "ftruncate") afterResize(this.#files.fd(operation.file));
    return this.#result(measured);
  }

  #mincore(operation: Mincore): Result {
    const [at, length] = [word(operation.at), word(operation.length)];
    const pages = (length + BigInt(PAGE_SIZE) - 1n) / BigInt(PAGE_SIZE);
    if (pages > MINCORE_PAGES) return this.#longMincore(at, length);
    const measured = this.#measure.call((program, vector) => program.syscall("mincore", [at, length, vector]), Number(pages));
    const result = this.#result(measured);
    if (result.outcome.kind !== "value") return result;
    // Only bit 0 has a meaning.
    return { ...result, seen: { kind: "mincore", pages: measured.buffer.map((byte) => byte & 1) } };
  }

  #longMincore(at: bigint, length: bigint): Result {
    try {
      return looked({ kind: "mincore", pages: mincore(at, length) });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return { outcome: { kind: "errno", code: error.code }, counts: { minor: 0, major: 0 }, faults: [], reason: [] };
    }
  }

  #result({ run, step, counts, faults, lost, tookNs }: Measured, access: Access = "read"): Result {
    return {
      outcome: outcomeOf(run.result(step)),
      counts,
      faults: faults.map(({ address, kind, atNs }) => ({ address, access, kind, atNs })),
      ...(faults.length > 0 || counts.minor + counts.major > 0 ? { instrument: this.#instrument() } : {}),
      ...(lost > 0 ? { lost } : {}),
      reason: [],
      tookNs,
    };
  }

  #instrument(): string {
    const { name, missing } = this.#measure.source;
    return missing === undefined ? name : `${name} (${missing})`;
  }
}
