/**
 * The files a cell maps: how a descriptor number becomes a file the model knows.
 *
 * The model learns a file when it is first mapped: its size, where its pages live, which of them are cached, and its
 * bytes, so that contents can be compared.
 */
import { readFileSync, readSync } from "node:fs";
import { F_SEAL, O, PAGE_SIZE } from "../abi/index.js";
import { Errno, cachedPages, fileFacts, getSeals, type FileFacts } from "../linux/index.js";
import { descriptor } from "../linux/arguments.js";
import type { FileId, Model, Open } from "../model/index.js";
import type { KernelExecutor } from "./kernel/index.js";
import type { World } from "./world.js";

/** Files up to this size are known to the model byte by byte; of larger ones it knows the size and the cached pages. */
const MOST_KNOWN_BYTES = 16 * 1024 * 1024;

interface Known {
  readonly file: FileId;
  readonly inode: bigint;
  readonly device: bigint;
  size: bigint;
}

/** Which model file each descriptor stands for. */
export class Descriptors {
  readonly #known = new Map<number, Known>();
  /** Descriptors that calls of a cell returned. */
  readonly #own = new Set<number>();

  /**
   * @param kernel maps files by their id
   * @param model learns each file
   */
  constructor(
    private readonly kernel: KernelExecutor,
    private readonly model: Model,
  ) {}

  /** Notes that a call of a cell returned a descriptor. @returns the descriptor */
  own(fd: number): number {
    this.#own.add(fd);
    return fd;
  }

  /**
   * Refuses a descriptor that the notebook's own process needs: what is neither a file nor a folder, and was opened by no
   * call of a cell.
   * @throws Error for such a one; what is not open passes, since the kernel says EBADF
   */
  refuseForeign(fd: number): void {
    if (this.#own.has(descriptor("fd", fd))) return;
    const facts = openFile(fd);
    if (facts === null) return;
    const standard = fd <= 2; // may be a regular file too
    if (!standard && (facts.isRegular || (facts.path.startsWith("/") && !facts.path.startsWith("/dev/")))) return;
    throw new Error(
      `close: fd ${String(fd)} is ${facts.path}, a descriptor of the notebook's own process: closing it would cut it off. ` +
        "Close those that open, memfd_create, shm_open, pidfd_open and scratchFile gave you.",
    );
  }

  /** The file behind a descriptor as {@link fileOf}, null also for what is no regular file. */
  regularFileOf(fd: number, world: World): FileId | null {
    if (fd < 0 || openFile(fd)?.isRegular !== true) return null;
    return this.fileOf(fd, world);
  }

  /**
   * The file behind a descriptor, made known to the model where it was not.
   * @param fd -1, or any number: what is not open gives null, and the kernel says EBADF
   * @param world a prediction learns the file as well
   */
  fileOf(fd: number, world: World): FileId | null {
    if (fd < 0) return null;
    const facts = openFile(fd);
    if (facts === null) return null;
    const known = this.#known.get(fd);
    if (known?.inode === facts.inode && known.device === facts.device) {
      this.#follow(known, facts, world);
      return known.file;
    }
    const file = this.kernel.adopt(fd);
    const open = describe(fd, file, facts, this.#sameInode(facts));
    for (const model of new Set([this.model, world.model])) {
      model.run(open);
      if (open.sealable === true && open.sameInodeAs === undefined) model.run({ op: "seal", file, seals: sealsOf(fd) });
    }
    this.#known.set(fd, { file, inode: facts.inode, device: facts.device, size: facts.size });
    return file;
  }

  /** The descriptor was closed: its number may come to mean another file. */
  forget(fd: number): void {
    this.#own.delete(fd);
    const known = this.#known.get(fd);
    if (known === undefined) return;
    this.#known.delete(fd);
    this.model.run({ op: "close", file: known.file });
    this.kernel.disown(known.file);
  }

  /** The file was resized by other means than the lab's ftruncate: the model follows. */
  #follow(known: Known, facts: FileFacts, world: World): void {
    if (known.size === facts.size) return;
    known.size = facts.size;
    for (const model of new Set([this.model, world.model])) model.run({ op: "ftruncate", file: known.file, size: Number(facts.size) });
  }

  #sameInode({ inode, device }: FileFacts): FileId | null {
    for (const known of this.#known.values()) if (known.inode === inode && known.device === device) return known.file;
    return null;
  }
}

function openFile(fd: number): FileFacts | null {
  try {
    return fileFacts(fd);
  } catch (error) {
    if (error instanceof Errno && error.code === "EBADF") return null;
    throw error;
  }
}

function describe(fd: number, file: FileId, facts: FileFacts, sameInodeAs: FileId | null): Open {
  const access = accessMode(fd);
  const size = Number(facts.size);
  const sealable = facts.kind === "memfd" && (sealsOf(fd) & F_SEAL.SEAL) === 0;
  const backing = facts.isRegular ? facts.kind : "unmappable";
  const open: Open = { op: "open", file, backing, access, size, data: "clean", sealable };
  if (sameInodeAs !== null) return { ...open, sameInodeAs };
  if (!facts.isRegular || access === "wo" || size === 0) return open;
  const cached = runs(cachedPages(fd));
  return size > MOST_KNOWN_BYTES ? { ...open, cached } : { ...open, cached, content: contents(fd, size, cached) };
}

/** The seals of a file; F_SEAL_SEAL for one that cannot have any. */
function sealsOf(fd: number): number {
  try {
    return getSeals(fd);
  } catch (error) {
    if (error instanceof Errno && error.code === "EINVAL") return F_SEAL.SEAL;
    throw error;
  }
}

/** `flags` of /proc/self/fdinfo, in octal, hold the access mode of open(2). */
function accessMode(fd: number): Open["access"] {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${String(fd)}`, "utf8"))?.[1] ?? "0";
  const mode = Number.parseInt(flags, 8) & O.ACCMODE;
  return mode === O.RDONLY ? "ro" : mode === O.WRONLY ? "wo" : "rw";
}

/** Cached pages as half-open ranges. */
function runs(pages: Uint8Array): [number, number][] {
  const ranges: [number, number][] = [];
  pages.forEach((page, index) => {
    if ((page & 1) === 0) return;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else ranges.push([index, index + 1]);
  });
  return ranges;
}

/** The bytes of the cached pages. Reading others would bring them into the page cache, and the model would be wrong at once. */
function contents(fd: number, size: number, cached: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const [start, end] of cached) {
    const from = start * PAGE_SIZE;
    readSync(fd, bytes, from, Math.min(end * PAGE_SIZE, size) - from, from);
  }
  return bytes;
}
