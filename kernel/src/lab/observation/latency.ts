/** Turns recorded events into a latency view: one series a kind of call. */
import { MS } from "../../abi/index.js";
import type { Operation } from "../../model/index.js";
import type { LatencySeries, LatencyView } from "../../views/index.js";
import type { PairEvent } from "../pair.js";

/**
 * How long the calls that write back took.
 * @param title heads the figure
 * @param events in the order they happened
 * @returns null where no such call was timed
 */
export function latencyView(title: string, events: readonly PairEvent[]): LatencyView | null {
  const series = new Map<string, { ns: number[]; dirtyPages: number[] }>();
  for (const { operation, kernel, dirtyPages } of events) {
    const label = labelOf(operation);
    if (label === null || kernel?.tookNs === undefined) continue;
    const row = series.get(label) ?? { ns: [], dirtyPages: [] };
    series.set(label, row);
    row.ns.push(Math.round(kernel.tookNs));
    if (dirtyPages !== null) row.dirtyPages.push(dirtyPages);
  }
  if (series.size === 0) return null;
  return { kind: "latency", title, series: [...series].map(([label, row]) => toSeries(label, row)) };
}

function toSeries(label: string, { ns, dirtyPages }: { ns: number[]; dirtyPages: number[] }): LatencySeries {
  return dirtyPages.length === ns.length ? { label, ns, dirtyPages } : { label, ns };
}

function labelOf(operation: Operation): string | null {
  if (operation.op === "fsync") return operation.dataOnly === true ? "fdatasync" : "fsync";
  if (operation.op !== "msync") return null;
  const names = (["ASYNC", "INVALIDATE", "SYNC"] as const).filter((name) => (operation.flags & MS[name]) !== 0).map((name) => `MS_${name}`);
  return `msync ${names.length === 0 ? "0" : names.join("|")}`;
}
