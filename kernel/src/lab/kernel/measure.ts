/**
 * One operation as a probe program: switched on, counted, run, counted, switched off, in one native call. Only the
 * operation lies between the counters, so Node's own faults are never among them.
 */
import { RUSAGE, RUSAGE_LAYOUT } from "../../linux/index.js";
import {
  FaultTracer,
  Program,
  ticksToNs,
  type ProgramBuffer,
  type ProgramRun,
  type TouchStep,
  type TracedFault,
  type TraceSource,
  type TraceSourceName,
} from "../../probe/index.js";
import type { FaultCounts } from "../../model/result.js";
import type { Target } from "./target.js";

/** What adds the operation itself to a program, with memory for its pointer argument. @returns the index of its step */
export type AddStep = (program: Program, buffer: ProgramBuffer) => number;

/** What a measured run gave. */
export interface Measured {
  readonly run: ProgramRun;
  /** The operation's step. */
  readonly step: number;
  /** What the call's memory holds afterwards. */
  readonly buffer: Uint8Array;
  readonly counts: FaultCounts;
  readonly faults: readonly TracedFault[];
  readonly lost: number;
  /** Time-stamp counter before the step: the zero of `faults[].atNs`. */
  readonly startTicks: bigint;
  /** From before the step to after it. */
  readonly tookNs: number;
}

/** Measures operations in one process: on the calling thread of this one, or in another. */
export class Measure {
  #tracer: FaultTracer | undefined;

  /**
   * @param target where the operations run
   * @param only leaves out better sources of the trace
   */
  constructor(
    private readonly target: Target,
    private readonly only?: TraceSourceName,
  ) {
    if (only === "userfaultfd" && target.pid !== "self")
      throw new RangeError("userfaultfd traces this process alone: trace another one by perf events or by counters around each touch");
  }

  get #open(): FaultTracer {
    return (this.#tracer ??= new FaultTracer(this.only, this.target.pid === "self" ? undefined : this.target.pid));
  }

  /** Where the faults come from. */
  get source(): TraceSource {
    return this.#open.source;
  }

  /** How many touches one run may make without losing a fault. @param wanted how many there are to make */
  reserve(wanted: number): number {
    return Math.min(this.#open.reserve(wanted), this.target.touchesAtOnce);
  }

  /** Runs touches under counters and trace. */
  touch(touch: Omit<TouchStep, "sampling">): Measured {
    const sampled = { ...touch, sampling: this.#open.sampling };
    return this.#bracket((program) => program.touch(sampled), 0, sampled);
  }

  /**
   * Runs one system call under counters and trace.
   * @param bufferBytes how much memory `add` is given
   */
  call(add: AddStep, bufferBytes = 0): Measured {
    return this.#bracket(add, bufferBytes);
  }

  #bracket(add: AddStep, bufferBytes: number, touch?: TouchStep): Measured {
    const tracer = this.#open;
    const program = new Program();
    const [before, after] = [program.buffer(RUSAGE_LAYOUT.bytes), program.buffer(RUSAGE_LAYOUT.bytes)];
    const buffer = program.buffer(bufferBytes);
    const begun = tracer.begin(program);
    program.syscall("getrusage", [RUSAGE.THREAD, before]);
    const step = add(program, buffer);
    program.syscall("getrusage", [RUSAGE.THREAD, after]);
    const bracket = tracer.end(program, begun);
    const run = tracer.run(program, touch === undefined ? [] : [touch], () => this.target.run(program));
    const trace = tracer.read(run, bracket, touch === undefined ? [] : [{ step, touch }]);
    const count = (field: number) => Number(run.view(after).getBigInt64(field, true) - run.view(before).getBigInt64(field, true));
    const leadNs = ticksToNs(run.before(step) - run.after(begun.clockStep));
    return {
      run,
      step,
      buffer: run.bytes(buffer),
      counts: { minor: count(RUSAGE_LAYOUT.minflt), major: count(RUSAGE_LAYOUT.majflt) },
      // The trace counts from when it was switched on; what lies between that and the step is not the operation's.
      faults: trace.faults.map((fault) => ({ ...fault, atNs: Math.max(0, fault.atNs - leadNs) })),
      lost: trace.lost,
      startTicks: run.before(step),
      tookNs: ticksToNs(run.after(step) - run.before(step)),
    };
  }

  /** Closes the trace's descriptors. */
  close(): void {
    this.#tracer?.close();
    this.#tracer = undefined;
  }
}
