/**
 * The lab of one process: the live pair, the mappings a cell holds, and the descriptors it mapped.
 *
 * The functions of a cell (`mmap`, `munmap`, ...) build operations and hand them to `call`. This module sees to it that
 * they go to the right world, hit nothing of the runtime's own memory, and fail as errors that say why.
 */
import { PAGE_SIZE } from "../abi/index.js";
import { Errno, addressText, argument, bytes, type CallArgument } from "../linux/index.js";
import type { Operation, Result, VmaRecord } from "../model/index.js";
import { Ledger } from "./compare/ledger.js";
import { Descriptors } from "./descriptors.js";
import { ForeignMemory, changedRanges, covered, foreignIn, subtract, type AddressRange } from "./foreign.js";
import { KernelExecutor } from "./kernel/index.js";
import { Labels } from "./labels.js";
import { machineModel } from "./machine.js";
import { Mapping } from "./mapping.js";
import { Pair } from "./pair.js";
import { reasonText } from "./reason.js";
import { Signal } from "./signal.js";
import { LiveWorld, PredictedWorld, type World } from "./world.js";

/** A mapping, or an address as a number that JavaScript holds exactly, or as a bigint. */
export type AddressLike = Mapping | bigint | number;

/** Everything the cells of one process share. Cells use the one made by {@link theLab}. */
export class Lab {
  readonly kernel: KernelExecutor;
  readonly live: LiveWorld;
  readonly descriptors: Descriptors;
  readonly labels = new Labels();
  /** The running comparison of every live call. */
  readonly ledger = new Ledger();
  #world: World;

  constructor() {
    this.kernel = new KernelExecutor();
    this.live = new LiveWorld(new Pair(this.kernel, machineModel()));
    this.descriptors = new Descriptors(this.kernel, this.live.model);
    this.#world = this.live;
    this.live.listen((event) => this.ledger.enter(event, this));
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

  /** A prediction that starts from the state the live model is in, with the rest of the address space as it is now. */
  predictedWorld(): PredictedWorld {
    const model = this.live.model.clone();
    model.importForeign(subtract(this.kernelVmas(), this.ownRanges()));
    return new PredictedWorld(model);
  }

  /** An address in words, e.g. "mapping 1+0x4000 (0x7f...)". */
  place(address: bigint): string {
    return this.labels.place(address);
  }

  /** The VMA that holds an address, as /proc/self/maps has it now. */
  vmaAt(address: bigint): VmaRecord | null {
    return this.kernelVmas().find(({ start, end }) => address >= start && address < end) ?? null;
  }

  /** Every VMA of this process, as /proc/self/maps has it now. */
  kernelVmas(): readonly VmaRecord[] {
    const result = this.kernel.run({ op: "maps", at: 0n, length: 1n << 64n });
    return result.seen?.kind === "maps" ? result.seen.vmas : [];
  }

  /** The ranges that are the lab's, ascending: what the model has mapped. */
  ownRanges(world: World = this.live): AddressRange[] {
    return world.model.vmas().map(({ start, end }) => ({ start, end }));
  }

  /**
   * Runs a system call.
   * @param world where the mapping it works on exists
   * @param args the decoded arguments, for the error
   * @throws Errno where it fails, with the model's reason
   * @throws ForeignMemory where it would change memory that is not the lab's
   */
  call(world: World, operation: Operation, args: () => readonly CallArgument[]): Result {
    const target = this.#target(world);
    if (target.kind === "live") this.#protectForeign(operation);
    const result = target.run(operation);
    if (result.outcome.kind !== "errno") return result;
    const reason = result.reason.length === 0 ? undefined : reasonText(result.reason);
    throw new Errno(operation.op, result.outcome.code, args(), reason);
  }

  /**
   * Touches memory.
   * @throws Signal where an access is refused
   */
  access(world: World, operation: Extract<Operation, { op: "touch" }>): Result {
    const target = this.#target(world);
    if (target.kind === "live") this.#protectForeign(operation);
    const result = target.run(operation);
    if (result.outcome.kind === "signal") {
      throw new Signal(result.outcome, operation.access, this.place(result.outcome.address), result.reason);
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
    if (this.#world.kind === "live") this.labels.forget(at, at + length + BigInt(PAGE_SIZE - 1));
  }

  /** Hands out a mapping for a range that was just mapped. */
  hold(world: World, address: bigint, length: number, label = this.labels.next()): Mapping {
    const mapping = new Mapping(this, world, address, length, label);
    if (world.kind === "live") this.labels.add(mapping);
    return mapping;
  }

  /** A zero-copy view of live memory, emptied when the range goes. */
  view(address: bigint, length: number): Uint8Array {
    return bytes(address, length);
  }

  /** Refuses what cannot be done in a prediction. */
  requireLive(world: World, what: string): void {
    if (world.kind !== "live") throw new Error(`${what}: a prediction has no real memory. Do this outside predict().`);
  }

  /** Inside a prediction, calls on live mappings go to the prediction, which began with a copy of them. */
  #target(world: World): World {
    if (!world.open) throw new Error("this mapping belonged to a prediction that is over: it never existed. Make the real call.");
    return this.#world.kind === "prediction" ? this.#world : world;
  }

  #protectForeign(operation: Operation): void {
    const own = this.ownRanges();
    for (const range of changedRanges(operation)) {
      if (covered(range, own)) continue;
      const hit = foreignIn(range, this.kernelVmas(), own).filter((vma) => operation.op !== "touch" || vma.perms.includes("w"));
      if (hit.length > 0) throw new ForeignMemory(operation.op === "touch" ? "store" : operation.op, hit);
    }
  }
}

/** The arguments `addr` and `length` as an error shows them. */
export function rangeArguments(at: bigint, length: bigint): CallArgument[] {
  return [argument("addr", addressText(at)), argument("length", String(length))];
}
