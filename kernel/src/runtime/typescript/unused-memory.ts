/**
 * Gives memory back to the system that neither V8 nor Node lets go of by itself. It asks the C library, by ffi-rs, as supervisor-death.ts
 * of the cell process does; where something of that is missing, the service only takes more memory.
 *
 * - A process started from a snapshot keeps the bytes it was read from, a third of all it takes, for contexts and threads that it might
 *   make later. The service makes none.
 * - glibc keeps what is freed between pieces that are still in use (malloc_trim(3)).
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";

const LIBRARY = "typescript-service-libc";
/** madvise(2) */
const MADV_DONTNEED = 4;
const PAGE = 4096;
/** What precedes each piece of memory of glibc's malloc, and the flag in it for a piece with a mapping of its own. */
const CHUNK_HEADER = 16;
const IS_MMAPPED = 2;
/** Enough bytes to tell the beginning of a snapshot's heap from anything else. */
const SIGNATURE = 64;
/** Node's own notes come before V8's in a snapshot, in less than this. */
const NOTES = 4096;
/** Compared at a time. */
const BLOCK = 1024 * 1024;

interface Piece {
  readonly address: number;
  readonly bytes: number;
}

/** Calls a function of libc with integers. */
export type LibcCall = (name: "madvise" | "malloc_trim", ...integers: readonly number[]) => number;

/**
 * Where this process keeps the bytes of a snapshot.
 *
 * @param blob path of the snapshot
 * @param maps text of /proc/self/maps
 * @param memory descriptor of /proc/self/mem
 * @returns null where they are nowhere, byte by byte, in memory that malloc has mapped for them alone
 */
function snapshotIn(blob: string, maps: string, memory: number): Piece | null {
  const file = openSync(blob, "r");
  try {
    const head = Buffer.alloc(NOTES + SIGNATURE);
    readSync(file, head, 0, head.length, 0);
    const start = Buffer.alloc(CHUNK_HEADER + SIGNATURE);
    for (const [, from = "", to = ""] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *$/gm)) {
      const end = Number.parseInt(to, 16);
      // A piece may be joined with the mapping below it, to one line.
      for (let address = Number.parseInt(from, 16); end - address > BLOCK; address += PAGE) {
        if (readSync(memory, start, 0, start.length, address) < start.length) break;
        const length = Number(start.readBigUInt64LE(8));
        const bytes = length - IS_MMAPPED;
        if (length % PAGE !== IS_MMAPPED || bytes <= BLOCK || bytes > end - address) continue;
        const offset = head.indexOf(start.subarray(CHUNK_HEADER));
        if (offset >= 0 && isCopy(memory, { address, bytes }, file, offset)) return { address, bytes };
      }
    }
    return null;
  } finally {
    closeSync(file);
  }
}

/** Whether a piece holds what the file has from `offset` on; what is left of its last page does not count. */
function isCopy(memory: number, { address, bytes }: Piece, file: number, offset: number): boolean {
  const [inMemory, inFile] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  const compared = bytes - PAGE;
  for (let done = 0; done < compared; done += BLOCK) {
    const length = Math.min(BLOCK, compared - done);
    const read = readSync(memory, inMemory, 0, length, address + CHUNK_HEADER + done);
    if (read < length || readSync(file, inFile, 0, length, offset + done) < length) return false;
    if (inMemory.compare(inFile, 0, length, 0, length) !== 0) return false;
  }
  return true;
}

/**
 * Gives back the memory in which Node keeps a snapshot, but for its first page, which says what it is. The process can start no
 * threads and make no contexts of `node:vm` from then on.
 *
 * @param blob path of the snapshot this process was started from
 * @returns bytes given back; 0 where the memory is not found
 */
export function releaseSnapshot(blob: string, call: LibcCall): number {
  const memory = openSync("/proc/self/mem", "r");
  try {
    const found = snapshotIn(blob, readFileSync("/proc/self/maps", "latin1"), memory);
    if (found === null) return 0;
    const bytes = found.bytes - PAGE;
    return call("madvise", found.address + PAGE, bytes, MADV_DONTNEED) === 0 ? bytes : 0;
  } finally {
    closeSync(memory);
  }
}

/** The snapshot this process was started from; null for none. */
function ownSnapshot(): string | null {
  const at = process.execArgv.indexOf("--snapshot-blob");
  return at < 0 ? null : (process.execArgv[at + 1] ?? null);
}

/** @throws Error where ffi-rs has no binary for this machine */
function loadLibc(): LibcCall {
  // From the file Node was told to run: a snapshot has modules of its own, but no native ones.
  const ffi = createRequire(process.argv[1] ?? process.execPath)("ffi-rs") as typeof import("ffi-rs");
  ffi.open({ library: LIBRARY, path: "" });
  return (funcName, ...integers) =>
    ffi.load({
      library: LIBRARY,
      funcName,
      retType: ffi.DataType.I32,
      paramsType: integers.map(() => ffi.DataType.U64),
      paramsValue: [...integers],
    });
}

export class UnusedMemory {
  /** Null where there is no way to it. */
  #call: LibcCall | null | undefined;

  /** Gives back what can be given back. Never throws. */
  release(): void {
    if (this.#call === null) return;
    try {
      if (this.#call === undefined) {
        this.#call = loadLibc();
        const blob = ownSnapshot();
        if (blob !== null) releaseSnapshot(blob, this.#call);
      }
      this.#call("malloc_trim", 0);
    } catch {
      // No binary of ffi-rs, a C library without malloc_trim, no /proc: the memory stays where it is.
      this.#call = null;
    }
  }
}
