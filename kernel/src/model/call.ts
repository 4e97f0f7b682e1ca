/** What one operation runs with: who makes it, under which rules, and where its faults and reasons are noted. */
import type { AddressSpace } from "./address-space.js";
import type { FaultLog } from "./fault-log.js";
import type { Machine } from "./machine.js";
import type { Process } from "./process.js";
import type { Trail } from "./reason.js";

/** The surroundings of one operation. */
export interface Call {
  readonly machine: Machine;
  readonly process: Process;
  readonly mm: AddressSpace;
  readonly trail: Trail;
  readonly faults: FaultLog;
  /** Page where the kernel is known to have put a mapping whose place it chose. */
  readonly placedAt: number | undefined;
}
