/** Short ways to say operations in tests. Addresses are pages of an arena. */
import { MAP, PROT } from "../../../kernel/src/abi/index.js";
import type { Access, Model, Open, Operation, Result } from "../../../kernel/src/model/index.js";

/** Where the tests map things. */
export const ARENA = 0x6000_0000_0000n;

/** The address of an arena page, and of a byte in it. */
export function at(page: number, byte = 0): bigint {
  return ARENA + BigInt(page) * 4096n + BigInt(byte);
}

/** A length in pages. */
export function pages(count: number): bigint {
  return BigInt(count) * 4096n;
}

export const RW = PROT.READ | PROT.WRITE;
export const ANON = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
export const SHARED_ANON = MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED;

/** mmap at an arena page. */
export function mmap(
  page: number,
  length: number,
  prot: number = RW,
  flags: number = ANON,
  file: string | null = null,
  offset = 0,
): Operation {
  return { op: "mmap", at: at(page), length: pages(length), prot, flags, file, offset: pages(offset) };
}

export function munmap(page: number, length: number): Operation {
  return { op: "munmap", at: at(page), length: pages(length) };
}

export function mprotect(page: number, length: number, prot: number): Operation {
  return { op: "mprotect", at: at(page), length: pages(length), prot };
}

export function touch(page: number, access: Access, count = 1, byte?: number): Operation {
  return { op: "touch", at: at(page), access, count, ...(byte === undefined ? {} : { byte }) };
}

export function open(file: string, more: Partial<Open> = {}): Operation {
  return { op: "open", file, backing: "memfd", access: "rw", size: 16 * 4096, data: "data", fill: 0x5a, ...more };
}

/** The address a call returned, or its errno, or its signal. */
export function ended({ outcome }: Result): string | bigint {
  if (outcome.kind === "value") return outcome.value;
  return outcome.kind === "errno" ? outcome.code : `${outcome.signal} ${outcome.code}`;
}

/** "minor/major" of a result. */
export function faults({ counts }: Result): string {
  return `${String(counts.minor)}/${String(counts.major)}`;
}

/** The VMAs as "start-end perms" in arena pages. */
export function vmas(model: Model, process = 0): string[] {
  return model.vmas(process).map(({ start, end, perms }) => `${String((start - ARENA) / 4096n)}-${String((end - ARENA) / 4096n)} ${perms}`);
}

/** The page letters of the first arena pages. */
export function resident(model: Model, count: number, process = 0): string {
  return model.pages(ARENA, pages(count), process).states;
}

/** The bytes at an address, as the process sees them. */
export function bytesAt(model: Model, page: number, byte = 0, length = 1, process = 0): number[] {
  const result = model.run({ op: "peek", at: at(page, byte), length, process });
  if (result.seen?.kind !== "bytes") throw new Error(`Nothing to see at page ${String(page)}: ${String(ended(result))}`);
  return [...result.seen.bytes];
}
