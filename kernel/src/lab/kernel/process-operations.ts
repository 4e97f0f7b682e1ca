/**
 * The operations that act on one address space, as probe programs that run in its process. What makes and ends processes
 * and changes their limits and rights is process-executor.ts; it is shared here by both executors.
 */
import { PAGE_SIZE } from "../../abi/index.js";
import { afterResize, errnoOfResult } from "../../linux/index.js";
import type { Access, FileTransfer, Mincore, Operation } from "../../model/operation.js";
import type { Observation, Outcome, Result } from "../../model/result.js";
import type { TraceSource, TraceSourceName } from "../../probe/index.js";
import { plainCall, transferStep, word } from "./calls.js";
import type { FileTable } from "./files.js";
import type { KernelCopies } from "./kernel-copy.js";
import { lookAtMaps, lookAtPages, lookAtStatus, lookAtVmFlags } from "./look.js";
import { Measure, type AddStep, type Measured } from "./measure.js";
import type { Target } from "./target.js";
import { runPeek, runTouch } from "./touch.js";

/** An operation this executor cannot run. */
export class NotInThisExecutor extends Error {
  override readonly name = "NotInThisExecutor";
}

/** The largest vector of one mincore step; longer ranges are asked about in parts. */
const MINCORE_PAGES = 1n << 20n;

const NO_FAULTS = { counts: { minor: 0, major: 0 }, faults: [], reason: [] } as const;

/** A result that took no fault and shows nothing. */
export function plainResult(outcome: Outcome): Result {
  return { outcome, ...NO_FAULTS };
}

/** A success with a value. */
export function valueResult(value: bigint): Result {
  return plainResult({ kind: "value", value });
}

function looked(seen: Observation): Result {
  return { ...valueResult(0n), seen };
}

/** What a system call's raw result means. */
export function outcomeOf(result: bigint): Outcome {
  const code = errnoOfResult(result);
  return code === undefined ? { kind: "value", value: result } : { kind: "errno", code };
}

/** Runs operations in one process. */
export class ProcessOperations {
  readonly #target: Target;
  readonly #files: FileTable;
  readonly #copies: KernelCopies;
  readonly #measure: Measure;

  /**
   * @param target where they run
   * @param files the open files they name
   * @param copies what kernel copies go to and come from
   * @param trace leaves out better sources of the fault trace than the one named
   */
  constructor(target: Target, files: FileTable, copies: KernelCopies, trace?: TraceSourceName) {
    this.#target = target;
    this.#files = files;
    this.#copies = copies;
    this.#measure = new Measure(target, trace);
  }

  /** Where the faults in the results come from, and why not from a better source. */
  get traceSource(): TraceSource {
    return this.#measure.source;
  }

  /** Closes the trace. */
  close(): void {
    this.#measure.close();
  }

  /**
   * Runs one operation on memory or files; its `process` is not looked at.
   * @throws NotInThisExecutor for what is no such operation; Error for a file name that is not open
   */
  run(operation: Operation): Result {
    const { pid } = this.#target;
    switch (operation.op) {
      case "open":
        this.#files.open(operation);
        return valueResult(BigInt(this.#files.fd(operation.file)));
      case "touch":
        return { ...runTouch(operation, this.#measure, this.#target), instrument: this.#instrument() };
      case "peek":
        return runPeek(operation, this.#target);
      case "kernel_copy":
        return this.#result(this.#copies.run(operation, this.#measure), operation.direction === "to_user" ? "write" : "read");
      case "pread":
      case "pwrite":
        return this.#transfer(operation);
      case "mincore":
        return this.#mincore(operation);
      case "advance":
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, operation.seconds * 1000);
        return valueResult(0n);
      case "maps":
        return looked(lookAtMaps(operation.at, operation.length, this.#files, pid));
      case "resident":
        return looked(lookAtPages(operation.at, operation.length, pid));
      case "vmflags":
        return looked(lookAtVmFlags(word(operation.at), pid));
      case "status":
        return looked(lookAtStatus(pid));
      default:
        return this.#plainCall(operation);
    }
  }

  /** Runs one step under counters and trace. @param bufferBytes how much memory it is given */
  call(add: AddStep, bufferBytes = 0): Result {
    return this.#result(this.#measure.call(add, bufferBytes));
  }

  #transfer(operation: FileTransfer): Result {
    const add = transferStep(operation, this.#files.fd(operation.file));
    const measured = this.#measure.call(add, operation.op === "pread" ? operation.length : 0);
    const result = this.#result(measured);
    if (operation.op === "pwrite" || result.outcome.kind !== "value") return result;
    return { ...result, seen: { kind: "bytes", bytes: measured.buffer.subarray(0, Number(result.outcome.value)) } };
  }

  #plainCall(operation: Operation): Result {
    const call = plainCall(operation, this.#files);
    if (call === undefined)
      throw new NotInThisExecutor(`${operation.op} needs a process of its own. Run it in a ProcessExecutor, or on the model`);
    const result = this.call((program) => program.syscall(call.name, call.arguments));
    if (operation.op === "ftruncate") afterResize(this.#files.fd(operation.file));
    return result;
  }

  #mincore(operation: Mincore): Result {
    const [at, length] = [word(operation.at), word(operation.length)];
    const pages: Uint8Array[] = [];
    const atMost = MINCORE_PAGES * BigInt(PAGE_SIZE);
    let result: Result;
    let done = 0n;
    // A huge range is asked about in parts, so that the answer's memory is only needed for what is mapped.
    do {
      const part = length - done < atMost ? length - done : atMost;
      const from = word(at + done);
      const vectorBytes = Number((part + BigInt(PAGE_SIZE) - 1n) / BigInt(PAGE_SIZE));
      const measured = this.#measure.call((program, vector) => program.syscall("mincore", [from, part, vector]), vectorBytes);
      result = this.#result(measured);
      if (result.outcome.kind !== "value") return result;
      // Only bit 0 has a meaning.
      pages.push(measured.buffer.map((byte) => byte & 1));
      done += part;
    } while (done < length);
    return { ...result, seen: { kind: "mincore", pages: joined(pages) } };
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
