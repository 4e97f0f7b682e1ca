/** Where operations run: in this process, or in another that runs programs for it. */
import { runProgram, type Program, type ProgramProcess, type ProgramRun } from "../../probe/index.js";
import type { Pid } from "./look.js";

/** A process as operations need it. */
export interface Target {
  readonly pid: Pid;
  /** How many touches one program may make with a sample of each. */
  readonly touchesAtOnce: number;
  /** How many bytes one program may load, with a sample of each. */
  readonly samplesAtOnce: number;
  /** Runs a program and waits for its end. */
  run(program: Program): ProgramRun;
}

/** Samples that fit into 2 MiB. */
const SAMPLES_OF_2_MIB = 1 << 16;

/** The calling thread of this process. */
export const THIS_PROCESS: Target = {
  pid: "self",
  touchesAtOnce: Number.POSITIVE_INFINITY,
  samplesAtOnce: SAMPLES_OF_2_MIB,
  run: runProgram,
};

/** A process of its own. */
export function otherProcess(process: ProgramProcess): Target {
  return {
    pid: process.pid,
    touchesAtOnce: SAMPLES_OF_2_MIB,
    samplesAtOnce: SAMPLES_OF_2_MIB,
    run: (program) => process.run(program),
  };
}
