/**
 * Records what the live pair does, from the first call on, so that all of it can be replayed. A trace must begin where nothing
 * is mapped; so when the recorder is full it stops, and says so, instead of forgetting the oldest calls.
 */
import type { FileId, Operation, OperationName, Result, TraceStep } from "../../model/index.js";
import { differencesOf } from "../../model/index.js";
import type { PairEvent } from "../pair.js";
import type { ModelWatcher } from "./watched-model.js";

/** The most that is kept, some tens of megabytes. */
export const RECORDER_LIMITS = {
  steps: 50_000,
  /** Faults listed singly, in all steps; of later ones only the counts are kept. */
  faults: 100_000,
  /** Bytes of files and of what was read, in all steps. */
  bytes: 8 * 1024 * 1024,
} as const;

/** Operations that only look. The model is asked many of them for figures and comparisons; a trace needs none. */
const LOOKS: ReadonlySet<OperationName> = new Set(["maps", "resident", "vmflags", "status", "peek"]);

/** Some steps of a recording. */
export interface Recording {
  readonly steps: readonly TraceStep[];
  /** What was left out, a sentence each. */
  readonly leftOut: readonly string[];
}

/** Says why a difference is to be expected; null where no rule applies. */
export type ExplainDifference = (event: PairEvent) => string | null;

/** The calls of one lab, in order. */
export class Recorder implements ModelWatcher {
  readonly #steps: TraceStep[] = [];
  #stopped = false;
  #faults = 0;
  #bytes = 0;
  #faultsLeftOut = 0;
  readonly #filesLeftOut = new Set<FileId>();
  readonly #writtenPastTheLab = new Set<FileId>();
  #seenLeftOut = 0;

  /**
   * @param explain asked where model and kernel differ
   * @param limits the most that is kept
   */
  constructor(
    private readonly explain: ExplainDifference,
    private readonly limits: { readonly steps: number; readonly faults: number; readonly bytes: number } = RECORDER_LIMITS,
  ) {}

  /** How many steps there are. */
  get length(): number {
    return this.#steps.length;
  }

  /** Whether it is full: later calls are not recorded. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The model ran an operation. If the pair made it run, {@link entered} follows. */
  modelRan(operation: Operation): void {
    if (LOOKS.has(operation.op) || !this.#hasRoom()) return;
    this.#steps.push({ operation: this.#withoutLongContent(operation), result: null });
    this.#last = operation;
  }

  toldOfBytes(file: FileId): void {
    this.#writtenPastTheLab.add(file);
  }

  /** The pair ran an operation. */
  entered(event: PairEvent): void {
    const { operation, kernel, model } = event;
    if (kernel === null || LOOKS.has(operation.op)) return;
    // Where the model could not follow a failed call it did not run it; then there is no step yet.
    const recorded = this.#last === operation;
    this.#last = null;
    if (!recorded && !this.#hasRoom()) return;
    const why = differencesOf(kernel, model).length === 0 ? null : this.explain(event);
    const step: TraceStep = {
      operation: (recorded ? this.#steps.at(-1)?.operation : undefined) ?? operation,
      result: this.#kept(kernel),
      ...(why === null ? {} : { explained: why }),
    };
    if (recorded) this.#steps[this.#steps.length - 1] = step;
    else this.#steps.push(step);
  }

  /**
   * Where the steps of some operations lie.
   * @returns the first one, and one past the last one; null where none of them was recorded
   */
  spanOf(operations: readonly Operation[]): { readonly start: number; readonly end: number } | null {
    const wanted = new Set(operations);
    const start = this.#steps.findIndex(({ operation }) => wanted.has(operation));
    const end = this.#steps.findLastIndex(({ operation }) => wanted.has(operation)) + 1;
    return start < 0 ? null : { start, end };
  }

  /** The steps before `end`. */
  upTo(end: number): Recording {
    return { steps: this.#steps.slice(0, end), leftOut: this.#leftOut() };
  }

  /** The operation that the model ran last and that the pair has not told of. */
  #last: Operation | null = null;

  #hasRoom(): boolean {
    if (this.#steps.length >= this.limits.steps) this.#stopped = true;
    return !this.#stopped;
  }

  #withoutLongContent(operation: Operation): Operation {
    if (operation.op !== "open" || operation.content === undefined) return operation;
    if (this.#takeBytes(operation.content.length)) return operation;
    this.#filesLeftOut.add(operation.file);
    return { ...operation, content: undefined };
  }

  /** What is kept of an answer. */
  #kept(kernel: Result): Result {
    const { outcome, counts, instrument, lost, tookNs } = kernel;
    const faults = this.#faults + kernel.faults.length <= this.limits.faults ? kernel.faults : [];
    this.#faults += faults.length;
    this.#faultsLeftOut += kernel.faults.length - faults.length;
    return {
      outcome,
      counts,
      faults,
      reason: [],
      ...(instrument === undefined ? {} : { instrument }),
      ...(lost === undefined ? {} : { lost }),
      ...this.#keptSeen(kernel),
      ...(tookNs === undefined ? {} : { tookNs }),
    };
  }

  #keptSeen({ seen }: Result): Pick<Result, "seen"> {
    if (seen === undefined) return {};
    const length = seen.kind === "bytes" ? seen.bytes.length : seen.kind === "mincore" ? seen.pages.length : 0;
    if (this.#takeBytes(length)) return { seen };
    this.#seenLeftOut += 1;
    return {};
  }

  #takeBytes(count: number): boolean {
    if (this.#bytes + count > this.limits.bytes) return false;
    this.#bytes += count;
    return true;
  }

  #leftOut(): string[] {
    const sentences: string[] = [];
    if (this.#stopped) sentences.push(`Only the first ${String(this.limits.steps)} calls are recorded.`);
    if (this.#faultsLeftOut > 0) sentences.push(`${String(this.#faultsLeftOut)} faults are counted, but not listed one by one.`);
    if (this.#filesLeftOut.size > 0)
      sentences.push(`The bytes of ${[...this.#filesLeftOut].slice(0, 5).join(", ")} are not in it: they are taken for zeros.`);
    if (this.#writtenPastTheLab.size > 0)
      sentences.push(`Bytes that others wrote to ${[...this.#writtenPastTheLab].slice(0, 5).join(", ")} are not in it.`);
    if (this.#seenLeftOut > 0) sentences.push(`What ${String(this.#seenLeftOut)} calls read is not in it.`);
    return sentences;
  }
}
