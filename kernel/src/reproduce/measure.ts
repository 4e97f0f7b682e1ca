/** Times and counts what a program of the probe does, so that Node's own work stays out. */
import { RUSAGE } from "../abi/index.js";
import { Errno, RUSAGE_LAYOUT, errnoOfResult } from "../linux/index.js";
import { Program, runProgram, ticksToNs, type ProgramRun } from "../probe/index.js";
import { OP } from "../probe/record.js";

/** From the start of one step to the end of another. */
export type Span = readonly [first: number, last: number];

/** What a program did. */
export interface Measured {
  /** Nanoseconds of each span. */
  readonly spansNs: readonly number[];
  /** Faults of all steps together, without those of the measuring. */
  readonly minor: number;
  readonly major: number;
  /** The results of the single steps. */
  readonly run: ProgramRun;
}

/**
 * Runs a program between two getrusage(2).
 * @param build adds the steps, and returns what of them is timed
 * @returns the times and the faults
 * @throws Errno for the first system call that failed; Error for an access that raised a signal
 */
export function measure(build: (program: Program) => readonly Span[]): Measured {
  const program = new Program();
  const [before, after] = [program.buffer(RUSAGE_LAYOUT.bytes), program.buffer(RUSAGE_LAYOUT.bytes)];
  program.syscall("getrusage", [RUSAGE.THREAD, before]);
  const spans = build(program);
  program.syscall("getrusage", [RUSAGE.THREAD, after]);
  const run = runProgram(program);
  requireSuccess(program, run);
  const counted = (at: number) => Number(run.view(after).getBigInt64(at, true) - run.view(before).getBigInt64(at, true));
  return {
    spansNs: spans.map(([first, last]) => ticksToNs(run.after(last) - run.before(first))),
    minor: counted(RUSAGE_LAYOUT.minflt),
    major: counted(RUSAGE_LAYOUT.majflt),
    run,
  };
}

function requireSuccess(program: Program, run: ProgramRun): void {
  for (const [index, { op, number }] of program.steps.entries()) {
    const signal = run.signal(index);
    if (signal !== undefined)
      throw new Error(`step ${index} of the measured program ended with ${signal.signal}: its mapping is not there, or shorter than meant`);
    const code = op === OP.SYSCALL && run.ran(index) ? errnoOfResult(run.result(index)) : undefined;
    if (code !== undefined) throw new Errno(`system call ${number} (step ${index} of the measured program)`, code, []);
  }
}
