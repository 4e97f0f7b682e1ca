/**
 * Memory for what system calls read and write through pointers: paths, vectors, structures.
 * It is shared anonymous memory, which never merges with a mapping a cell makes. One buffer a thread, reused by each
 * call; its contents are valid until the next call of this module.
 */
import { MAP, PAGE_SIZE, PROT } from "../abi/index.js";
import { externalBytes, rawSyscall } from "./libc.js";
import { errnoOfResult, Errno } from "./errno.js";
import { argument } from "./decode.js";
import { syscallNumber } from "./syscall-numbers.js";

/** A buffer with its address. */
export interface Scratch {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

let current: Scratch | undefined;

/**
 * Maps memory of the instrument itself: shared anonymous, present from the start.
 * @param length in bytes, rounded up to pages
 * @throws Errno where the kernel has no memory for it
 */
export function mapOwnMemory(length: number): Scratch {
  const size = Math.max(1, Math.ceil(length / PAGE_SIZE)) * PAGE_SIZE;
  const result = rawSyscall(syscallNumber("mmap"), [0, size, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.ANONYMOUS | MAP.POPULATE, -1, 0]);
  const code = errnoOfResult(result);
  if (code !== undefined) throw new Errno("mmap", code, [argument("length", `${size} bytes for the instrument's own buffers`)]);
  return { address: result, bytes: externalBytes(result, size) };
}

/**
 * A zeroed buffer of at least `length` bytes for one system call.
 * @param length in bytes
 */
export function scratch(length: number): Scratch {
  if (current === undefined || current.bytes.length < length) {
    // The old one stays mapped: a Buffer over it may still be reachable. Doubling keeps the loss below what is in use.
    current = mapOwnMemory(Math.max(length, 2 * (current?.bytes.length ?? PAGE_SIZE)));
  }
  const bytes = current.bytes.subarray(0, length);
  bytes.fill(0);
  return { address: current.address, bytes };
}

/** A NUL-terminated copy of a string, as UTF-8. */
export function scratchString(text: string): Scratch {
  const encoded = new TextEncoder().encode(text);
  const memory = scratch(encoded.length + 1);
  memory.bytes.set(encoded);
  return memory;
}
