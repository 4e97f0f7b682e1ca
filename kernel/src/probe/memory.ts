/**
 * The memory a program runs in: its records, buffers and samples. Shared anonymous memory, so that it never merges with
 * a mapping under study, and present from the start, so that it does not fault itself. One a thread, reused.
 */
import { mapOwnMemory, rawSyscall, syscallNumber } from "../linux/index.js";

/** Memory above this size is given back after the run. */
const KEPT_BYTES = 16 << 20;
const FIRST_BYTES = 64 << 10;

/** A stretch of program memory, as words. */
export interface ProgramMemory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: BigInt64Array;
}

let kept: ProgramMemory | undefined;

function mapped(length: number): ProgramMemory {
  const { address, bytes } = mapOwnMemory(length);
  return {
    address,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    words: new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8),
  };
}

function unmapped(memory: ProgramMemory): void {
  // Nobody outside holds a view of it: results are copied out.
  rawSyscall(syscallNumber("munmap"), [memory.address, memory.bytes.length]);
}

/**
 * Lends memory to `use`.
 * @param length in bytes
 * @throws Errno ENOMEM where the program does not fit into memory
 */
export function withProgramMemory<T>(length: number, use: (memory: ProgramMemory) => T): T {
  if (length > KEPT_BYTES) {
    const large = mapped(length);
    try {
      return use(large);
    } finally {
      unmapped(large);
    }
  }
  if (kept === undefined || kept.bytes.length < length) {
    const larger = mapped(Math.min(KEPT_BYTES, Math.max(FIRST_BYTES, 2 * length)));
    if (kept !== undefined) unmapped(kept);
    kept = larger;
  }
  return use(kept);
}
