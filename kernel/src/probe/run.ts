/** Runs a program and reads what came of each step. */
import { LEAF, callAddress } from "../linux/index.js";
import { machineCode } from "./machine-code.js";
import { withProgramMemory, type ProgramMemory } from "./memory.js";
import { SAMPLES_ARGUMENT, type Program, type ProgramArgument, type ProgramBuffer } from "./program.js";
import { CONTEXT, KEEPS_RESULT, SAMPLE, STEP } from "./record.js";
import { readSignal, type AccessSignal } from "./signal.js";

/** One touch of a touch step with sampling. */
export interface TouchSample {
  /** Time-stamp counter before and after. */
  readonly before: bigint;
  readonly after: bigint;
  /** Faults counted around it; 0 without `counters`. */
  readonly minor: number;
  readonly major: number;
  /** The byte a load found. */
  readonly loaded: number;
}

/** Results of a program, copied out of its memory: they stay valid. */
export class ProgramRun {
  readonly #view: DataView;

  /**
   * @param copy the records, then buffers and samples, in memory that is not used again
   * @param buffersAt offset of the buffers in it
   * @param samplesAt offset of the samples in it
   * @param firstSample for each step, the index of its first sample
   */
  constructor(
    private readonly copy: Uint8Array,
    private readonly buffersAt: number,
    private readonly samplesAt: number,
    private readonly firstSample: readonly number[],
  ) {
    this.#view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  }

  #word(step: number, field: number): bigint {
    const at = step * STEP.bytes;
    return at < 0 || at + STEP.bytes > this.buffersAt ? 0n : this.#view.getBigInt64(at + field, true);
  }

  /** What a system call returned (a negative error number for a failure), or the last byte a read loaded. */
  result(step: number): bigint {
    return this.#word(step, STEP.result);
  }

  /** Time-stamp counter before the step. */
  before(step: number): bigint {
    return this.#word(step, STEP.before);
  }

  /** Time-stamp counter after the step. */
  after(step: number): bigint {
    return this.#word(step, STEP.after);
  }

  /** Whether the step ran: a skipped one did not. */
  ran(step: number): boolean {
    return this.#word(step, STEP.after) !== 0n;
  }

  /** How many touches succeeded. */
  touched(step: number): number {
    return Number(this.#word(step, STEP.touched));
  }

  /** The signal that ended a touch step, if one did. */
  signal(step: number): AccessSignal | undefined {
    return readSignal(this.#view, step * STEP.bytes);
  }

  /**
   * One sample of a touch step.
   * @param index 0 for the first touch; the one after the last success is the touch that raised the signal
   */
  sample(step: number, index: number): TouchSample {
    const at = this.samplesAt + ((this.firstSample[step] ?? 0) + index) * SAMPLE.bytes;
    return {
      before: this.#view.getBigInt64(at + SAMPLE.before, true),
      after: this.#view.getBigInt64(at + SAMPLE.after, true),
      minor: this.#view.getUint32(at + SAMPLE.minor, true),
      major: this.#view.getUint32(at + SAMPLE.major, true),
      loaded: this.#view.getUint8(at + SAMPLE.loaded),
    };
  }

  /** What a buffer holds after the run. */
  bytes(buffer: ProgramBuffer): Uint8Array {
    return this.copy.subarray(this.buffersAt + buffer.offset, this.buffersAt + buffer.offset + buffer.length);
  }

  /** The same, for reading structures. */
  view(buffer: ProgramBuffer): DataView {
    const bytes = this.bytes(buffer);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

function word(value: ProgramArgument, buffersAt: bigint): bigint {
  if (typeof value === "bigint") return BigInt.asIntN(64, value);
  if (typeof value === "number") return BigInt.asIntN(64, BigInt(value));
  return buffersAt + BigInt(value.offset);
}

/** Where things lie in the program's memory, in bytes from its start. */
interface Layout {
  readonly buffersAt: number;
  readonly samplesAt: number;
  readonly length: number;
}

function layoutOf(program: Program): Layout {
  const buffersAt = Math.ceil((CONTEXT.bytes + program.steps.length * STEP.bytes) / 64) * 64;
  const samplesAt = buffersAt + program.bufferBytes;
  return { buffersAt, samplesAt, length: samplesAt + program.sampleCount * SAMPLE.bytes };
}

/** Writes the records. @returns for each step, the index of its first sample */
function write(program: Program, memory: ProgramMemory, { buffersAt, samplesAt, length }: Layout): number[] {
  const { address, bytes, view, words } = memory;
  const buffersAddress = address + BigInt(buffersAt);
  bytes.fill(0, 0, length);
  words[CONTEXT.steps / 8] = address + BigInt(CONTEXT.bytes);
  words[CONTEXT.count / 8] = BigInt(program.steps.length);
  words[LEAF.height / 8] = LEAF.heightOfLeaf;
  const firstSample: number[] = [];
  let sample = 0;
  let at = CONTEXT.bytes;
  for (const step of program.steps) {
    view.setUint8(at + STEP.op, step.op);
    view.setUint8(at + STEP.chain, step.chain);
    view.setUint8(at + STEP.flags, step.keepsResult ? KEEPS_RESULT : 0);
    words[(at + STEP.number) / 8] = BigInt(step.number);
    for (const [i, argument] of step.arguments.entries()) words[(at + STEP.arguments) / 8 + i] = word(argument, buffersAddress);
    if (step.samples > 0) words[(at + STEP.arguments) / 8 + SAMPLES_ARGUMENT] = address + BigInt(samplesAt + sample * SAMPLE.bytes);
    firstSample.push(sample);
    sample += step.samples;
    at += STEP.bytes;
  }
  for (const buffer of program.buffers)
    if (buffer.initial !== undefined) bytes.set(buffer.initial.subarray(0, buffer.length), buffersAt + buffer.offset);
  return firstSample;
}

/** Bytes of memory that a program takes: its records, buffers and samples. */
export function programBytes(program: Program): number {
  return layoutOf(program).length;
}

/**
 * Writes a program into memory, has it run, and copies out what came of it.
 * @param memory of {@link programBytes} at least, at the same address wherever the program runs
 * @param execute runs the program that starts at `memory`, and comes back when it has ended
 */
export function runProgramIn(memory: ProgramMemory, program: Program, execute: () => void): ProgramRun {
  const layout = layoutOf(program);
  const firstSample = write(program, memory, layout);
  execute();
  // One copy of all: making each array costs as much as a small system call.
  const copy = memory.bytes.slice(CONTEXT.bytes, layout.length);
  return new ProgramRun(copy, layout.buffersAt - CONTEXT.bytes, layout.samplesAt - CONTEXT.bytes, firstSample);
}

/**
 * Runs a program on this thread. Signals that its touches raise end the touch, not the process; worker threads may run
 * programs at the same time.
 * @returns what came of each step
 * @throws Errno where there is no memory for the program; Error on an architecture without machine code
 */
export function runProgram(program: Program): ProgramRun {
  const code = machineCode();
  return withProgramMemory(programBytes(program), (memory) => runProgramIn(memory, program, () => callAddress(code, memory.address)));
}
