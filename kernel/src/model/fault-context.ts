/** What a fault runs with, and what it reports: which rule decided, and two numbers for its sentence. */
import type { AddressSpace } from "./address-space.js";
import { RULE } from "./fault-rules.js";
import type { FaultSource, KindNumber } from "./fault-types.js";
import type { Machine } from "./machine.js";

/** The surroundings of faults, and what the last one was: filled in by the fault path. */
export class FaultContext {
  rule: number = RULE.PERMITTED;
  a = 0;
  b = 0;

  constructor(
    readonly machine: Machine,
    readonly mm: AddressSpace,
    readonly source: FaultSource,
  ) {}

  /** Notes how a fault went. */
  end(kind: KindNumber, rule: number, a = 0, b = 0): KindNumber {
    this.rule = rule;
    this.a = a;
    this.b = b;
    return kind;
  }
}
