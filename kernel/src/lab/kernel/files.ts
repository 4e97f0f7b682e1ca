/**
 * The open files of the executor, by the names operations give them. Its own files have no path (they are unlinked at
 * once), so nothing is left behind however the process ends; files a cell opened itself are adopted.
 */
import { mkdtempSync, rmdirSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { MFD, O } from "../../abi/index.js";
import { close, deviceText, fileFacts, memfd_create, open, readMaps, type MapsEntry } from "../../linux/index.js";
import type { Backing, FileId, Open } from "../../model/operation.js";
import { backingDirectory, type DiskBacking } from "./backing-directory.js";
import { prepareContent } from "./file-content.js";

interface RealFile {
  readonly fd: number;
  /** The executor opened it and closes it. */
  readonly own: boolean;
  readonly inode: bigint;
  /** As /proc/self/maps prints it. */
  readonly device: string;
  readonly path: string;
}

const ACCESS = { ro: O.RDONLY, wo: O.WRONLY, rw: O.RDWR } as const;

/** Opens the file behind a descriptor once more, as an open file description of its own. */
function reopen(fd: number, access: Open["access"]): number {
  return open(`/proc/self/fd/${String(fd)}`, ACCESS[access] | O.CLOEXEC);
}

function newFile(backing: DiskBacking): number {
  const directory = backingDirectory(backing);
  if (directory === undefined) {
    throw new Error(`no writable directory on ${backing} here (looked at the temporary, home and working directory): set TMPDIR to one`);
  }
  const own = mkdtempSync(join(directory, "mmaplab-"));
  const path = join(own, "file");
  try {
    const fd = open(path, O.RDWR | O.CREAT | O.EXCL | O.CLOEXEC, 0o600);
    unlinkSync(path);
    return fd;
  } finally {
    rmdirSync(own);
  }
}

function newInode(name: FileId, backing: Exclude<Backing, "unmappable">, sealable: boolean): number {
  if (backing !== "memfd") return newFile(backing);
  return memfd_create(name.slice(0, 200), MFD.CLOEXEC | (sealable ? MFD.ALLOW_SEALING : 0));
}

/** The open files. */
export class FileTable {
  readonly #files = new Map<FileId, RealFile>();
  /** Files whose descriptors are closed: mappings of them are still there, and have a name. */
  readonly #closed = new Map<FileId, RealFile>();

  /** Makes a file as an `open` operation says. @throws Error where the name is taken or the file cannot be made */
  open(operation: Open): void {
    if (this.#files.has(operation.file)) throw new Error(`file ${operation.file} is open already: close it first, or use another name`);
    this.#add(operation.file, this.#openNew(operation), true);
  }

  #openNew(operation: Open): number {
    if (operation.sameInodeAs !== undefined) return reopen(this.fd(operation.sameInodeAs), operation.access);
    if (operation.backing === "unmappable") return open("/dev/null", ACCESS[operation.access] | O.CLOEXEC);
    const fd = newInode(operation.file, operation.backing, operation.sealable === true);
    try {
      prepareContent(fd, operation);
      return reopen(fd, operation.access);
    } finally {
      close(fd);
    }
  }

  #add(id: FileId, fd: number, own: boolean): void {
    const { inode, device, path } = fileFacts(fd);
    this.#files.set(id, { fd, own, inode, device: deviceText(device), path });
  }

  /**
   * Gives a name to a file that is open already. The descriptor stays its opener's: it is not closed here.
   * @returns a name of its own for each call, after the file's; give it back with {@link disown}
   * @throws Errno EBADF where it is not open
   */
  adopt(fd: number): FileId {
    const base = basename(fileFacts(fd).path.replace(/ \(deleted\)$/, ""));
    // O_TMPFILE has no name; /proc shows its inode's number, which says nothing to a reader.
    const name = base === "" || /^#\d+$/.test(base) ? "unnamed file" : base;
    let id = name;
    for (let n = 2; this.#files.has(id); n++) id = `${name}#${String(n)}`;
    this.#add(id, fd, false);
    this.#forgetGone();
    return id;
  }

  /** A closed file that nobody maps is gone, and its inode number may be another file's. */
  #forgetGone(): void {
    if (this.#closed.size === 0) return;
    const mapped = new Set(readMaps().map(({ inode }) => inode));
    for (const [id, { inode }] of this.#closed) if (!mapped.has(inode)) this.#closed.delete(id);
  }

  /**
   * Forgets an adopted file.
   * @param isMapped whether mappings of it are still there, which keep the name
   */
  disown(id: FileId, isMapped = false): void {
    const file = this.#files.get(id);
    if (file?.own !== false) return;
    this.#files.delete(id);
    if (isMapped) this.#closed.set(id, file);
  }

  /** The descriptor of a file. @throws Error for a name that is not open */
  fd(id: FileId): number {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error(`no file ${id} is open here: open it, or adopt its descriptor`);
    return file.fd;
  }

  /** Takes the name away. @returns the descriptor, which is still open */
  release(id: FileId): number {
    const fd = this.fd(id);
    const file = this.#files.get(id);
    if (file?.own === true) this.#closed.set(id, file);
    this.#files.delete(id);
    return fd;
  }

  /** The name of the file a VMA maps; where several names share an inode, the first. */
  nameOf({ inode, device, path }: MapsEntry): FileId | undefined {
    if (inode === 0n) return undefined;
    let samePath: FileId | undefined;
    for (const [id, file] of [...this.#files, ...this.#closed]) {
      if (file.inode !== inode) continue;
      if (file.device === device) return id;
      // Some file systems (btrfs, overlayfs) print another device in maps than fstat(2) gives.
      if (file.path === path) samePath ??= id;
    }
    return samePath;
  }

  /** Closes the executor's own files and forgets the others. */
  closeAll(): void {
    for (const { fd, own } of this.#files.values()) if (own) close(fd);
    this.#files.clear();
    this.#closed.clear();
  }
}
