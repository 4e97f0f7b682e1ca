/**
 * The fault trace: every page fault that a stretch of a program takes. It uses the best source the machine allows and
 * says which:
 *  1. perf events: each fault with its address and time, whatever takes it;
 *  2. counters around each touch: getrusage(2) before and after each touch tells whether it faulted. Faults of system
 *     calls are only counted, and a touch costs some 0.3 microseconds more.
 * A third is used only where it is asked for: userfaultfd, where each first access to a page of anonymous or shared memory
 * waits until the page has been put there (userfault-trace.ts). It is no fallback, because it sees less than the counters and
 * changes what it looks at: no copy-on-write and no fault of a file is seen, system calls that meet the memory fail with EFAULT
 * without privileges, the range is split from its VMA and merges with nothing while it is registered, no huge page is used,
 * and each fault takes the time of two thread switches.
 */
import { Errno } from "../../linux/index.js";
import { ticksToNs } from "../clock.js";
import type { Program, ProgramBuffer, Sampling, TouchStep } from "../program.js";
import type { ProgramRun } from "../run.js";
import { SERVED_SAMPLES } from "../userfault/serving.js";
import { userfaultfdAbility } from "./ability.js";
import { PerfFaults, perfRefusal, type PerfBracket, type PerfFault, type PerfReading } from "./perf-faults.js";
import { UserfaultTrace } from "./userfault-trace.js";

/** Where a trace comes from. */
export type TraceSourceName = "perf events" | "userfaultfd" | "counters around each touch";

/** The source in use, and why it is not a better one. */
export interface TraceSource {
  readonly name: TraceSourceName;
  /** What is not seen and why, with what would change it; undefined where nothing is missing. */
  readonly missing: string | undefined;
}

/** One fault. */
export interface TracedFault {
  readonly address: bigint;
  readonly kind: "minor" | "major";
  /** Nanoseconds since the trace was switched on. */
  readonly atNs: number;
  /** How long the touch took that raised it; undefined for a fault inside a system call. */
  readonly tookNs: number | undefined;
}

/** The faults of one stretch. */
export interface FaultTrace {
  readonly source: TraceSource;
  readonly faults: readonly TracedFault[];
  /** Faults that were counted but not recorded. */
  readonly lost: number;
}

/** A touch step whose faults are wanted, with the step's index. */
export interface TracedTouch {
  readonly step: number;
  readonly touch: TouchStep;
}

/** A stretch of a program under trace. */
export interface TraceBracket {
  readonly clockStep: number;
  readonly clock: ProgramBuffer;
  readonly perf: PerfBracket | undefined;
  /** The last step under trace. */
  readonly lastStep: number;
}

const CLOCK_MONOTONIC = 1;
/** Faults that another process takes on the way to a program: one for each page of the memory that a program may use, and some. */
const ITS_OWN_FAULTS = 1024;
/** Without a ring only the memory for samples limits one program: 8 MiB of it. */
const COUNTER_CAPACITY = 1 << 18;

/** Chooses a source and traces programs with it. Belongs to the thread that made it. */
export class FaultTracer {
  readonly #perf: PerfFaults | undefined;
  readonly #userfaults: UserfaultTrace | undefined;
  /** The events are another process's: they are switched on and off from here, around the whole program. */
  readonly #remote: boolean;
  #reading: PerfReading = { faults: [], lost: 0 };
  /** The source in use. */
  readonly source: TraceSource;

  /**
   * @param only leaves out better sources, to try another; where the machine does not allow it, the next one is used
   * @param pid the process that runs the programs, where it is not this one
   */
  constructor(only?: TraceSourceName, pid?: number) {
    const { perf, userfaults, name, missing } = choose(only, pid);
    this.#perf = perf;
    this.#userfaults = userfaults;
    this.#remote = pid !== undefined;
    this.source = { name, missing };
  }

  /** How touches must be sampled for this source. */
  get sampling(): Exclude<Sampling, "none"> {
    return this.#perf === undefined ? "counters" : "times";
  }

