/** Touches and peeks: loads and stores by the probe, in as many programs as the trace needs to lose nothing. */
import { PAGE_SIZE } from "../../abi/index.js";
import { Program, ticksToNs, type AccessSignal, type ProgramRun } from "../../probe/index.js";
import type { Peek, Touch } from "../../model/operation.js";
import type { Fault, Outcome, Result } from "../../model/result.js";
import type { Measure, Measured } from "./measure.js";
import { requireRunnable } from "./runnable.js";
import type { Target } from "./target.js";

function advance(at: bigint, distance: bigint): bigint {
  return BigInt.asUintN(64, at + distance);
}

function signalOutcome({ signal, code, address }: AccessSignal): Outcome {
  return { kind: "signal", signal, code, address };
}

/** The fault that ended in a signal; undefined where the processor refused the address itself, without a page fault. */
function signalFault(raised: AccessSignal, { access }: Touch, { run, step, startTicks }: Measured): Fault | undefined {
  if (!raised.pageFault) return undefined;
  const { before, after } = run.sample(step, run.touched(step));
  return { address: raised.address, access, kind: "signal", atNs: ticksToNs(before - startTicks), tookNs: ticksToNs(after - before) };
}

function* addresses({ at, count = 1, stride = PAGE_SIZE }: Touch): Generator<bigint> {
  for (let i = 0; i < count; i++) yield advance(at, BigInt(stride) * BigInt(i));
}

/** Runs a touch operation. */
export function runTouch(operation: Touch, measure: Measure, target: Target): Result {
  const { at, access, count = 1, stride = PAGE_SIZE, byte } = operation;
  if (access === "exec") requireRunnable(addresses(operation), (from, length) => load(from, length, target).bytes, target.pid);
  const atOnce = measure.reserve(count);
  const faults: Fault[] = [];
  const loaded = new Uint8Array(access === "read" ? count : 0);
  const counts = { minor: 0, major: 0 };
  let [tookNs, lost, done] = [0, 0, 0];
  let outcome: Outcome = { kind: "value", value: 0n };
  while (done < count && outcome.kind === "value") {
    const part = Math.min(atOnce, count - done);
    const measured = measure.touch({
      access,
      at: advance(at, BigInt(stride) * BigInt(done)),
      count: part,
      stride,
      ...(byte === undefined ? {} : { byte }),
    });
    const { run, step } = measured;
    // Parts follow each other at once: what passes between them is not the operation's.
    const beforeNs = tookNs;
    const later = (fault: Fault): Fault => ({ ...fault, atNs: (fault.atNs ?? 0) + beforeNs });
    for (const { address, kind, atNs, tookNs: took } of measured.faults) {
      faults.push(later({ address, access, kind, atNs, ...(took === undefined ? {} : { tookNs: took }) }));
    }
    if (access === "read") copyLoaded(run, step, loaded, done);
    counts.minor += measured.counts.minor;
    counts.major += measured.counts.major;
    tookNs += measured.tookNs;
    lost += measured.lost;
    done += run.touched(step);
    const raised = run.signal(step);
    if (raised === undefined) continue;
    outcome = signalOutcome(raised);
    const fault = signalFault(raised, operation, measured);
    if (fault !== undefined) faults.push(later(fault));
  }
  return {
    outcome,
    counts,
    faults,
    ...(access === "read" ? { seen: { kind: "bytes" as const, bytes: loaded.subarray(0, done) } } : {}),
    ...(lost > 0 ? { lost } : {}),
    reason: [],
    tookNs,
  };
}

function copyLoaded(run: ProgramRun, step: number, into: Uint8Array, from: number): void {
  for (let i = 0; i < run.touched(step); i++) into[from + i] = run.sample(step, i).loaded;
}

/** Loads bytes without counting; stops at the first that may not be read. */
function load(at: bigint, length: number, target: Target): { readonly bytes: Uint8Array; readonly signal: AccessSignal | undefined } {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const program = new Program();
    const step = program.touch({
      access: "read",
      at: advance(at, BigInt(done)),
      count: Math.min(target.samplesAtOnce, length - done),
      stride: 1,
      sampling: "times",
    });
    const run = target.run(program);
    copyLoaded(run, step, bytes, done);
    done += run.touched(step);
    const signal = run.signal(step);
    if (signal !== undefined) return { bytes: bytes.subarray(0, done), signal };
  }
  return { bytes, signal: undefined };
}

/** Runs a peek: its faults are not counted. */
export function runPeek({ at, length = 1 }: Peek, target: Target): Result {
  const { bytes, signal } = load(at, length, target);
  const outcome: Outcome = signal === undefined ? { kind: "value", value: 0n } : signalOutcome(signal);
  return { outcome, counts: { minor: 0, major: 0 }, faults: [], seen: { kind: "bytes", bytes }, reason: [] };
}
