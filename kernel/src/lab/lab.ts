/**
 * The lab of one process: the live pair, the mappings a cell holds, and the descriptors it mapped.
 *
 * The functions of a cell (`mmap`, `munmap`, ...) build operations and hand them to `call`. This module sees to it that
 * they go to the right world, hit nothing of the runtime's own memory, and fail as errors that say why.
 */
import { PAGE_SIZE } from "../abi/index.js";
import { Errno, addressText, argument, bytes, mapsOfRange, type CallArgument } from "../linux/index.js";
import { FIRST_PROCESS, type Operation, type ProcessId, type Result, type VmaRecord } from "../model/index.js";
import { ChangedLimits } from "./changed-limits.js";
import { Ledger } from "./compare/ledger.js";
import type { Surroundings } from "./compare/surroundings.js";
import { Descriptors } from "./descriptors.js";
import { ForeignMemory, changedRanges, covered, foreignIn, subtract, type AddressRange } from "./foreign.js";
import { KernelExecutor } from "./kernel/index.js";
import { Labels } from "./labels.js";
import { machineOptions } from "./machine.js";
import { Mapping } from "./mapping.js";
import { refuseBlockingView } from "./pager/served-memory.js";
import { Pair, type PairEvent } from "./pair.js";
import { ProcessTable, inProcess, processName } from "./processes/process-table.js";
import type { Process } from "./processes/process.js";
import { reasonText } from "./reason.js";
import { Signal } from "./signal.js";
import { Recorder } from "./trace/recorder.js";
import { WatchedModel } from "./trace/watched-model.js";
import { whyRecordedDiffers } from "./trace/why-different.js";
import { Unmodelled } from "./unmodelled.js";
import { LiveWorld, PredictedWorld, ProcessWorld, type World } from "./world.js";

/** A mapping, or an address as a number that JavaScript holds exactly, or as a bigint. */
export type AddressLike = Mapping | bigint | number;

/** One past the last address a process can have, with five levels of page tables. */
const ADDRESS_SPACE_END = 1n << 56n;

/** Everything the cells of one process share. Cells use the one made by {@link theLab}. */
export class Lab {
  readonly kernel: KernelExecutor;
  readonly live: LiveWorld;
  readonly descriptors: Descriptors;
  /** The processes that cells made, by name. */
  readonly processes = new ProcessTable();
  /** The same as cells hold them, for ending them. */
  readonly children = new Set<Process>();
  readonly labels = new Labels(this.processes);
  /** The running comparison of every live call. */
  readonly ledger = new Ledger();
  /** Real calls that the model could not follow. */
  readonly unmodelled = new Unmodelled();
  /** Limits that cells changed, to be put back. */
  readonly limits = new ChangedLimits();
  /** What the model knows of the machine. */
  readonly machine = machineOptions();
  /** Every live call, to be replayed. */
  readonly recorder: Recorder;
  #world: World;

  constructor() {
    this.kernel = new KernelExecutor();
    const model = new WatchedModel(this.machine);
    this.live = new LiveWorld(new Pair(this.kernel, model));
    const around = (event: PairEvent): Surroundings => this.around(event.operation.process ?? FIRST_PROCESS);
    this.recorder = new Recorder((event) => whyRecordedDiffers(event, around(event)));
    model.watch(this.recorder);
    // The first to hear: others look around, and the model runs what they ask.
    this.live.listen((event) => this.recorder.entered(event));
    this.descriptors = new Descriptors(this.kernel, this.live.model);
    this.#world = this.live;
    this.live.pair.beforeEach(() => {
      this.descriptors.learn();
    });
    this.live.listen(() => {
      this.descriptors.settle();
    });
    this.live.listen((event) => this.ledger.enter(event, this.around(event.operation.process ?? FIRST_PROCESS)));
  }

  /** Where calls go now. */
  get world(): World {
    return this.#world;
  }

  /** Runs `body` with its calls going to `world`. */
  within<T>(world: World, body: () => T): T {
    const outer = this.#world;
    this.#world = world;
    try {
      return body();
    } finally {
      this.#world = outer;
    }
  }

