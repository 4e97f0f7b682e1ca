/**
 * The files a cell maps: how a descriptor number becomes a file the model knows.
 *
 * The model learns a file when it is first mapped: its size, where its pages live, which of them are cached, and its
 * bytes, so that contents can be compared.
 */
import { readFileSync } from "node:fs";
import { F_SEAL, O, PAGE_SIZE } from "../abi/index.js";
import { Errno, fileFacts, getSeals, type FileFacts } from "../linux/index.js";
import { descriptor } from "../linux/arguments.js";
import type { FileId, Model, Open, VmaRecord } from "../model/index.js";
import { FileContents } from "./file-contents.js";
import type { KernelExecutor } from "./kernel/index.js";
import type { World } from "./world.js";

interface Known {
  readonly file: FileId;
  readonly inode: bigint;
  readonly device: bigint;
  size: bigint;
  /** Null where the descriptor may not be read. Shared by all descriptors of the file. */
  readonly contents: FileContents | null;
}

/** What a descriptor turned out to be. */
interface Described {
  readonly open: Open;
  readonly contents: FileContents | null;
}

/** Which model file each descriptor stands for. */
export class Descriptors {
  readonly #known = new Map<number, Known>();
  /** By name, those of closed descriptors too: mappings of them are still there. */
  readonly #contents = new Map<FileId, FileContents>();
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
    const { open, contents } = describe(fd, file, facts, this.#sameInode(facts));
    for (const model of new Set([this.model, world.model])) {
      model.run(open);
      if (open.sealable === true && open.sameInodeAs === undefined) model.run({ op: "seal", file, seals: sealsOf(fd) });
    }
    this.#known.set(fd, { file, inode: facts.inode, device: facts.device, size: facts.size, contents });
    if (contents === null) this.#contents.delete(file);
    else this.#contents.set(file, contents);
    return file;
  }

  /** The descriptor was closed: its number may come to mean another file. */
  forget(fd: number): void {
    this.#own.delete(fd);
    const known = this.#known.get(fd);
    if (known === undefined) return;
    this.#known.delete(fd);
    const isMapped = this.model.isMapped(known.file);
    this.model.run({ op: "close", file: known.file });
    this.kernel.disown(known.file, isMapped);
  }

  /** Tells the model what was written past the lab to files that are mapped. Call it before the model is asked anything. */
  learn(): void {
    for (const [fd, { file, contents }] of this.#mapped()) contents.learn(fd, file, this.model);
  }

  /** A call of the lab is over: what it changed in files that are mapped is known. */
  settle(): void {
    for (const [fd, { contents }] of this.#mapped()) contents.settle(fd);
  }

  /** Whether the bytes of the files in some VMAs are known to the model. */
  knowsBytes(vmas: readonly VmaRecord[]): boolean {
    return vmas.every(({ object, start, end, offset }) => {
      const contents = object === null ? undefined : this.#contents.get(object);
      if (contents === undefined) return true;
      const first = Number(offset) / PAGE_SIZE;
      const pages = Math.ceil(Number(end - start) / PAGE_SIZE);
      for (let page = first; page < first + pages; page++) if (!contents.knows(page)) return false;
      return true;
    });
  }

  /** One name for each file, though it may be open under several: /proc/pid/maps does not tell which of them was mapped. */
  nameOfFile(file: FileId): string {
    return this.#contents.get(file)?.name ?? file;
  }

  /** How often somebody wrote past the lab to a file, by its name. */
  outsideWrites(file: FileId): number {
    return this.#contents.get(file)?.outsideWrites ?? 0;
  }

  /** The descriptors of mapped files, one for each file. */
  *#mapped(): Generator<[number, Known & { readonly contents: FileContents }]> {
    const seen = new Set<FileContents>();
    for (const [fd, known] of this.#known) {
      const { file, contents } = known;
      if (contents === null || seen.has(contents) || !this.model.isMapped(file)) continue;
      seen.add(contents);
      yield [fd, { ...known, contents }];
    }
  }

  /** The file was resized by other means than the lab's ftruncate: the model follows. */
  #follow(known: Known, facts: FileFacts, world: World): void {
    if (known.size === facts.size) return;
    known.size = facts.size;
    for (const model of new Set([this.model, world.model])) model.run({ op: "ftruncate", file: known.file, size: Number(facts.size) });
  }

  #sameInode({ inode, device }: FileFacts): Known | null {
    for (const known of this.#known.values()) if (known.inode === inode && known.device === device) return known;
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

function describe(fd: number, file: FileId, facts: FileFacts, same: Known | null): Described {
  const access = accessMode(fd);
  const size = Number(facts.size);
  const sealable = facts.kind === "memfd" && (sealsOf(fd) & F_SEAL.SEAL) === 0;
  const backing = facts.isRegular ? facts.kind : "unmappable";
  const open: Open = { op: "open", file, backing, access, size, data: "clean", sealable };
  if (same !== null) return { open: { ...open, sameInodeAs: same.file }, contents: same.contents };
  if (!facts.isRegular || access === "wo") return { open, contents: null };
  const { contents, cached, bytes } = FileContents.of(fd, file, size, facts.kind);
  if (size === 0) return { open, contents };
  return { open: bytes === undefined ? { ...open, cached } : { ...open, cached, content: bytes }, contents };
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
