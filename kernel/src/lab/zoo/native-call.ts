/** One system call with pointers to bytes, in any process that runs programs. */
import { Errno, errnoOfResult, type SyscallName } from "../../linux/index.js";
import { Program, runProgram, type ProgramRun } from "../../probe/index.js";

/** An argument: a word, or the address of bytes, which are copied in and, after the call, out. */
export type NativeArgument = bigint | number | Uint8Array;

/** NUL-terminated, as the kernel takes paths and names. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/**
 * Makes a system call.
 * @param run where; in this process unless told
 * @returns what it returned: a negative error number for a failure; what the call wrote is in the given bytes
 */
export function nativeCall(call: SyscallName, args: readonly NativeArgument[], run: (program: Program) => ProgramRun = runProgram): bigint {
  const program = new Program();
  const buffers = args.map((arg) => (arg instanceof Uint8Array ? program.buffer(arg.length, arg) : undefined));
  const words = args.map((arg, i) => (arg instanceof Uint8Array ? (buffers[i] ?? 0) : arg));
  const step = program.syscall(call, words);
  const ran = run(program);
  args.forEach((arg, i) => {
    const buffer = buffers[i];
    if (arg instanceof Uint8Array && buffer !== undefined) arg.set(ran.bytes(buffer));
  });
  return ran.result(step);
}

/** The same, for a call that has to succeed. @throws Errno where it fails */
export function mustCall(call: SyscallName, args: readonly NativeArgument[], run: (program: Program) => ProgramRun = runProgram): bigint {
  const result = nativeCall(call, args, run);
  const code = errnoOfResult(result);
  if (code !== undefined) throw new Errno(call, code, []);
  return result;
}
