/** How long an operation may take: documents come from anywhere, and one line of them could keep a reader busy for years. */
import { MADV, MAP, PAGE_SIZE } from "../../abi/index.js";
import type { Operation } from "../operation.js";

const PAGE = BigInt(PAGE_SIZE);

/** Advice that goes through the pages of its range, present or not. */
const POPULATES: ReadonlySet<number> = new Set([MADV.POPULATE_READ, MADV.POPULATE_WRITE]);

/** At most how many pages an executor goes through one by one for an operation, whatever is mapped. */
export function pagesWalked(operation: Operation): number {
  switch (operation.op) {
    case "open":
      return operation.data === "hole" ? 0 : pagesOf(BigInt(operation.size)) + cachedPages(operation.cached ?? []);
    case "mmap":
      return (operation.flags & (MAP.POPULATE | MAP.LOCKED)) === 0 ? 0 : pagesOf(operation.length);
    case "madvise":
      return POPULATES.has(operation.advice) ? pagesOf(operation.length) : 0;
    case "mlock":
    case "mlock2":
    case "mincore":
    case "resident":
      return pagesOf(operation.length);
    case "pread":
    case "pwrite":
      return pagesOf(BigInt(Math.max(0, operation.length)));
    case "peek":
      return pagesOf(BigInt(operation.length ?? 1));
    case "touch":
      return operation.count ?? 1;
    case "advance":
      return Math.ceil(operation.seconds);
    default:
      return 0;
  }
}

function cachedPages(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** Pages of a length in bytes. One that no address space has is refused before a page is looked at. */
export function pagesOf(length: bigint): number {
  const taken = BigInt.asUintN(64, length);
  return taken >= 1n << 57n ? 0 : Number(taken / PAGE);
}
