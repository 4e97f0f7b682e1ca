/** The mappings of a cell by name, so that an address can be said in words. */
import { hex } from "./hex.js";
import type { Mapping } from "./mapping.js";

/** Remembers the mappings that were handed out, newest last. */
export class Labels {
  readonly #mappings: Mapping[] = [];
  #count = 0;

  /** The name the next mapping gets until the cell gives it a better one. */
  next(): string {
    this.#count += 1;
    return `mapping ${String(this.#count)}`;
  }

  add(mapping: Mapping): void {
    this.#mappings.push(mapping);
  }

  /** Forgets mappings that lie wholly within a range that was unmapped or replaced. */
  forget(start: bigint, end: bigint): void {
    for (let index = this.#mappings.length - 1; index >= 0; index -= 1) {
      const mapping = this.#mappings[index];
      if (mapping !== undefined && mapping.addr >= start && mapping.end <= end) this.#mappings.splice(index, 1);
    }
  }

  /** The newest mapping that holds an address. */
  holding(address: bigint): Mapping | null {
    return this.#mappings.findLast((mapping) => address >= mapping.addr && address < mapping.end) ?? null;
  }

  /** An address as "mapping 1+0x4000 (0x7f...)"; outside every mapping, as the nearest one within 1 MiB, else as digits. */
  place(address: bigint): string {
    const near = this.holding(address) ?? this.#nearest(address);
    if (near === null) return hex(address);
    const distance = address - near.addr;
    const sign = distance < 0n ? "-" : "+";
    return `${near.label}${sign}${hex(distance < 0n ? -distance : distance)} (${hex(address)})`;
  }

  #nearest(address: bigint): Mapping | null {
    const reach = 1n << 20n;
    return this.#mappings.findLast((mapping) => address >= mapping.addr - reach && address < mapping.end + reach) ?? null;
  }
}
