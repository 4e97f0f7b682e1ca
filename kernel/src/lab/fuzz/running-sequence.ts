/**
 * One sequence while it runs. After every operation the two sides are compared: outcome, faults, what was seen, the VMAs and
 * the pages of the arena; flags, locked memory and contents, of every process there is, in the middle and at the end.
 */
import { MAP, MCL, PROT } from "../../abi/index.js";
import {
  FIRST_PROCESS,
  guardOperations,
  openOperations,
  stepOperation,
  type Operation,
  type ProcessId,
  type Result,
  type VmaRecord,
} from "../../model/index.js";
import { NotRunnable } from "../kernel/index.js";
import { compareResults, foldedPages, inArena, mapsText, type Difference } from "./difference.js";
import { explainDifference } from "./explained.js";
import type { KernelSide } from "./kernel-side.js";
import { Liveness } from "./liveness.js";
import { flagsText } from "./look.js";
import { asScenario, type FuzzSequence } from "./sequence.js";
import type { Predictor } from "./side-by-side.js";

/** The kernel's answer to one step. */
export interface Answer {
  readonly operation: Operation;
  readonly result: Result;
}

/** The state of the first process's arena, as the kernel shows it. */
export interface ArenaState {
  readonly vmas: readonly VmaRecord[];
  readonly pages: string;
}

/** How a sequence went. */
export interface SequenceReport {
  /** How many operations were compared, the one that differed included. */
  readonly compared: number;
  /** The kernel's answer to each step that ran, by the step's number; a step that could not run has none. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** The first difference; the sequence ends there. */
  readonly difference: (Difference & { readonly step: number; readonly operation: Operation }) | null;
  /** Why the difference was to be expected; null where it was not, or where there is none. */
  readonly explanation: string | null;
  /** What the arena looked like at the end, to the kernel. */
  readonly state: ArenaState;
  /** Address of the arena, and the program break before the first step. */
  readonly base: bigint;
  readonly initialBreak: bigint;
}

const PAGE = 4096n;
const FIRST_TRANSFER_BYTE = 0x5a;

/** Operations that may change VMAs. Touches are not among them: only a stack that grows changes one by being touched. */
const CHANGES_VMAS: ReadonlySet<string> = new Set([
  "mmap",
  "munmap",
  "mprotect",
  "mremap",
  "madvise",
  "mlock",
  "mlock2",
  "munlock",
  "mlockall",
  "munlockall",
  "mseal",
]);
/** VMAs are compared after every so many operations in any case. */
const MAPS_EVERY = 8;

function returnsAddress({ op }: Operation): boolean {
  return op === "mmap" || op === "mremap";
}

/** How long a mapping is that an operation made. */
function mappedLength(operation: Operation): bigint {
  const length = operation.op === "mmap" ? operation.length : operation.op === "mremap" ? operation.newLength : 0n;
  return ((length + PAGE - 1n) / PAGE) * PAGE;
}

/** Whether it locks what was mapped before the sequence as well, of which the model knows little. */
function locksEverything(operation: Operation): boolean {
  return operation.op === "mlockall" && (operation.flags & MCL.CURRENT) !== 0;
}

/** One sequence on both sides. */
export class RunningSequence {
  readonly #answers = new Map<number, Answer>();
  readonly #alive = new Liveness();
  /** Locked memory before the first step, by process; undefined where it is not to be compared any more. */
  readonly #lockedBefore = new Map<ProcessId, number | undefined>();
  #locksFuture = false;
  #growsDown = false;
  #transferByte = FIRST_TRANSFER_BYTE;
  /** Until a file is evicted, every page is known to be cached or not. */
  #evicted = false;
  /** What of the arena was undetermined before the last operation. */
  #undetermined = "";

  constructor(
    private readonly sequence: FuzzSequence,
    private readonly kernel: KernelSide,
    private readonly model: Predictor,
  ) {}

