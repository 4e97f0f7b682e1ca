/**
 * Which memory of the lab is served: by a pager, whose function resolves the page faults, or by the tracking of writes.
 * Comparisons ask here, since the model knows nothing of either; views ask, since this thread must not wait for itself.
 */
import type { AddressRange } from "../foreign.js";

/** What is done with a range. */
export type Service = "pager" | "tracked writes";

/** How far this side is in it. */
type State =
  /** Accesses wait for this side: one made by this very thread would wait for ever. */
  | "waits"
  /** The kernel itself notes what happens, and nothing waits. */
  | "watched"
  /** Over, but pages that this side put there are left. */
  | "left";

interface ServedRange extends AddressRange {
  readonly service: Service;
  readonly state: State;
}

let served: readonly ServedRange[] = [];

function overlaps(one: AddressRange, other: AddressRange): boolean {
  return one.start < other.end && one.end > other.start;
}

/** The parts of a range outside another. */
function without(range: ServedRange, gone: AddressRange): ServedRange[] {
  if (!overlaps(range, gone)) return [range];
  return [
    { ...range, end: gone.start > range.start ? gone.start : range.start },
    { ...range, start: gone.end < range.end ? gone.end : range.end },
  ].filter(({ start, end }) => start < end);
}

/** A range is served from now on. */
export function addServedMemory(range: AddressRange, service: Service, state: State): void {
  served = [...served, { ...range, service, state }];
}

/**
 * The kernel resolves the faults of a range again. Where accesses waited for this side, it has put pages there, which stay and
 * which the model still does not know.
 */
export function endService(range: AddressRange, service: Service): void {
  served = served.flatMap((entry) => {
    if (entry.service !== service || !overlaps(entry, range)) return [entry];
    return entry.state === "watched" ? without(entry, range) : [{ ...entry, state: "left" }];
  });
}

/** The contents of a range have moved to another, or the range has another length: service ends, and pages come along. */
export function moveServedMemory(from: AddressRange, to: AddressRange): void {
  const left = served.filter((entry) => overlaps(entry, from) && entry.state !== "watched");
  forgetServedMemory(from);
  forgetServedMemory(to);
  for (const { service } of left.slice(0, 1)) addServedMemory(to, service, "left");
}

/** A range is mapped no longer, or mapped anew. */
export function forgetServedMemory(range: AddressRange): void {
  served = served.flatMap((entry) => without(entry, range));
}

/** Who serves part of a range, or did; null where nobody. */
export function serviceOf(range: AddressRange): Service | null {
  return served.find((entry) => overlaps(entry, range))?.service ?? null;
}

/**
 * Refuses a direct view of memory whose faults only this thread can resolve.
 * @throws Error saying what to do instead
 */
export function refuseBlockingView(range: AddressRange): void {
  const entry = served.find((one) => one.state === "waits" && overlaps(one, range));
  if (entry === undefined) return;
  const what = entry.service === "pager" ? "a pager serves this memory" : "writes to this memory are tracked by events";
  throw new Error(
    `bytes: ${what}, so an access through a view would wait for this very thread, for ever. ` +
      `Use load, store and touch, or take the view after the ${entry.service === "pager" ? "pager" : "tracking"} is closed`,
  );
}
