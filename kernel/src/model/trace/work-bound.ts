/**
 * How much a whole document may ask of who runs it. A step that is short by itself may be there many times, and one may go through
 * all that the ones before it have put into memory, so that the bound counts both. It is an upper bound: what is counted may cost less.
 */
import { MADV, MAP, MCL, PAGE_SIZE } from "../../abi/index.js";
import { PAGES_PER_TABLE } from "../address.js";
import type { FileId, Operation } from "../operation.js";
import type { Settings } from "../settings.js";
import { pagesOf, pagesWalked } from "./pages-walked.js";
import { TRACE_LIMITS } from "./trace.js";

/** Advice whose work is counted by {@link pagesWalked}. */
const POPULATES: ReadonlySet<number> = new Set([MADV.POPULATE_READ, MADV.POPULATE_WRITE]);

/** Going through a page that is there costs this share of what filling it does. */
const PASSING = 1 / 4;

/** Counts the pages that the steps of one document go through. */
export class WorkBound {
  #total = 0;
  /** Pages that were put into memory so far, those counted twice that were put there twice. */
  #everFilled = 0;
  /** At most so many pages are mapped. */
  #mapped = 0;
  /** Pages of each file at its largest. */
  readonly #files = new Map<FileId, number>();
  #largestFile = 0;
  #allFiles = 0;
  /** Whether memory was locked, so that what grows later may be filled at once. */
  #locks = false;
  /** Whether all that is mapped later is locked. */
  #locksFuture = false;
  readonly #heapStart: bigint;
  readonly #besideAnon: number;
  readonly #besideFile: number;

  /** @param machine may put more pages into memory than the one that is touched */
  constructor({ thp, readaheadPages, faultAroundPages, heapStart }: Settings) {
    this.#besideAnon = thp === "never" ? 0 : PAGES_PER_TABLE;
    this.#besideFile = Math.max(readaheadPages, faultAroundPages);
    this.#heapStart = BigInt(heapStart);
  }

  /**
   * Counts one step more.
   * @param place where it stands, for errors
   * @throws Error where all so far is too much
   */
  add(operation: Operation, place: string): void {
    const filled = this.#filled(operation);
    this.#total += Math.ceil(filled + PASSING * Math.min(this.#present, this.#passed(operation)));
    this.#everFilled += filled;
    if (this.#total > TRACE_LIMITS.totalPages)
      throw new Error(
        `${place}: the steps up to here are as much work as filling ${String(this.#total)} pages; at most ${String(TRACE_LIMITS.totalPages)} are replayed. Record fewer calls, or calls on less memory.`,
      );
  }

  /** Pages that the operation may put into memory, or goes through whatever is there. */
  #filled(operation: Operation): number {
    const walked = pagesWalked(operation);
    const { op } = operation;
    switch (op) {
      case "open":
      case "ftruncate":
        this.#grow(operation.file, operation.size);
        return walked;
      case "pread":
      case "pwrite":
        this.#grow(operation.file, operation.offset + operation.length);
        return walked + this.#beside();
      case "touch": {
        const { count = 1, stride = PAGE_SIZE } = operation;
        const beside = this.#beside();
        return walked + Math.min(count * beside, (count * Math.abs(stride)) / PAGE_SIZE + beside);
      }
      case "mmap": {
        const length = pagesOf(operation.length);
        this.#mapped += length;
        this.#locks ||= (operation.flags & MAP.LOCKED) !== 0;
        return this.#locksFuture ? length : walked;
      }
      case "brk": {
        const length = operation.to > this.#heapStart ? pagesOf(operation.to - this.#heapStart) : 0;
        this.#mapped += length;
        return this.#locksFuture ? length : 0;
      }
      case "mremap": {
        const length = pagesOf(operation.newLength);
        this.#mapped += length;
        return this.#locks ? length : 0;
      }
      case "mlock":
      case "mlock2":
        this.#locks = true;
        return walked;
      case "mlockall": {
        const { flags } = operation;
        this.#locks = true;
        this.#locksFuture = (flags & (MCL.FUTURE | MCL.ONFAULT)) === MCL.FUTURE;
        return (flags & (MCL.CURRENT | MCL.ONFAULT)) === MCL.CURRENT ? this.#mapped : 0;
      }
      case "munlockall":
        this.#locksFuture = false;
        return 0;
      default:
        return walked;
    }
  }

  /** Pages in memory that the operation goes through where they are there. */
  #passed(operation: Operation): number {
    switch (operation.op) {
      case "munmap":
      case "mprotect":
      case "msync":
      case "munlock":
      case "mseal":
        return pagesOf(operation.length);
      case "madvise":
        return POPULATES.has(operation.advice) ? 0 : pagesOf(operation.length);
      case "mremap":
        return pagesOf(operation.oldLength);
      case "fork":
      case "exit":
      case "mlockall":
      case "munlockall":
      case "fsync":
      case "evict":
      case "punch":
      case "ftruncate":
        return this.#present;
      default:
        return 0;
    }
  }

  /** At most so many pages are in memory. */
  get #present(): number {
    return Math.min(this.#everFilled, this.#mapped + this.#allFiles);
  }

  #grow(file: FileId, bytes: number): void {
    const [before, pages] = [this.#files.get(file) ?? 0, Math.ceil(bytes / PAGE_SIZE)];
    if (pages <= before) return;
    this.#files.set(file, pages);
    this.#allFiles += pages - before;
    this.#largestFile = Math.max(this.#largestFile, pages);
  }

  /** Pages that come with one that is touched. */
  #beside(): number {
    return Math.max(this.#besideAnon, Math.min(this.#besideFile, this.#largestFile));
  }
}
