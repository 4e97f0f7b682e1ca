/** read(2) and write(2) of one byte at an address: the kernel's own access to user memory. */
import { readSync } from "node:fs";
import { O } from "../../abi/index.js";
import { Errno, argument, close, errnoOfResult, open } from "../../linux/index.js";
import { Program, runProgram } from "../../probe/index.js";
import type { KernelCopy } from "../../model/operation.js";
import type { Measure, Measured } from "./measure.js";

interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

function makePipe(): Pipe {
  const program = new Program();
  const ends = program.buffer(8);
  const step = program.syscall("pipe2", [ends, O.CLOEXEC]);
  const run = runProgram(program);
  const code = errnoOfResult(run.result(step));
  if (code !== undefined) throw new Errno("pipe2", code, [argument("flags", "O_CLOEXEC")]);
  return { readEnd: run.view(ends).getInt32(0, true), writeEnd: run.view(ends).getInt32(4, true) };
}

/** The files the copies go to and come from, opened when first needed. */
export class KernelCopies {
  #zero: number | undefined;
  #pipe: Pipe | undefined;

  /** Lets the kernel copy one byte. */
  run({ direction, at }: KernelCopy, measure: Measure): Measured {
    if (direction === "to_user") {
      const zero = (this.#zero ??= open("/dev/zero", O.RDONLY | O.CLOEXEC));
      return measure.call((program) => program.syscall("read", [zero, at, 1]));
    }
    const pipe = (this.#pipe ??= makePipe());
    const measured = measure.call((program) => program.syscall("write", [pipe.writeEnd, at, 1]));
    if (measured.run.result(measured.step) === 1n) readSync(pipe.readEnd, new Uint8Array(1));
    return measured;
  }

  /** Closes them. */
  close(): void {
    if (this.#zero !== undefined) close(this.#zero);
    if (this.#pipe !== undefined) [this.#pipe.readEnd, this.#pipe.writeEnd].forEach(close);
    this.#zero = undefined;
    this.#pipe = undefined;
  }
}
