/** Short ways to write the steps of recipes. Pages are counted from the start of the arena. */
import { MAP, PAGE_SIZE, PROT, type ErrnoCode, type SignalCode, type SignalName } from "../../abi/index.js";
import type { Access, FileId, Mmap, Open, Operation } from "../../model/index.js";
import type { Expectation, Step, ZooRow } from "./row.js";

/** Where the arena starts: free in a bare process, and in a fresh model. */
export const ARENA = 0x6000_0000_0000n;

export const PAGE = BigInt(PAGE_SIZE);
export const RW = PROT.READ | PROT.WRITE;
export const RWX = RW | PROT.EXEC;

/** One past the last address of a process with four-level page tables. */
export const USER_END = 1n << 47n;

/** The address of a page of the arena, or of a byte in it. */
export function page(number: number, byte = 0): bigint {
  return ARENA + BigInt(number) * PAGE + BigInt(byte);
}

/** A length in bytes. */
export function pages(count: number): bigint {
  return BigInt(count) * PAGE;
}

/** mmap of anything; an anonymous private read-write page at the start of the arena unless told. */
export function map(over: Partial<Omit<Mmap, "op">> = {}): Mmap {
  return {
    op: "mmap",
    at: page(0),
    length: PAGE,
    prot: RW,
    flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED,
    file: null,
    offset: 0n,
    ...over,
  };
}

/** Private anonymous memory. */
export function anon(first: number, count = 1, prot: number = RW, flags = 0): Mmap {
  return map({ at: page(first), length: pages(count), prot, flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED | flags });
}

/** Shared anonymous memory. */
export function shared(first: number, count = 1, prot: number = RW): Mmap {
  return map({ at: page(first), length: pages(count), prot, flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED });
}

/** A mapping of a file from its start. */
export function fileMap(file: FileId, type: "shared" | "private", prot: number = RW, count = 1, first = 0): Mmap {
  return map({
    at: page(first),
    length: pages(count),
    prot,
    flags: MAP.FIXED | (type === "shared" ? MAP.SHARED : MAP.PRIVATE),
    file,
  });
}

/** A file; a memfd of one page with data in it unless told. */
export function file(name: FileId, over: Partial<Omit<Open, "op" | "file">> = {}): Open {
  return { op: "open", file: name, backing: "memfd", access: "rw", size: PAGE_SIZE, data: "data", fill: 0x5a, ...over };
}

export function munmap(first: number, count = 1): Operation {
  return { op: "munmap", at: page(first), length: pages(count) };
}

export function mprotect(first: number, count: number, prot: number): Operation {
  return { op: "mprotect", at: page(first), length: pages(count), prot };
}

export function mremap(first: number, from: number, to: number, flags: number, target?: number): Operation {
  return {
    op: "mremap",
    at: page(first),
    oldLength: pages(from),
    newLength: pages(to),
    flags,
    to: target === undefined ? 0n : page(target),
  };
}

export function madvise(advice: number, first = 0, count = 1): Operation {
  return { op: "madvise", at: page(first), length: pages(count), advice };
}

export function msync(flags: number, first = 0, count = 1): Operation {
  return { op: "msync", at: page(first), length: pages(count), flags };
}

export function mlock(first = 0, count = 1): Operation {
  return { op: "mlock", at: page(first), length: pages(count) };
}

export function mlock2(flags: number, first = 0, count = 1): Operation {
  return { op: "mlock2", at: page(first), length: pages(count), flags };
}

export function mincore(first = 0, count = 1): Operation {
  return { op: "mincore", at: page(first), length: pages(count) };
}

export function mseal(first = 0, count = 1): Operation {
  return { op: "mseal", at: page(first), length: pages(count), flags: 0 };
}

export function touch(access: Access, first: number, count = 1, byte?: number): Operation {
  return { op: "touch", at: page(first), access, count, ...(byte === undefined ? {} : { byte }) };
}

/** A limit, soft and hard alike. */
export function rlimit(which: "AS" | "DATA" | "STACK" | "MEMLOCK", bytes: number): Operation {
  return { op: "rlimit", which, value: BigInt(bytes) };
}

/** An operation that fails on purpose. */
export function fails(code: ErrnoCode, of: Operation): Step {
  return { op: "fails", code, of };
}

/** Looks at the VMAs of the arena's first pages. */
export function maps(count: number): Operation {
  return { op: "maps", at: page(0), length: pages(count) };
}

/** Looks at the pages of the arena. */
export function resident(first: number, count: number): Operation {
  return { op: "resident", at: page(first), length: pages(count) };
}

/** The process has no capabilities any more. */
export const UNPRIVILEGED: Step = { op: "become unprivileged" };

/** As many VMAs as there may be; far behind what recipes use. */
export const MAPS_FULL: Step = { op: "fill maps", at: page(1 << 20) };

export function errno(code: ErrnoCode): Expectation {
  return { kind: "errno", code };
}

export function signal(name: SignalName, code: SignalCode): Expectation {
  return { kind: "signal", signal: name, code };
}

export const SUCCESS: Expectation = { kind: "success" };

export function shows(text: string): Expectation {
  return { kind: "shows", text };
}

/** What a row may have besides what every row has. */
export type RowExtras = Pick<ZooRow, "needs" | "since" | "until" | "changesSystem" | "gone" | "notModelled">;

/** A row. */
export function row(
  call: string,
  expect: Expectation,
  when: string,
  source: string,
  steps: readonly Step[],
  extras: RowExtras = {},
): ZooRow {
  return { call, expect, when, source, steps, ...extras };
}