  run(): SequenceReport {
    const scenario = asScenario(this.sequence);
    const { base: arenaBase, pages: arenaPages } = this.kernel.place;
    for (const operation of [...guardOperations(arenaBase, arenaPages), ...openOperations(scenario)]) {
      const { outcome } = this.kernel.run(operation);
      if (outcome.kind !== "value")
        throw new Error(`a sequence cannot be set up: ${operation.op} ended with ${JSON.stringify(outcome)} on the kernel`);
      this.model.run(operation);
      this.#alive.ran(operation);
    }
    this.#lockedBefore.set(FIRST_PROCESS, this.kernel.lockedKib(FIRST_PROCESS));
    const last = this.sequence.steps.length - 1;
    const initialBreak = this.#initialBreak;
    for (const number of this.sequence.steps.keys()) {
      const operation = stepOperation(scenario, number, { arenaBase, arenaPages, initialBreak, transferByte: this.#transferByte });
      const ran = this.#step(operation, number);
      if (ran === "not runnable") continue;
      const process = operation.process ?? FIRST_PROCESS;
      const difference =
        ran ?? this.#compareState(process, operation, number) ?? (number === last || number === last >> 1 ? this.#compareAll() : undefined);
      if (difference !== undefined) return this.#report(difference, operation, number);
    }
    return this.#ended(null, null);
  }

  /** Closes the files and takes back what outlives an arena. */
  tidy(): void {
    try {
      if (this.kernel.facts !== undefined) return;
      if (this.#locksFuture) this.kernel.run({ op: "munlockall" });
      for (const file of this.#alive.files) this.kernel.run({ op: "close", file });
    } finally {
      this.kernel.close();
    }
  }

  get #initialBreak(): bigint {
    return this.kernel.facts?.heapStart ?? 0n;
  }

  #report(difference: Difference, operation: Operation, step: number): SequenceReport {
    const { sequence } = this;
    const undetermined = either(this.#undetermined, this.#undeterminedIn(this.model, difference.process ?? operation.process));
    const reached = reachedPages(operation, this.kernel.place);
    return this.#ended({ ...difference, step, operation }, explainDifference(difference, { sequence, step, undetermined, reached }));
  }

  #ended(difference: SequenceReport["difference"], explanation: string | null): SequenceReport {
    return {
      compared: this.#answers.size,
      answers: this.#answers,
      difference,
      explanation,
      state: this.#state(FIRST_PROCESS),
      base: this.kernel.place.base,
      initialBreak: this.#initialBreak,
    };
  }

  /** One operation on both. @returns the difference, if there is one */
  #step(operation: Operation, number: number): Difference | undefined | "not runnable" {
    if (!this.#alive.mayRun(operation)) return "not runnable";
    let kernel: Result;
    try {
      kernel = this.kernel.run(operation);
    } catch (error) {
      if (error instanceof NotRunnable) return "not runnable";
      throw error;
    }
    this.#answers.set(number, { operation, result: kernel });
    this.#undetermined = this.#undeterminedBefore(operation);
    if (kernel.outcome.kind === "value") this.#note(operation);
    if (operation.op === "pread" && kernel.seen?.kind === "bytes") this.#transferByte = kernel.seen.bytes[0] ?? this.#transferByte;
    const { outcome } = kernel;
    if (!returnsAddress(operation) || outcome.kind !== "value" || inArena(outcome.value, this.kernel.place)) {
      const model = this.model.run(operation);
      // What was mapped before the sequence is faulted in as well, and only the kernel knows its pages.
      const counted = locksEverything(operation) ? { ...kernel, counts: model.counts } : kernel;
      return compareResults(model, counted, returnsAddress(operation), this.kernel.place);
    }
    return this.#placedElsewhere(operation, kernel, outcome.value);
  }

  /** What of the arena nobody can say whether it is cached, as the operation finds it. What is mapped by it counts as found. */
  #undeterminedBefore(operation: Operation): string {
    if (!this.#evicted || operation.op !== "mmap") return this.#undeterminedIn(this.model, operation.process);
    const trial = this.model.clone();
    trial.run({ ...operation, prot: PROT.NONE, flags: operation.flags & ~MAP.POPULATE });
    return this.#undeterminedIn(trial, operation.process);
  }

  #undeterminedIn(model: Predictor, process: ProcessId = FIRST_PROCESS): string {
    return this.#evicted && this.#alive.runs(process) ? model.undetermined(...this.#range, process) : "";
  }

  /** What a success of the kernel changes for what follows. */
  #note(operation: Operation): void {
    const process = operation.process ?? FIRST_PROCESS;
    if (operation.op === "evict") this.#evicted = true;
    this.#alive.ran(operation);
    if (operation.op === "mlockall") this.#locksFuture = true;
    if (locksEverything(operation) || (operation.op === "mlockall" && this.kernel.facts === undefined))
      this.#lockedBefore.set(process, undefined);
    if (operation.op === "fork") this.#lockedBefore.set(operation.child, 0);
    if (operation.op === "mmap" && (operation.flags & MAP.GROWSDOWN) !== 0) this.#growsDown = true;
  }

