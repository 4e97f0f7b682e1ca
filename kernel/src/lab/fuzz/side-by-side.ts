/**
 * Runs a sequence on the model and on the live kernel and compares after every operation: outcome, faults, what was seen,
 * the VMAs and the pages of the arena; flags, locked memory and contents in the middle and at the end.
 */
import { closeSync, openSync } from "node:fs";
import { MAP } from "../../abi/index.js";
import { deviceText, fileFacts } from "../../linux/index.js";
import {
  guardOperations,
  openOperations,
  stepOperation,
  type Operation,
  type Result,
  type RunOptions,
  type VmaRecord,
} from "../../model/index.js";
import { Arena, KernelExecutor, NotRunnable } from "../kernel/index.js";
import { compareResults, foldedPages, inArena, mapsText, type Difference } from "./difference.js";
import { explainDifference } from "./explained.js";
import { contentsOf, flagsOfVmas, flagsText, lockedKib, vmasBetween } from "./look.js";
import { asScenario, type FuzzSequence } from "./sequence.js";

/** What is compared with the kernel: the model, or something that pretends to be it. */
export interface Predictor {
  run(operation: Operation, options?: RunOptions): Result;
  clone(): Predictor;
}

/** The kernel's answer to one step. */
export interface Answer {
  readonly operation: Operation;
  readonly result: Result;
}

/** The state of the arena, as the kernel shows it. */
export interface ArenaState {
  readonly vmas: readonly VmaRecord[];
  readonly pages: string;
}

/** How a sequence went. */
export interface SequenceReport {
  /** How many operations were compared, the one that differed included. */
  readonly compared: number;
  /** The kernel's answer to each step that ran, by the step's number; a step that would have ended the process has none. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** The first difference; the sequence ends there. */
  readonly difference: (Difference & { readonly step: number; readonly operation: Operation }) | null;
  /** Why the difference was to be expected; null where it was not, or where there is none. */
  readonly explanation: string | null;
  /** What the arena looked like at the end, to the kernel. */
  readonly state: ArenaState;
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
  "munlockall",
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

/** Runs sequences, one after the other, in one arena. */
export class SideBySide {
  readonly #kernel = new KernelExecutor();
  readonly #arena: Arena;
  readonly #memory = openSync("/proc/self/mem", "r");

  /**
   * @param fresh makes what is compared with the kernel, with nothing mapped yet
   * @param pages of the arena
   */
  constructor(
    private readonly fresh: () => Predictor,
    pages: number,
  ) {
    this.#arena = new Arena(pages);
  }

  /** Address of the arena. */
  get arenaBase(): bigint {
    return this.#arena.base;
  }

