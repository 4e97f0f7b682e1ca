/** Which processes an observation shows, and what happened in each. */
import { FIRST_PROCESS, type ProcessId } from "../../model/index.js";
import type { PairEvent } from "../pair.js";

/** The notebook's own process, and the others that ran at either moment or did something in between. */
export function processesShown(living: readonly ProcessId[], events: readonly PairEvent[]): ProcessId[] {
  const acted = events.map(({ operation }) => operation.process ?? FIRST_PROCESS);
  return [...new Set([FIRST_PROCESS, ...living, ...acted])].sort((a, b) => a - b);
}

/** What happened in one process, in order. */
export function eventsOf(process: ProcessId, events: readonly PairEvent[]): PairEvent[] {
  return events.filter(({ operation }) => (operation.process ?? FIRST_PROCESS) === process);
}
