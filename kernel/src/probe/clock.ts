/**
 * The time-stamp counter in nanoseconds: TSC on x86-64, CNTVCT_EL0 on arm64. (The frequency that CNTFRQ_EL0 tells there is not
 * used: firmware sets it, and it knows nothing of the corrections that CLOCK_MONOTONIC follows.) It is calibrated against CLOCK_MONOTONIC, the clock of process.hrtime, over the
 * time since the module was first asked (20 ms at least, which bounds the error to some parts in a million).
 */
import { Program } from "./program.js";
import { runProgram } from "./run.js";

const CLOCK_MONOTONIC = 1;
const SHORTEST_SPAN_NS = 20_000_000;
/** A span after which the calibration is not made better any more. */
const LONG_SPAN_NS = 2_000_000_000;
const TRIES = 5;

/** One moment on both clocks. */
interface Moment {
  readonly ticks: bigint;
  readonly ns: bigint;
}

/** Both clocks at once: the tightest of a few tries. */
function moment(): Moment {
  const program = new Program();
  const time = program.buffer(16 * TRIES);
  const steps: number[] = [];
  for (let i = 0; i < TRIES; i++)
    steps.push(program.syscall("clock_gettime", [CLOCK_MONOTONIC, { ...time, offset: time.offset + 16 * i }]));
  const run = runProgram(program);
  let best = 0;
  const width = (i: number) => run.after(steps[i] ?? 0) - run.before(steps[i] ?? 0);
  for (let i = 1; i < TRIES; i++) if (width(i) < width(best)) best = i;
  const view = run.view(time);
  const ns = view.getBigInt64(16 * best, true) * 1_000_000_000n + view.getBigInt64(16 * best + 8, true);
  const step = steps[best] ?? 0;
  return { ticks: (run.before(step) + run.after(step)) / 2n, ns };
}

let first: Moment | undefined;
let firstAtMs = 0;
let nsPerTick = 0;
let spanNs = 0;

/** Takes the first moment of the calibration, so that a later conversion need not wait for it. */
export function startClock(): void {
  firstMoment();
}

function firstMoment(): Moment {
  if (first === undefined) {
    firstAtMs = performance.now();
    first = moment();
  }
  return first;
}

function calibrate(): void {
  const from = firstMoment();
  let now = moment();
  const missing = SHORTEST_SPAN_NS - Number(now.ns - from.ns);
  if (missing > 0) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, missing / 1e6);
    now = moment();
  }
  spanNs = Number(now.ns - from.ns);
  nsPerTick = spanNs / Number(now.ticks - from.ticks);
}

/**
 * A difference of the time-stamp counter in nanoseconds.
 * @param ticks a difference of two readings on this machine
 */
export function ticksToNs(ticks: bigint): number {
  if (nsPerTick === 0 || (spanNs < LONG_SPAN_NS && (performance.now() - firstAtMs) * 1e6 > LONG_SPAN_NS)) calibrate();
  return Number(ticks) * nsPerTick;
}

/** A reading of the time-stamp counter on the clock of `process.hrtime.bigint()`, in nanoseconds. */
export function ticksToMonotonicNs(ticks: bigint): bigint {
  const scale = ticksToNs(1n);
  const from = firstMoment();
  return from.ns + BigInt(Math.round(Number(ticks - from.ticks) * scale));
}