  /** Gives back everything. */
  close(): void {
    this.#arena.clear();
    this.#kernel.close();
    closeSync(this.#memory);
  }

  /** Runs one sequence from an empty arena up to its end or the first difference, and leaves the arena empty. */
  run(sequence: FuzzSequence): SequenceReport {
    const running = new RunningSequence(sequence, this.#kernel, this.fresh(), this.#arena, this.#memory);
    try {
      return running.run();
    } finally {
      running.tidy();
      this.#arena.clear();
    }
  }
}

/** One sequence while it runs. */
class RunningSequence {
  readonly #answers = new Map<number, Answer>();
  #lockedBefore = 0;
  #locksFuture = false;
  #growsDown = false;
  #transferByte = FIRST_TRANSFER_BYTE;
  readonly #opened: string[] = [];
  /** Letters of the files, by device and inode number. */
  readonly #files = new Map<string, string>();

  constructor(
    private readonly sequence: FuzzSequence,
    private readonly kernel: KernelExecutor,
    private readonly model: Predictor,
    private readonly arena: Arena,
    private readonly memory: number,
  ) {}

  run(): SequenceReport {
    const scenario = asScenario(this.sequence);
    const { base: arenaBase, pages: arenaPages } = this.arena;
    for (const operation of [...guardOperations(arenaBase, arenaPages), ...openOperations(scenario)]) {
      if (operation.op === "open") this.#opened.push(operation.file);
      const { outcome } = this.kernel.run(operation);
      if (outcome.kind !== "value")
        throw new Error(`a sequence cannot be set up: ${operation.op} ended with ${JSON.stringify(outcome)} on the kernel`);
      this.model.run(operation);
      if (operation.op === "open") {
        const { device, inode } = fileFacts(this.kernel.descriptorOf(operation.file));
        this.#files.set(`${deviceText(device)} ${String(inode)}`, operation.file);
      }
    }
    this.#lockedBefore = lockedKib();
    const last = this.sequence.steps.length - 1;
    for (const number of this.sequence.steps.keys()) {
      const operation = stepOperation(scenario, number, { arenaBase, arenaPages, initialBreak: 0n, transferByte: this.#transferByte });
      const ran = this.#step(operation, number);
      if (ran === "not runnable") continue;
      const difference =
        ran ?? this.#compareState(operation, number) ?? (number === last || number === last >> 1 ? this.#compareMore() : undefined);
      if (difference !== undefined) return this.#report(difference, operation, number);
    }
    return { compared: this.#answers.size, answers: this.#answers, difference: null, explanation: null, state: this.#state() };
  }

  /** Closes the files and takes back what outlives an arena. */
  tidy(): void {
    if (this.#locksFuture) this.kernel.run({ op: "munlockall" });
    for (const file of this.#opened) this.kernel.run({ op: "close", file });
  }

  #report(difference: Difference, operation: Operation, step: number): SequenceReport {
    const explanation = explainDifference(difference, { sequence: this.sequence, step });
    return {
      compared: this.#answers.size,
      answers: this.#answers,
      difference: { ...difference, step, operation },
      explanation,
      state: this.#state(),
    };
  }

  /** One operation on both. @returns the difference, if there is one */
  #step(operation: Operation, number: number): Difference | undefined | "not runnable" {
    let kernel: Result;
    try {
      kernel = this.kernel.run(operation);
    } catch (error) {
      if (error instanceof NotRunnable) return "not runnable";
      throw error;
    }
    this.#answers.set(number, { operation, result: kernel });
    if (operation.op === "mlockall" && kernel.outcome.kind === "value") this.#locksFuture = true;
    if (operation.op === "mmap" && (operation.flags & MAP.GROWSDOWN) !== 0) this.#growsDown = true;
    if (operation.op === "pread" && kernel.seen?.kind === "bytes") this.#transferByte = kernel.seen.bytes[0] ?? this.#transferByte;
    const { outcome } = kernel;
    if (!returnsAddress(operation) || outcome.kind !== "value" || inArena(outcome.value, this.arena))
      return compareResults(this.model.run(operation), kernel, returnsAddress(operation), this.arena);
    return this.#placedElsewhere(operation, kernel, outcome.value);
  }

  /**
   * The kernel chose an address outside the arena. Whether it was right to do so the model decides by itself; where exactly
   * it cannot know, since it does not know this process. What was put there is unmapped at once on both sides.
   */
  #placedElsewhere(operation: Operation, kernel: Result, placedAt: bigint): Difference | undefined {
    const own = this.model.clone().run(operation);
    const unmap: Operation = { op: "munmap", at: placedAt, length: mappedLength(operation) };
    const placed = this.model.run(operation, { placedAt });
    this.kernel.run(unmap);
    this.model.run(unmap);
    return compareResults({ ...placed, outcome: own.outcome }, kernel, true, this.arena);
  }

  /** VMAs and pages. */
  #compareState(operation: Operation, number: number): Difference | undefined {
    const [at, length] = this.#range;
    if (CHANGES_VMAS.has(operation.op) || this.#growsDown || number % MAPS_EVERY === 0) {
      const [model, kernel] = [
        mapsText(vmasOf(this.model.run({ op: "maps", at, length })), this.arena),
        mapsText(this.#vmas(), this.arena),
      ];
      if (model !== kernel) return { field: "maps", model, kernel };
    }
    const [model, kernel] = [
      pagesOf(this.model.run({ op: "resident", at, length })),
      pagesOf(this.kernel.run({ op: "resident", at, length })),
    ].map(foldedPages);
    return model === kernel ? undefined : { field: "resident", model: model ?? "", kernel: kernel ?? "" };
  }

  /** What costs more to look at: flags, locked memory, contents. */
  #compareMore(): Difference | undefined {
    const [at, length] = this.#range;
    for (const [start, kernel] of flagsOfVmas(at, at + length)) {
      const { seen } = this.model.run({ op: "vmflags", at: start });
      const model = seen?.kind === "vmflags" ? flagsText(seen.flags) : "no VMA";
      if (model !== kernel) return { field: "vmflags", model, kernel, at: start };
    }
    if (!this.#locksFuture) {
      const { seen } = this.model.run({ op: "status" });
      const [model, kernel] = [seen?.kind === "status" ? seen.vmLckKb : 0, lockedKib() - this.#lockedBefore];
      if (model !== kernel) return { field: "VmLck", model: String(model), kernel: String(kernel) };
    }
    return this.#compareContents();
  }

  #compareContents(): Difference | undefined {
    const { vmas, pages } = this.#state();
    for (const { start, end, perms } of vmas) {
      if (perms.startsWith("---")) continue;
      for (let at = start; at < end; at += PAGE) {
        if (!"aAfFz".includes(pages[Number((at - this.arena.base) / PAGE)] ?? ".")) continue;
        const kernel = contentsOf(this.memory, at, Number(PAGE));
        const { seen } = this.model.run({ op: "peek", at, length: Number(PAGE) });
        const model = seen?.kind === "bytes" ? seen.bytes : new Uint8Array(0);
        const byte = kernel.findIndex((value, index) => value !== model[index]);
        if (byte >= 0) return { field: "contents", model: String(model[byte]), kernel: String(kernel[byte]), at: at + BigInt(byte) };
      }
    }
    return undefined;
  }

  get #range(): [at: bigint, length: bigint] {
    return [this.arena.base, BigInt(this.arena.pages) * PAGE];
  }

  /** The VMAs of the arena, as the kernel lists them. The guards keep them from crossing its ends. */
  #vmas(): readonly VmaRecord[] {
    const [at, length] = this.#range;
    return vmasBetween(at, at + length, (device, inode) => this.#files.get(`${device} ${String(inode)}`));
  }

  #state(): ArenaState {
    const [at, length] = this.#range;
    return { vmas: this.#vmas(), pages: pagesOf(this.kernel.run({ op: "resident", at, length })) };
  }
}

function vmasOf({ seen }: Result): readonly VmaRecord[] {
  return seen?.kind === "maps" ? seen.vmas : [];
}

function pagesOf({ seen }: Result): string {
  return seen?.kind === "resident" ? seen.pages : "";
}
