/** Turns recorded events into the columns of a faults view. */
import { PAGE_SHIFT } from "../../abi/index.js";
import type { Fault, Result } from "../../model/index.js";
import type { FaultColumns, FaultsView, Source, VmaView } from "../../views/index.js";
import { hex } from "../hex.js";
import type { PairEvent } from "../pair.js";

const KIND_LETTER = { minor: "m", major: "M", signal: "s" } as const;
const ACCESS_LETTER = { read: "r", write: "w", exec: "x" } as const;

/** Distinct reasons that a view carries; faults beyond are shown without, so that outputs stay small. */
const MOST_REASONS = 500;

/** Faults that a source lists; of more, the plain ones are thinned evenly. The counts stay those of all. */
const MOST_LISTED = 100_000;

interface TimedFault {
  readonly fault: Fault;
  /** Nanoseconds inside the operations, from the first one on. */
  readonly atNs: number | null;
  readonly reason: string | null;
}

/**
 * The faults of some events, for the kernel (where it ran) and the model.
 * @param title heads the figure
 * @param events in the order they happened
 * @param vmas names the addresses
 * @returns null where nothing faulted in either
 */
export function faultsView(title: string, events: readonly PairEvent[], vmas: readonly VmaView[]): FaultsView | null {
  const real = events.some((event) => event.kernel !== null);
  const kernelFaults = timedFaults(events);
  const modelFaults = events.flatMap((event) => event.model.faults.map((fault) => ({ fault, atNs: null, reason: words(fault) })));
  const all = [...kernelFaults, ...modelFaults];
  if (all.length === 0) return null;
  const basePage =
    all.reduce((least, { fault }) => (fault.address < least ? fault.address : least), all[0]?.fault.address ?? 0n) >> BigInt(PAGE_SHIFT);
  const sources: FaultColumns[] = [];
  if (real) {
    const results = events.flatMap((event) => event.kernel ?? []);
    const instruments = new Set(results.flatMap((result) => (result.faults.length > 0 ? (result.instrument ?? []) : [])));
    sources.push(columns("kernel", [...instruments].join(", ") || "counters", kernelFaults, results, basePage));
  }
  const results = events.map((event) => event.model);
  sources.push(columns("model", "model", modelFaults, results, basePage));
  return { kind: "faults", title, pageSize: 1 << PAGE_SHIFT, base: hex(basePage << BigInt(PAGE_SHIFT)), vmas, sources };
}

/**
 * The kernel's faults, each with the model's reason for the same address in the same operation. Only the time inside the
 * operations counts: what passes between them is the notebook's own.
 */
function timedFaults(events: readonly PairEvent[]): TimedFault[] {
  let before = 0;
  return events.flatMap(({ kernel, model }) => {
    if (kernel === null) return [];
    const reasons = new Map(model.faults.map((fault) => [fault.address >> BigInt(PAGE_SHIFT), words(fault)]));
    const faults = kernel.faults.map((fault) => ({
      fault,
      atNs: fault.atNs === undefined ? null : before + fault.atNs,
      reason: reasons.get(fault.address >> BigInt(PAGE_SHIFT)) ?? null,
    }));
    before += kernel.tookNs ?? 0;
    return faults;
  });
}

function words(fault: Fault): string | null {
  return fault.reason === undefined || fault.reason.length === 0 ? null : fault.reason.map(({ text }) => text).join(" ");
}

function columns(
  source: Source,
  instrument: string,
  recorded: readonly TimedFault[],
  results: readonly Result[],
  basePage: bigint,
): FaultColumns {
  const faults = listed(recorded, MOST_LISTED);
  const minor = results.reduce((sum, result) => sum + result.counts.minor, 0);
  const major = results.reduce((sum, result) => sum + result.counts.major, 0);
  const reasons = [...new Set(faults.flatMap(({ reason }) => reason ?? []))].slice(0, MOST_REASONS);
  const index = new Map(reasons.map((reason, position) => [reason, position]));
  return {
    source,
    instrument,
    minor,
    major,
    lost: results.reduce((sum, result) => sum + (result.lost ?? 0), 0),
    page: faults.map(({ fault }) => Number((fault.address >> BigInt(PAGE_SHIFT)) - basePage)),
    atNs: faults.every(({ atNs }) => atNs !== null) && faults.length > 0 ? faults.map(({ atNs }) => Math.round(atNs ?? 0)) : null,
    tookNs:
      faults.every(({ fault }) => fault.tookNs !== undefined) && faults.length > 0
        ? faults.map(({ fault }) => Math.round(fault.tookNs ?? 0))
        : null,
    faultKind: faults.map(({ fault }) => KIND_LETTER[fault.kind]).join(""),
    access: faults.map(({ fault }) => ACCESS_LETTER[fault.access]).join(""),
    reason: reasons.length === 0 ? null : faults.map(({ reason }) => (reason === null ? -1 : (index.get(reason) ?? -1))),
    reasons,
  };
}

/** At most `most` faults, in their order: every major one and every signal as far as they fit, and minor ones evenly. */
function listed(faults: readonly TimedFault[], most: number): readonly TimedFault[] {
  if (faults.length <= most) return faults;
  const rare = faults.filter(({ fault }) => fault.kind !== "minor").length;
  const room = Math.max(0, most - rare);
  const minor = faults.length - rare;
  let seen = 0;
  let kept = 0;
  return faults.filter(({ fault }) => {
    if (kept === most) return false;
    let keep = true;
    if (fault.kind === "minor") {
      // The first of each of `room` equal stretches.
      keep = Math.floor((seen * room) / minor) !== Math.floor(((seen - 1) * room) / minor);
      seen += 1;
    }
    if (keep) kept += 1;
    return keep;
  });
}
