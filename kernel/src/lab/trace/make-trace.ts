/** Puts together the trace of a lab: its recording with the machine, the names of mappings, and what else is mapped. */
import { PAGE_SIZE } from "../../abi/index.js";
import type { ForeignRange, Trace, TraceLabel, VmaRecord } from "../../model/index.js";
import { subtract } from "../foreign.js";
import type { Lab } from "../lab.js";
import type { PairEvent } from "../pair.js";

/** Ranges that are nearer to each other than this are folded into one. */
const NEAR = 1n << 30n;

/**
 * The trace of all that a lab did so far, or of some of it with what came before.
 * @param title heads the figures
 * @param events what the trace is about, in order; all of it unless told
 * @returns null where none of the events was recorded: they changed nothing, or the recorder was full
 */
export function makeTrace(lab: Lab, title: string, events?: readonly PairEvent[]): Trace | null {
  const { recorder, machine } = lab;
  const span = events === undefined ? { start: 0, end: recorder.length } : recorder.spanOf(events.map(({ operation }) => operation));
  if (span === null) return null;
  const { steps, leftOut } = recorder.upTo(span.end);
  return {
    title,
    release: machine.release ?? lab.live.model.profile.release,
    pageSize: PAGE_SIZE,
    machine,
    foreign: folded(subtract(lab.kernelVmas(), lab.ownRanges())),
    labels: labelsOf(lab),
    steps,
    prologue: span.start,
    leftOut,
  };
}

function labelsOf(lab: Lab): TraceLabel[] {
  const mappings = new Set(lab.ownRanges().map(({ start }) => lab.labels.holding(start)));
  return [...mappings].flatMap((mapping) => (mapping === null ? [] : [{ text: mapping.label, start: mapping.addr, end: mapping.end }]));
}

function folded(foreign: readonly VmaRecord[]): ForeignRange[] {
  const ranges: ForeignRange[] = [];
  for (const { start, end } of foreign) {
    const last = ranges.at(-1);
    if (last !== undefined && start - last.end < NEAR) ranges[ranges.length - 1] = { start: last.start, end, mappings: last.mappings + 1 };
    else ranges.push({ start, end, mappings: 1 });
  }
  return ranges;
}
