/** The mappings of a cell by name, so that an address can be said in words. */
import { FIRST_PROCESS, type ProcessId } from "../model/index.js";
import { hex } from "./hex.js";
import type { Mapping } from "./mapping.js";
import type { ProcessTable } from "./processes/process-table.js";

/** Remembers the mappings that were handed out, newest last. */
export class Labels {
  readonly #mappings: Mapping[] = [];
  #count = 0;

  /** @param processes tells whose mappings a process may have inherited */
  constructor(private readonly processes: ProcessTable) {}

  /** The name the next mapping gets until the cell gives it a better one. */
  next(): string {
    this.#count += 1;
    return `mapping ${String(this.#count)}`;
  }

  add(mapping: Mapping): void {
    this.#mappings.push(mapping);
  }

  /** Forgets mappings of a process that lie wholly within a range that was unmapped or replaced there. */
  forget(start: bigint, end: bigint, process: ProcessId = FIRST_PROCESS): void {
    for (let index = this.#mappings.length - 1; index >= 0; index -= 1) {
      const mapping = this.#mappings[index];
      if (mapping?.in.process === process && mapping.addr >= start && mapping.end <= end) this.#mappings.splice(index, 1);
    }
  }

  /** The newest mapping that holds an address, of those the process made or inherited. */
  holding(address: bigint, process: ProcessId = FIRST_PROCESS): Mapping | null {
    return this.#newest(process, (mapping) => address >= mapping.addr && address < mapping.end);
  }

  /** An address as "mapping 1+0x4000 (0x7f...)"; outside every mapping, as the nearest one within 1 MiB, else as digits. */
  place(address: bigint, process: ProcessId = FIRST_PROCESS): string {
    const near = this.holding(address, process) ?? this.#nearest(address, process);
    if (near === null) return hex(address);
    const distance = address - near.addr;
    const sign = distance < 0n ? "-" : "+";
    return `${near.label}${sign}${hex(distance < 0n ? -distance : distance)} (${hex(address)})`;
  }

  #nearest(address: bigint, process: ProcessId): Mapping | null {
    const reach = 1n << 20n;
    return this.#newest(process, (mapping) => address >= mapping.addr - reach && address < mapping.end + reach);
  }

  #newest(process: ProcessId, fits: (mapping: Mapping) => boolean): Mapping | null {
    return this.#mappings.findLast((mapping) => fits(mapping) && this.processes.descends(process, mapping.in.process)) ?? null;
  }
}