  /**
   * Prepares for a number of faults.
   * @returns how many one program may raise without loss; run more in several programs
   */
  reserve(faults: number): number {
    if (this.#userfaults !== undefined) return SERVED_SAMPLES;
    if (this.#perf === undefined) return COUNTER_CAPACITY;
    const besides = this.#remote ? ITS_OWN_FAULTS : 0;
    this.#perf.reserve(faults + besides);
    return Math.max(1, this.#perf.capacity - besides);
  }

  /** Adds the steps that switch the trace on. */
  begin(program: Program): Pick<TraceBracket, "clock" | "clockStep"> {
    const clock = program.buffer(16);
    const clockStep = program.syscall("clock_gettime", [CLOCK_MONOTONIC, clock]);
    if (!this.#remote) this.#perf?.begin(program);
    return { clock, clockStep };
  }

  /** Adds the steps that switch it off again. */
  end(program: Program, begun: Pick<TraceBracket, "clock" | "clockStep">): TraceBracket {
    // The end of the stretch, by the clock of the samples; a program of this process marks it by switching the events off.
    const lastStep = this.#remote ? program.syscall("gettid", []) : begun.clockStep;
    return { ...begun, lastStep, perf: this.#remote ? undefined : this.#perf?.end(program) };
  }

  /**
   * Runs a program with the trace in it. A source may need the program to run in a way of its own.
   * @param touches its touch steps, as for {@link read}
   * @param plain runs it in the ordinary way
   */
  run(program: Program, touches: readonly TouchStep[], plain: () => ProgramRun): ProgramRun {
    if (this.#userfaults !== undefined) return this.#userfaults.run(program, touches);
    if (this.#perf === undefined || !this.#remote) return plain();
    const { result, reading } = this.#perf.around(plain);
    this.#reading = reading;
    return result;
  }

  /**
   * The faults of a run.
   * @param touches the touch steps between begin and end, in order; they must have this tracer's `sampling`
   */
  read(run: ProgramRun, bracket: TraceBracket, touches: readonly TracedTouch[]): FaultTrace {
    const start = run.after(bracket.clockStep);
    if (this.#userfaults !== undefined) return { source: this.source, ...this.#userfaults.read(run, touches, start) };
    if (this.#perf === undefined) {
      return { source: this.source, faults: touches.flatMap((touch) => faultsByCounters(run, touch, start)), lost: 0 };
    }
    const { faults, lost } = bracket.perf === undefined ? this.#reading : this.#perf.read(run, bracket.perf);
    const clock = run.view(bracket.clock);
    const startNs = clock.getBigInt64(0, true) * 1_000_000_000n + clock.getBigInt64(8, true);
    const endNs = startNs + BigInt(Math.ceil(ticksToNs(run.before(bracket.lastStep) - start)));
    // Before and behind, the other process took faults of its own: coming to the program, and waiting for the next.
    const within = this.#remote ? faults.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs) : faults;
    return { source: this.source, faults: matched(run, touches, within, start, startNs), lost };
  }

  /** Gives the source back. */
  close(): void {
    this.#perf?.close();
  }
}

/** The sources as they are chosen. */
interface Choice {
  readonly perf?: PerfFaults;
  readonly userfaults?: UserfaultTrace;
  readonly name: TraceSourceName;
  readonly missing: string | undefined;
}

function choose(only: TraceSourceName | undefined, pid: number | undefined): Choice {
  const counters = "counters around each touch";
  if (only === counters) return { name: counters, missing: "faults of system calls are only counted; perf events were not asked for" };
  if (only === "userfaultfd") {
    const { allowed, how } = userfaultfdAbility();
    if (allowed === "no") return { name: counters, missing: `no userfaultfd: ${how ?? ""}` };
    const missing =
      "only the first access to each page of anonymous or shared memory is seen, and its time includes being served by another thread";
    return { userfaults: new UserfaultTrace(), name: only, missing };
  }
  const { perf, missing } = openPerf(pid);
  return perf === undefined ? { name: counters, missing } : { perf, name: "perf events", missing };
}

function openPerf(pid: number | undefined): { readonly perf: PerfFaults | undefined; readonly missing: string | undefined } {
  try {
    return { perf: new PerfFaults(true, pid), missing: undefined };
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
  }
  try {
    const missing =
      "faults taken inside system calls are counted but not listed: that needs kernel.perf_event_paranoid 1 or less, or CAP_PERFMON";
    return { perf: new PerfFaults(false, pid), missing };
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
    return { perf: undefined, missing: `no perf events: ${perfRefusal(refused)}` };
  }
}

function touchAddress({ at, stride = 4096 }: TouchStep, index: number): bigint {
  return BigInt.asUintN(64, at + BigInt(stride) * BigInt(index));
}

/** Touches that ran: those that succeeded, and the one that raised a signal, whose fault is no fault served. */
function faultsByCounters(run: ProgramRun, { step, touch }: TracedTouch, start: bigint): TracedFault[] {
  const faults: TracedFault[] = [];
  for (let i = 0; i < run.touched(step); i++) {
    const { before, after, minor, major } = run.sample(step, i);
    const fault = { address: touchAddress(touch, i), atNs: ticksToNs(before - start), tookNs: ticksToNs(after - before) };
    for (let n = 0; n < major; n++) faults.push({ ...fault, kind: "major" });
    for (let n = 0; n < minor; n++) faults.push({ ...fault, kind: "minor" });
  }
  return faults;
}

/** Which touch of the step an address belongs to, at or after touch `from`; undefined where none has it. */
function touchIndex({ at, stride = 4096 }: TouchStep, address: bigint, from: number, ran: number): number | undefined {
  const distance = BigInt.asIntN(64, address - at);
  if (stride === 0) return distance === 0n && from < ran ? from : undefined;
  if (distance % BigInt(stride) !== 0n) return undefined;
  const index = Number(distance / BigInt(stride));
  return index >= from && index < ran ? index : undefined;
}

/** Gives each recorded fault the time of the touch that raised it; the record's own time where no touch did. */
function matched(
  run: ProgramRun,
  touches: readonly TracedTouch[],
  faults: readonly PerfFault[],
  start: bigint,
  startNs: bigint,
): TracedFault[] {
  let touchStep = 0;
  let from = 0;
  return faults.map(({ address, kind, timeNs }) => {
    for (let i = touchStep; i < touches.length; i++) {
      const traced = touches[i];
      if (traced === undefined) break;
      // The touch that raised a signal ran as well: a file fault may be retried before the signal comes.
      const ran = run.touched(traced.step) + (run.signal(traced.step) === undefined ? 0 : 1);
      const index = touchIndex(traced.touch, address, i === touchStep ? from : 0, ran);
      if (index === undefined) continue;
      [touchStep, from] = [i, index];
      const { before, after } = run.sample(traced.step, index);
      return { address, kind, atNs: ticksToNs(before - start), tookNs: ticksToNs(after - before) };
    }
    return { address, kind, atNs: Math.max(0, Number(timeNs - startNs)), tookNs: undefined };
  });
}
