/** Where a sequence runs on the live kernel, and how its arena is looked at from outside. */
import { closeSync, openSync } from "node:fs";
import { deviceText, fileFacts, readMaps } from "../../linux/index.js";
import {
  FIRST_PROCESS,
  type FileId,
  type ForeignMapping,
  type Operation,
  type ProcessId,
  type Result,
  type VmaRecord,
} from "../../model/index.js";
import type { Arena, KernelExecutor } from "../kernel/index.js";
import { ProcessExecutor } from "../kernel/index.js";
import type { Place } from "./difference.js";
import { contentsOf, flagsOfVmas, lockedKib, vmasBetween, type Pid } from "./look.js";

/** Where an arena lies in a process of its own, which has nothing near it. */
const OWN_ARENA = 0x6000_0000_0000n;
const PAGE = 4096n;

/** What a model must know about the process of a sequence before it starts. */
export interface ProcessFacts {
  /** The program break: where the heap would grow. */
  readonly heapStart: bigint;
  /** What is mapped already. */
  readonly foreign: readonly ForeignMapping[];
}

interface SequenceExecutor {
  run(operation: Operation): Result;
  close(): void;
  descriptorOf(file: FileId): number;
}

/** One sequence's place on the kernel: an executor, an arena, and the arena as /proc shows it. */
export class KernelSide {
  /** Letters of the files, by device and inode number. */
  readonly #files = new Map<string, FileId>();
  /** Descriptors of /proc/pid/mem. */
  readonly #memory = new Map<Pid, number>();

  private constructor(
    private readonly executor: SequenceExecutor,
    private readonly pidOf: (process: ProcessId) => Pid,
    readonly place: Place,
    /** Undefined in this very process, whose other mappings a sequence does not meet. */
    readonly facts: ProcessFacts | undefined,
    private readonly giveBack: () => void,
  ) {}

  /** In an arena of this process. @param kernel outlives the sequence */
  static inThisProcess(kernel: KernelExecutor, arena: Arena): KernelSide {
    return new KernelSide(
      kernel,
      () => "self",
      arena,
      undefined,
      () => arena.clear(),
    );
  }

  /** In a process made for it, which may fork, lose its rights, and end. @throws Errno where no process can be made */
  static inProcessOfItsOwn(pages: number): KernelSide {
    const kernel = new ProcessExecutor();
    try {
      const { outcome } = kernel.run({ op: "brk", to: 0n });
      const foreign = readMaps(kernel.pidOf(FIRST_PROCESS))
        .filter(({ end }) => end < 1n << 47n)
        .map(({ start, end, perms, path }) => ({ start, end, perms, object: path === "" ? null : path }));
      const facts = { heapStart: outcome.kind === "value" ? outcome.value : 0n, foreign };
      const place = { base: OWN_ARENA, pages };
      return new KernelSide(
        kernel,
        (process) => kernel.pidOf(process),
        place,
        facts,
        () => kernel.close(),
      );
    } catch (error) {
      kernel.close();
      throw error;
    }
  }

  /** Runs an operation; remembers which file an `open` made. */
  run(operation: Operation): Result {
    const result = this.executor.run(operation);
    if (operation.op === "open" && operation.sameInodeAs === undefined) {
      const { device, inode } = fileFacts(this.executor.descriptorOf(operation.file));
      this.#files.set(`${deviceText(device)} ${String(inode)}`, operation.file);
    }
    return result;
  }

  /** The VMAs of the arena, as the kernel lists them. The guards keep them from crossing its ends. */
  vmas(process: ProcessId): readonly VmaRecord[] {
    const [at, end] = this.#ends;
    return vmasBetween(at, end, (device, inode) => this.#files.get(`${device} ${String(inode)}`), this.pidOf(process));
  }

  /** The VmFlags of each VMA of the arena, by its start. */
  flags(process: ProcessId): ReadonlyMap<bigint, string> {
    return flagsOfVmas(...this.#ends, this.pidOf(process));
  }

  /** VmLck in KiB. */
  lockedKib(process: ProcessId): number {
    return lockedKib(this.pidOf(process));
  }

  /** The bytes of a page that is there. */
  contents(process: ProcessId, at: bigint): Uint8Array {
    const pid = this.pidOf(process);
    let memory = this.#memory.get(pid);
    if (memory === undefined) this.#memory.set(pid, (memory = openSync(`/proc/${String(pid)}/mem`, "r")));
    return contentsOf(memory, at, Number(PAGE));
  }

  /** Gives back everything the sequence left in the arena, or its processes. */
  close(): void {
    for (const memory of this.#memory.values()) closeSync(memory);
    this.giveBack();
  }

  get #ends(): [at: bigint, end: bigint] {
    const { base, pages } = this.place;
    return [base, base + BigInt(pages) * PAGE];
  }
}
