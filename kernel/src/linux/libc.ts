/**
 * The one door to native code: libc's syscall(2) wrapper and two calls of libc that the probe needs, through ffi-rs.
 * Nothing here checks arguments or throws for a failed call; the files named after man pages do.
 */
import * as ffi from "ffi-rs";

const { DataType } = ffi;

/** The six arguments of a system call, as the registers take them. */
export type SyscallArguments = readonly (bigint | number)[];

interface Libc {
  syscall(values: unknown[]): { value: bigint; errnoCode: number };
  bsearch(values: unknown[]): bigint;
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
      syscall: { library, retType: word, paramsType: [word, word, word, word, word, word, word], errno: true },
      bsearch: { library, retType: word, paramsType: [word, word, word, word, word] },
      memmove: { library, retType: DataType.External, paramsType: [word, word, word] },
    });
    libc = functions as unknown as Libc;
    return libc;
  } catch (cause) {
    throw new Error(
      `cannot reach libc through ffi-rs on ${process.platform}-${process.arch}: ${String(cause)}. ` +
        "mmaplab needs Linux and the ffi-rs binary package of this platform; reinstall with `npm install` on this machine",
      { cause },
    );
  }
}

/** A 64-bit word as the registers hold it: values of 2^63 and more become negative. */
function word(value: bigint | number): bigint {
  return BigInt.asIntN(64, BigInt(value));
}

/**
 * Makes one system call.
 * @param number its number on this architecture
 * @param values up to six arguments; missing ones are 0, each is taken modulo 2^64
 * @returns the result, or the negative error number, as the kernel itself answers
 */
export function rawSyscall(number: number, values: SyscallArguments): bigint {
  const call: bigint[] = [BigInt(number), 0n, 0n, 0n, 0n, 0n, 0n];
  for (let i = 0; i < values.length; i++) call[i + 1] = word(values[i] ?? 0);
  const { value, errnoCode } = load().syscall(call);
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
 * Calls machine code at an address with one pointer argument. libc's bsearch over one element calls its comparison
 * function exactly once, which is the cheapest way from ffi-rs to an address.
 * @param code address of a function `int f(void *argument, void *)` that returns 0
 * @param argument passed on to it, not read by bsearch itself
 */
export function callAddress(code: bigint, argument: bigint): void {
  load().bsearch([argument, argument, 1n, 8n, code]);
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