  /**
   * A prediction that starts from the state the live model is in, with the rest of the address space as it is now.
   * @param release whose rules it follows; the live kernel's unless told
   */
  predictedWorld(release?: string): PredictedWorld {
    this.descriptors.learn();
    const model = release === undefined ? this.live.model.clone() : this.live.model.under(release);
    for (const process of this.livingProcesses())
      model.importForeign(subtract(this.kernelVmas(process), this.ownRanges(this.#live(process))), process);
    return new PredictedWorld(model);
  }

  /** The processes that run now, this one first. */
  livingProcesses(): ProcessId[] {
    const runs = (id: ProcessId): boolean => id === FIRST_PROCESS || this.kernel.endOf(id) === undefined;
    return this.live.model.running.filter(runs);
  }

  /** What a comparison asks about a process. One that has ended has nothing mapped. */
  around(process: ProcessId): Surroundings {
    const runs = (): boolean => this.livingProcesses().includes(process);
    return {
      process,
      vmaAt: (address) => (runs() ? this.vmaAt(address, process) : null),
      ownRanges: () => (runs() ? this.ownRanges(this.#live(process)) : []),
      foreignIn: (range) =>
        runs()
          ? foreignIn(range, this.kernelVmas(process), this.ownRanges(this.#live(process))).filter(
              // What a cell holds is its own, even where the model does not have it.
              ({ start }) => this.labels.holding(start, process) === null,
            )
          : [],
      knowsBytes: (range) => this.descriptors.knowsBytes(this.#ownVmas(range, process)),
      nameOfFile: (file) => this.descriptors.nameOfFile(file),
      writtenOutside: (file) => this.descriptors.outsideWrites(file) > 0,
      vmFlags: (address) => {
        const { seen } = this.kernel.run({ op: "vmflags", at: address, process });
        return seen?.kind === "vmflags" ? seen.flags : [];
      },
      place: (address) => this.place(address, process),
    };
  }

  /** An address in words, e.g. "mapping 1+0x4000 (0x7f...)". */
  place(address: bigint, process: ProcessId = FIRST_PROCESS): string {
    return this.labels.place(address, process);
  }

  /** The VMA that holds an address, as /proc/pid/maps has it now. */
  vmaAt(address: bigint, process: ProcessId = FIRST_PROCESS): VmaRecord | null {
    return this.kernelVmas(process).find(({ start, end }) => address >= start && address < end) ?? null;
  }

  /** Every VMA of a process, as /proc/pid/maps has it now. */
  kernelVmas(process: ProcessId = FIRST_PROCESS): readonly VmaRecord[] {
    const result = this.kernel.run({ op: "maps", at: 0n, length: 1n << 64n, process });
    return result.seen?.kind === "maps" ? result.seen.vmas : [];
  }

  /** The ranges that are the lab's, ascending: what the model has mapped. */
  ownRanges(world: World = this.live): AddressRange[] {
    return world.model.vmas(world.process).map(({ start, end }) => ({ start, end }));
  }

  /**
   * Runs a system call.
   * @param world where the mapping it works on exists
   * @param args the decoded arguments, for the error
   * @param name of the call, where the operation has another one
   * @throws Errno where it fails, with the model's reason
   * @throws ForeignMemory where it would change memory that is not the lab's
   */
  call(world: World, operation: Operation, args: () => readonly CallArgument[], name: string = operation.op): Result {
    const target = this.#target(world);
    if (target.kind === "live") this.protectForeign(name, operation, target.process);
    const result = target.run(operation);
    if (result.outcome.kind !== "errno") return result;
    const reasons = result.reason.length === 0 ? [] : [reasonText(result.reason)];
    const where = target.process === FIRST_PROCESS ? [] : [`This was${inProcess(target.process)}.`];
    const why = [...where, ...reasons].join("\n");
    throw new Errno(name, result.outcome.code, args(), why === "" ? undefined : why);
  }

  /**
   * Touches memory.
   * @throws Signal where an access is refused
   */
  access(world: World, operation: Extract<Operation, { op: "touch" }>): Result {
    const target = this.#target(world);
    if (target.kind === "live") this.protectForeign(operation.access === "write" ? "store" : operation.access, operation, target.process);
    const result = target.run(operation);
    if (result.outcome.kind === "signal") {
      const place = `${this.place(result.outcome.address, target.process)}${inProcess(target.process)}`;
      throw new Signal(result.outcome, operation.access, place, result.reason);
    }
    return result;
  }

  /**
   * Unmaps a range: what `munmap` and the end of a `using` block do.
   * @param at a page boundary
   * @param length in bytes
   */
  unmap(world: World, at: bigint, length: bigint): void {
    this.call(world, { op: "munmap", at, length }, () => rangeArguments(at, length));
    this.forget(at, length);
  }

  /** The mappings of a range are gone: their names are free. */
  forget(at: bigint, length: bigint): void {
    const { kind, process } = this.#world;
    if (kind === "live") this.labels.forget(at, at + length + BigInt(PAGE_SIZE - 1), process);
  }

  /** Hands out a mapping for a range that was just mapped. */
  hold(world: World, address: bigint, length: number, label = this.labels.next()): Mapping {
    const mapping = new Mapping(this, world, address, length, label);
    if (world.kind === "live") this.labels.add(mapping);
    return mapping;
  }

  /**
   * A zero-copy view of live memory, emptied when the range goes.
   * @throws RangeError where memory of the runtime lies in the range: the lab does not hear when that goes
   */
  view(address: bigint, length: number): Uint8Array {
    const range = { start: address, end: address + BigInt(length) };
    refuseBlockingView(range);
    // Only the range is looked at, however many VMAs there are elsewhere.
    const here = mapsOfRange(range.start, range.end).map((vma) => ({ ...vma, object: vma.path === "" ? null : vma.path }));
    const foreign = foreignIn(range, here, this.#ownVmas(range, FIRST_PROCESS));
    if (foreign.length > 0) throw new RangeError(new ForeignMemory("bytes", foreign).message);
    return bytes(address, length);
  }

  /** Refuses what cannot be done in a prediction. */
  requireLive(world: World, what: string): void {
    if (world.kind !== "live") throw new Error(`${what}: a prediction has no real memory. Do this outside predict().`);
  }

  /** Refuses, inside `child.run`, what can only be done in the notebook's own process. */
  requireOwnProcess(what: string): void {
    const { process } = this.#world;
    if (process !== FIRST_PROCESS)
      throw new Error(`${what}: this acts on the notebook's own process, not on ${processName(process)}. Do it outside of child.run()`);
  }

  /**
   * Refuses an operation that would change memory which is not the lab's.
   * @param what the call, for the error
   * @param process whose memory it is
   * @throws ForeignMemory naming what lies there
   */
  protectForeign(what: string, operation: Operation, process: ProcessId = FIRST_PROCESS): void {
    for (const range of changedRanges(operation)) {
      const own = this.#ownVmas(range, process);
      if (covered(range, own)) continue;
      const hit = foreignIn(range, this.kernelVmas(process), own).filter((vma) => operation.op !== "touch" || vma.perms.includes("w"));
      if (hit.length > 0) throw new ForeignMemory(what, hit);
    }
  }

  /** What of a range is the lab's, ascending. Only that range is looked at, however much is mapped elsewhere. */
  #ownVmas({ start, end }: AddressRange, process: ProcessId): readonly VmaRecord[] {
    const length = (end < ADDRESS_SPACE_END ? end : ADDRESS_SPACE_END) - start;
    if (length <= 0n) return [];
    const { seen } = this.live.model.run({ op: "maps", at: start, length, process });
    return seen?.kind === "maps" ? seen.vmas : [];
  }

  /**
   * Where calls on a mapping go: inside a prediction to the prediction, which began with a copy of live mappings, and inside
   * `child.run` to the child, which inherited its parent's.
   */
  #target(world: World): World {
    if (!world.open) throw new Error("this mapping belonged to a prediction that is over: it never existed. Make the real call.");
    const here = this.#world;
    if (!this.processes.descends(here.process, world.process)) {
      const maker = processName(world.process);
      throw new Error(`this mapping was made in ${maker} and is mapped only there: use it inside the run() of ${maker}`);
    }
    return here.kind === "prediction" || here.process !== world.process ? here : world;
  }

  #live(process: ProcessId): World {
    return process === FIRST_PROCESS ? this.live : new ProcessWorld(this.live, process);
  }
}

/** The arguments `addr` and `length` as an error shows them. */
export function rangeArguments(at: bigint, length: bigint): CallArgument[] {
  return [argument("addr", addressText(at)), argument("length", String(length))];
}
