/**
 * What the lab knows of the bytes of one file: which of them it has read, and whether somebody wrote others since.
 *
 * The bytes are read when the file is first mapped, as far as they are in the page cache: reading more would change what the
 * next fault costs. Who writes past the lab (fs.writeSync, another program) changes the file's times, and is noticed by them.
 */
import { fstatSync, readSync } from "node:fs";
import { release } from "node:os";
import { PAGE_SIZE } from "../abi/index.js";
import { cachedPages, type FileKind } from "../linux/index.js";
import { parseRelease, type FileId, type Model } from "../model/index.js";

/** A half-open range of pages of a file. */
export type PageRun = readonly [start: number, end: number];

/** Files up to this size are known byte by byte; of larger ones only the size and the cached pages. */
const MOST_KNOWN_BYTES = 16 * 1024 * 1024;

/**
 * How long two changes may look like one: before Linux 6.13, and still on some file systems, a file's times are those of the
 * last tick of the clock, of 1 to 10 ms.
 */
const CLOCK_TICK_NS = 20_000_000n;

/** When a file was last changed, as fstat(2) says. */
interface Stamp {
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly size: bigint;
  /** Of 512 bytes; 0 where the whole file is a hole. */
  readonly blocks: bigint;
}

/** The contents of one file, through whichever descriptors. */
export class FileContents {
  #settled: Stamp | null;
  /** Where the times of the file are too coarse to tell two changes apart. */
  #unsure: boolean;
  #outsideWrites = 0;
  readonly #openPages: number;

  private constructor(
    /** The file's first name. */
    readonly name: FileId,
    private readonly read: readonly PageRun[],
    stamp: Stamp | null,
    size: number,
    /** Every change gives the file another time (multigrain timestamps). */
    private readonly exactTimes: boolean,
  ) {
    this.#settled = stamp;
    this.#unsure = this.#isCoarse(stamp);
    this.#openPages = Math.ceil(size / PAGE_SIZE);
  }

  /**
   * Reads what is cached of a file.
   * @param fd a regular file, open for reading
   * @param name the file's first
   * @param size in bytes
   * @param kind where its pages live
   * @returns the cached pages, and the bytes of them where the file is not too large
   */
  static of(
    fd: number,
    name: FileId,
    size: number,
    kind: FileKind,
  ): { readonly contents: FileContents; readonly cached: readonly PageRun[]; readonly bytes?: Uint8Array } {
    const stamp = stampOf(fd);
    // What is not in memory is nowhere: reading a hole of such a file puts nothing there.
    const inMemory = kind === "memfd" || kind === "tmpfs";
    const readable = inMemory || stamp?.blocks === 0n ? [[0, Math.ceil(size / PAGE_SIZE)] as const] : null;
    const bytes = new Uint8Array(size <= MOST_KNOWN_BYTES ? size : 0);
    if (inMemory && bytes.length > 0) bytes.set(bytesOf(fd, [0, Math.ceil(size / PAGE_SIZE)], size));
    const cached = size === 0 ? [] : runs(cachedPages(fd));
    if (size > MOST_KNOWN_BYTES) return { contents: new FileContents(name, [], stamp, size, hasExactTimes(kind)), cached };
    if (!inMemory) for (const run of cached) bytes.set(bytesOf(fd, run, size), run[0] * PAGE_SIZE);
    return { contents: new FileContents(name, readable ?? cached, stamp, size, hasExactTimes(kind)), cached, bytes };
  }

  /** How often somebody else's writing was noticed. */
  get outsideWrites(): number {
    return this.#outsideWrites;
  }

  /** Whether the bytes of a page of the file were ever read, or the page came to the file later. */
  knows(page: number): boolean {
    return page >= this.#openPages || this.read.some(([start, end]) => page >= start && page < end);
  }

  /** A call of the lab is over: changes up to now are its own. */
  settle(fd: number): void {
    this.#settled = stampOf(fd);
    this.#unsure = this.#isCoarse(this.#settled);
  }

  /**
   * Tells the model what somebody else wrote since the last call of the lab. Looks at the times only where nobody did.
   * @param fd the file, open for reading
   */
  learn(fd: number, file: FileId, model: Model): void {
    const now = stampOf(fd);
    if (now === null || (!this.#unsure && sameStamp(now, this.#settled))) return;
    const size = Number(now.size);
    const resized = this.#settled !== null && now.size !== this.#settled.size;
    if (resized) model.run({ op: "ftruncate", file, size });
    const written = this.#learnBytes(fd, file, size, model);
    if (resized || written) this.#outsideWrites += 1;
    this.settle(fd);
  }

  /** @returns whether bytes were other than the model had them */
  #learnBytes(fd: number, file: FileId, size: number, model: Model): boolean {
    if (size === 0 || size > MOST_KNOWN_BYTES) return false;
    let written = false;
    for (const run of runs(cachedPages(fd))) {
      const bytes = bytesOf(fd, run, size);
      for (let page = run[0]; page < run[1]; page++) {
        if (!this.knows(page)) continue;
        const from = (page - run[0]) * PAGE_SIZE;
        const now = bytes.subarray(from, from + PAGE_SIZE);
        const before = model.filePage(file, page);
        if (now.every((byte, at) => byte === before[at])) continue;
        model.writeFromOutside(file, page * PAGE_SIZE, now);
        written = true;
      }
    }
    return written;
  }

  #isCoarse(stamp: Stamp | null): boolean {
    return !this.exactTimes && stamp !== null && BigInt(Date.now()) * 1_000_000n - stamp.changedNs < CLOCK_TICK_NS;
  }
}

/** Linux 6.13 gives files of these kinds another time at every change that somebody has looked for since the last. */
function hasExactTimes(kind: FileKind): boolean {
  const { major, minor } = parseRelease(release());
  return kind !== "other" && (major > 6 || (major === 6 && minor >= 13));
}

/** Null where the descriptor was closed past the lab. */
function stampOf(fd: number): Stamp | null {
  try {
    const { mtimeNs, ctimeNs, size, blocks } = fstatSync(fd, { bigint: true });
    return { modifiedNs: mtimeNs, changedNs: ctimeNs, size, blocks };
  } catch {
    return null;
  }
}

function sameStamp(a: Stamp, b: Stamp | null): boolean {
  return b !== null && a.modifiedNs === b.modifiedNs && a.changedNs === b.changedNs && a.size === b.size;
}

/** The bytes of some cached pages, up to the end of the file. */
function bytesOf(fd: number, [start, end]: PageRun, size: number): Uint8Array {
  const from = start * PAGE_SIZE;
  const bytes = new Uint8Array(Math.max(0, Math.min(end * PAGE_SIZE, size) - from));
  for (let done = 0; done < bytes.length;) {
    const got = readSync(fd, bytes, done, bytes.length - done, from + done);
    if (got === 0) break; // the file became shorter meanwhile: the next call sees its new size
    done += got;
  }
  return bytes;
}

/** Cached pages as half-open ranges. */
function runs(pages: Uint8Array): PageRun[] {
  const ranges: [number, number][] = [];
  pages.forEach((page, index) => {
    if ((page & 1) === 0) return;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else ranges.push([index, index + 1]);
  });
  return ranges;
}