  /**
   * The kernel chose an address outside the arena. Whether it was right to do so the model decides by itself; where exactly
   * it cannot know, since it does not know all of the process. What was put there is unmapped at once on both sides.
   */
  #placedElsewhere(operation: Operation, kernel: Result, placedAt: bigint): Difference | undefined {
    const own = this.model.clone().run(operation);
    const { process } = operation;
    const unmap: Operation = { op: "munmap", at: placedAt, length: mappedLength(operation), ...(process === undefined ? {} : { process }) };
    const placed = this.model.run(operation, { placedAt });
    this.kernel.run(unmap);
    this.model.run(unmap);
    return compareResults({ ...placed, outcome: own.outcome }, kernel, true, this.kernel.place);
  }

  /** VMAs and pages. */
  #compareState(process: ProcessId, operation: Operation, number: number): Difference | undefined {
    if (!this.#alive.runs(process)) return undefined;
    const withMaps = CHANGES_VMAS.has(operation.op) || this.#growsDown || number % MAPS_EVERY === 0;
    const difference = (withMaps ? this.#compareMaps(process) : undefined) ?? this.#comparePages(process);
    return difference === undefined ? undefined : { ...difference, process };
  }

  #compareMaps(process: ProcessId): Difference | undefined {
    const [at, length] = this.#range;
    const { place } = this.kernel;
    const model = mapsText(this.#oneNameEach(vmasOf(this.model.run({ op: "maps", at, length, process }))), place);
    const kernel = mapsText(this.kernel.vmas(process), place);
    return model === kernel ? undefined : { field: "maps", model, kernel };
  }

  #comparePages(process: ProcessId): Difference | undefined {
    const [at, length] = this.#range;
    const look: Operation = { op: "resident", at, length, process };
    const model = foldedPages(pagesOf(this.model.run(look)));
    const kernel = foldedPages(pagesOf(this.kernel.run(look)));
    return model === kernel ? undefined : { field: "resident", model, kernel };
  }

  /** A file that is open twice is one file to /proc/pid/maps. */
  #oneNameEach(vmas: readonly VmaRecord[]): VmaRecord[] {
    return vmas.map((vma) => ({ ...vma, object: this.sequence.objects[vma.object ?? ""]?.sameInodeAs ?? vma.object }));
  }

  /** Every process, with what costs more to look at: flags, locked memory, contents. */
  #compareAll(): Difference | undefined {
    for (const process of this.#alive.processes) {
      const difference =
        this.#compareMaps(process) ??
        this.#comparePages(process) ??
        this.#compareFlags(process) ??
        this.#compareLocked(process) ??
        this.#compareContents(process);
      if (difference !== undefined) return { ...difference, process };
    }
    return undefined;
  }

  #compareFlags(process: ProcessId): Difference | undefined {
    for (const [start, kernel] of this.kernel.flags(process)) {
      const { seen } = this.model.run({ op: "vmflags", at: start, process });
      const model = seen?.kind === "vmflags" ? flagsText(seen.flags) : "no VMA";
      if (model !== kernel) return { field: "vmflags", model, kernel, at: start };
    }
    return undefined;
  }

  #compareLocked(process: ProcessId): Difference | undefined {
    const before = this.#lockedBefore.get(process);
    if (before === undefined) return undefined;
    const { seen } = this.model.run({ op: "status", process });
    const [model, kernel] = [seen?.kind === "status" ? seen.vmLckKb : 0, this.kernel.lockedKib(process) - before];
    return model === kernel ? undefined : { field: "VmLck", model: String(model), kernel: String(kernel) };
  }

  #compareContents(process: ProcessId): Difference | undefined {
    const { vmas, pages } = this.#state(process);
    for (const { start, end, perms } of vmas) {
      if (perms.startsWith("---")) continue;
      for (let at = start; at < end; at += PAGE) {
        if (!"aAfFz".includes(pages[Number((at - this.kernel.place.base) / PAGE)] ?? ".")) continue;
        const kernel = this.kernel.contents(process, at);
        const { seen } = this.model.run({ op: "peek", at, length: Number(PAGE), process });
        const model = seen?.kind === "bytes" ? seen.bytes : new Uint8Array(0);
        const byte = kernel.findIndex((value, index) => value !== model[index]);
        if (byte >= 0) return { field: "contents", model: String(model[byte]), kernel: String(kernel[byte]), at: at + BigInt(byte) };
      }
    }
    return undefined;
  }

  get #range(): [at: bigint, length: bigint] {
    const { base, pages } = this.kernel.place;
    return [base, BigInt(pages) * PAGE];
  }

  #state(process: ProcessId): ArenaState {
    const [at, length] = this.#range;
    return { vmas: this.kernel.vmas(process), pages: pagesOf(this.kernel.run({ op: "resident", at, length, process })) };
  }
}

/** Two lines of letters as one that has `u` where either has. */
function either(before: string, after: string): string {
  return [...(after === "" ? before : after)].map((letter, page) => (before[page] === "u" ? "u" : letter)).join("");
}

/** The pages of the arena an operation works on; all of them where it names no range. */
function reachedPages(operation: Operation, { base, pages }: KernelSide["place"]): readonly [first: number, end: number] {
  if (!("at" in operation) || operation.op === "mremap") return [0, pages];
  const bytes =
    operation.op === "touch"
      ? BigInt((operation.count ?? 1) - 1) * BigInt(operation.stride ?? PAGE) + 1n
      : "length" in operation && operation.length !== undefined
        ? BigInt(operation.length)
        : 1n;
  // A stride may be negative, and a place chosen by the kernel is not the one asked for.
  if (bytes <= 0n || (operation.op === "mmap" && (operation.flags & MAP.FIXED) === 0)) return [0, pages];
  return [Math.max(0, Number((operation.at - base) / PAGE)), Number((operation.at + bytes - base + PAGE - 1n) / PAGE)];
}

function vmasOf({ seen }: Result): readonly VmaRecord[] {
  return seen?.kind === "maps" ? seen.vmas : [];
}

function pagesOf({ seen }: Result): string {
  return seen?.kind === "resident" ? seen.pages : "";
}
