/**
 * Where the memory of a trace lies when it is replayed for real: the addresses of the recording belong to another process, and
 * are taken here. What lay together lies together again, each stretch moved by one distance, in the same order, and alike
 * within a huge page.
 */
import { MAP, MREMAP } from "../../abi/index.js";
import type { Operation, Outcome, Result, TraceStep } from "../../model/index.js";
import type { AddressRange } from "../foreign.js";
import { joined } from "../observation/mappings.js";

/** Below where mmap(2) places mappings by itself, and above the heap, in a process that holds nothing else. */
const ARENA = 0x6000_0000_0000n;
const ARENA_END = 0x7000_0000_0000n;
const HUGE_PAGE = 1n << 21n;
/** So far around what was mapped, an address moves with it: an access just behind the end is still just behind the end. */
const MARGIN = 4n * HUGE_PAGE;

/** A stretch of addresses, and how far it is moved. */
interface Stretch extends AddressRange {
  readonly by: bigint;
}

export class Relocation {
  readonly #stretches: readonly Stretch[];

  /**
   * @param steps of the trace
   * @throws Error where the recorded memory is larger than the arena
   */
  constructor(steps: readonly TraceStep[]) {
    let free = ARENA;
    this.#stretches = joined(steps.flatMap(mappedBy)).map(({ start, end }) => {
      const by = free - start;
      free = aligned(free + end - start) + HUGE_PAGE;
      return { start, end, by };
    });
    if (free > ARENA_END)
      throw new Error(
        `The trace maps more address space than a replay has (${String((ARENA_END - ARENA) >> 40n)} TiB). Replay it on the model.`,
      );
  }

  /** Where a recorded address lies in the replay; addresses far from everything that was mapped stay. */
  there(address: bigint): bigint {
    const stretch = this.#stretches.find(({ start, end }) => address >= start && address < end);
    return stretch === undefined ? address : address + stretch.by;
  }

  /** The recorded address of one in the replay. */
  back(address: bigint): bigint {
    const stretch = this.#stretches.find(({ start, end, by }) => address >= start + by && address < end + by);
    return stretch === undefined ? address : address - stretch.by;
  }

  /**
   * An operation as it is run in the replay. Where the kernel chose the address, it is asked for the same one again.
   * @param breakBy how far the program break of the replay is from the recorded one
   */
  operationThere({ operation, result }: TraceStep, breakBy: bigint): Operation {
    const chosen = result?.outcome.kind === "value" ? result.outcome.value : null;
    switch (operation.op) {
      case "mmap": {
        const fixed = (operation.flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0;
        if (fixed || chosen === null) return { ...operation, at: this.there(operation.at) };
        return { ...operation, at: this.there(chosen), flags: operation.flags | MAP.FIXED_NOREPLACE };
      }
      case "mremap": {
        const [at, to] = [this.there(operation.at), this.there(operation.to)];
        if (chosen === null || chosen === operation.at) return { ...operation, at, to };
        return { ...operation, at, to: this.there(chosen), flags: operation.flags | MREMAP.MAYMOVE | MREMAP.FIXED };
      }
      case "brk":
        return { ...operation, to: operation.to === 0n ? 0n : operation.to + breakBy };
      default:
        return "at" in operation ? { ...operation, at: this.there(operation.at) } : operation;
    }
  }

  /** A result of the replay with recorded addresses. */
  resultBack({ op }: Operation, result: Result, breakBy: bigint): Result {
    return { ...result, outcome: this.#outcomeBack(op, result.outcome, breakBy) };
  }

  #outcomeBack(op: Operation["op"], outcome: Outcome, breakBy: bigint): Outcome {
    if (outcome.kind === "signal") return { ...outcome, address: this.back(outcome.address) };
    if (outcome.kind === "errno") return outcome;
    if (op === "brk") return { ...outcome, value: outcome.value - breakBy };
    return op === "mmap" || op === "mremap" ? { ...outcome, value: this.back(outcome.value) } : outcome;
  }
}

/** What a step mapped, with the margin around it. */
function mappedBy({ operation, result }: TraceStep): AddressRange[] {
  const at = result?.outcome.kind === "value" ? result.outcome.value : null;
  if (at === null) return [];
  if (operation.op === "mmap") return [around(at, operation.length)];
  if (operation.op === "mremap") return [around(at, operation.newLength), around(operation.at, operation.oldLength)];
  return [];
}

function around(at: bigint, length: bigint): AddressRange {
  const start = at - MARGIN - (at % HUGE_PAGE);
  return { start: start < 0n ? 0n : start, end: aligned(at + length + MARGIN) };
}

function aligned(address: bigint): bigint {
  return ((address + HUGE_PAGE - 1n) / HUGE_PAGE) * HUGE_PAGE;
}
