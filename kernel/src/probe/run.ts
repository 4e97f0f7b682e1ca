/** Runs a program and reads what came of each step. */
import { callAddress } from "../linux/index.js";
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
  readonly #words: BigInt64Array;
  readonly #view: DataView;
  readonly #buffers: Uint8Array;
  readonly #samples: DataView;
  readonly #firstSample: readonly number[];

  constructor(records: Uint8Array, buffers: Uint8Array, samples: Uint8Array, firstSample: readonly number[]) {
    this.#words = new BigInt64Array(records.buffer, records.byteOffset, records.byteLength / 8);
    this.#view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    this.#buffers = buffers;
    this.#samples = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#firstSample = firstSample;
  }

  #word(step: number, field: number): bigint {
    return this.#words[(step * STEP.bytes + field) / 8] ?? 0n;
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
    const at = ((this.#firstSample[step] ?? 0) + index) * SAMPLE.bytes;
    return {
      before: this.#samples.getBigInt64(at + SAMPLE.before, true),
      after: this.#samples.getBigInt64(at + SAMPLE.after, true),
      minor: this.#samples.getUint32(at + SAMPLE.minor, true),
      major: this.#samples.getUint32(at + SAMPLE.major, true),
      loaded: this.#samples.getUint8(at + SAMPLE.loaded),
    };
  }

  /** What a buffer holds after the run. */
  bytes(buffer: ProgramBuffer): Uint8Array {
    return this.#buffers.subarray(buffer.offset, buffer.offset + buffer.length);
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
  const firstSample: number[] = [];
  let sample = 0;
  let at = CONTEXT.bytes;
  for (const step of program.steps) {
    view.setUint8(at + STEP.op, step.op);
    view.setUint8(at + STEP.chain, step.chain);
    view.setUint8(at + STEP.flags, step.keepsResult ? KEEPS_RESULT : 0);
    words[(at + STEP.number) / 8] = BigInt(step.number);
    step.arguments.forEach((argument, i) => (words[(at + STEP.arguments) / 8 + i] = word(argument, buffersAddress)));
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
  return new ProgramRun(
    memory.bytes.slice(CONTEXT.bytes, CONTEXT.bytes + program.steps.length * STEP.bytes),
    memory.bytes.slice(layout.buffersAt, layout.samplesAt),
    memory.bytes.slice(layout.samplesAt, layout.length),
    firstSample,
  );
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
