/**
 * The one door to native code: libc's syscall(2) wrapper and two calls of libc that the probe needs, through ffi-rs.
 * Nothing here checks arguments or throws for a failed call; the files named after man pages do.
 */
import * as ffi from "ffi-rs";

const { DataType } = ffi;

/** The six arguments of a system call, as the registers take them. */
export type SyscallArguments = readonly (bigint | number)[];

type Syscall = (values: unknown[]) => { value: bigint; errnoCode: number };

interface Libc {
  twalk(values: unknown[]): void;
  memmove(values: unknown[]): ffi.JsExternal;
}

let libc: Libc | undefined;

function load(): Libc {
  if (libc !== undefined) return libc;
  try {
    ffi.open({ library: "mmaplab-libc", path: "" });
    const library = "mmaplab-libc";
    const word = DataType.BigInt;
    const functions = ffi.define({
      twalk: { library, retType: DataType.Void, paramsType: [word, word] },
      memmove: { library, retType: DataType.External, paramsType: [word, word, word] },
    });
    libc = functions;
    return libc;
  } catch (cause) {
    throw new Error(
      `cannot reach libc through ffi-rs on ${process.platform}-${process.arch}: ${String(cause)}. ` +
        "mmaplab needs Linux and the ffi-rs binary package of this platform; reinstall with `npm install` on this machine",
      { cause },
    );
  }
}

/** syscall(2) by the number of its arguments: each parameter costs most of a microsecond, needed or not. */
const syscalls: Syscall[] = [];

function syscallOf(args: number): Syscall {
  load();
  const { BigInt: word } = DataType;
  const paramsType = Array.from({ length: 1 + args }, () => word);
  const functions = ffi.define({ syscall: { library: "mmaplab-libc", retType: word, paramsType, errno: true } });
  return (syscalls[args] ??= (functions as unknown as { syscall: Syscall }).syscall);
}

/** A 64-bit word as the registers hold it: values of 2^63 and more become negative. */
function word(value: bigint | number): bigint {
  return BigInt.asIntN(64, BigInt(value));
}

/**
 * Makes one system call.
 * @param number its number on this architecture
 * @param values as many arguments as the call has, up to six; each is taken modulo 2^64
 * @returns the result, or the negative error number, as the kernel itself answers
 */
export function rawSyscall(number: number, values: SyscallArguments): bigint {
  const call: bigint[] = [BigInt(number)];
  for (const value of values) call.push(word(value));
  const { value, errnoCode } = (syscalls[values.length] ?? syscallOf(values.length))(call);
  // libc says -1 for every failure; errno means nothing after a success.
  return value === -1n ? BigInt(-errnoCode) : value;
}

let dlsym: ((values: unknown[]) => bigint) | undefined;

/**
 * Where a symbol of the process lies (dlsym(3) with RTLD_DEFAULT).
 * @returns its address, or undefined where no library of the process has it
 */
export function symbolAddress(name: string): bigint | undefined {
  load();
  const { String: text, BigInt: word } = DataType;
  // Looked up when first needed: a C library without it is no reason to do without all the rest.
  dlsym ??= (
    ffi.define({ dlsym: { library: "mmaplab-libc", retType: word, paramsType: [word, text] } }) as unknown as {
      dlsym(values: unknown[]): bigint;
    }
  ).dlsym;
  const at = dlsym([0n, name]);
  return at === 0n ? undefined : at;
}

/**
 * How a tree of one leaf lies in memory, so that libc's twalk(3) visits it exactly once: 64-bit words at these offsets. The GNU
 * C library looks at the two children, musl at the height.
 */
export const LEAF = Object.freeze({ left: 8, right: 16, height: 24, heightOfLeaf: 1n });

/**
 * Calls machine code at an address with one pointer argument. twalk(3) does that for each node of a tree, and with its two
 * parameters is the cheapest way from ffi-rs to an address: each parameter costs most of a microsecond.
 * @param code address of a function `void f(void *argument, ...)`
 * @param argument passed on to it; there must lie what {@link LEAF} says
 */
export function callAddress(code: bigint, argument: bigint): void {
  load().twalk([argument, code]);
}

/**
 * A Buffer over memory that is there already; nothing is copied and nothing is freed.
 * The caller answers for the memory staying mapped as long as the Buffer is used: see views.ts for the safe way.
 * @param address any mapped address
 * @param length in bytes
 */
export function externalBytes(address: bigint, length: number): Uint8Array {
  // memmove of nothing returns its first argument as a pointer, which is how a number becomes one.
  const pointer = load().memmove([address, address, 0n]);
  const buffer = ffi.createExternalBuffer(pointer, length);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
}
