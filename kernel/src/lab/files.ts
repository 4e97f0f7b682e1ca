/** The calls on files that a mapping needs: open(2), close(2), ftruncate(2), fsync(2), memfd_create(2), and a file to play with. */
import { accessSync, constants, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { ERRNO, O, PAGE_SIZE } from "../abi/index.js";
import {
  Errno,
  argument,
  close as closeDescriptor,
  descriptorText,
  fsync as fsyncDescriptor,
  memfd_create as memfdCreate,
  open as openFile,
} from "../linux/index.js";
import { byteCount } from "../linux/arguments.js";
import type { FileId } from "../model/index.js";
import type { Lab } from "./lab.js";
import { theLab } from "./the-lab.js";

/**
 * Opens a file: open(2).
 * @param path relative to the notebook's folder, or absolute
 * @param flags bits of {@link O}: one of RDONLY, WRONLY, RDWR, with CREAT, TRUNC, TMPFILE ...
 * @param mode rights of a file that is made; 0o600 unless told
 * @returns the descriptor
 * @throws Errno where the kernel refuses
 */
export function open(path: string, flags: number, mode = 0o600): number {
  realLab("open");
  return openFile(path, flags, mode);
}

/** Closes a descriptor: close(2). Mappings of the file stay. @throws Errno EBADF where it is not open */
export function close(fd: number): void {
  const lab = realLab("close");
  closeDescriptor(fd);
  lab.descriptors.forget(fd);
}

/**
 * Makes a file that lives in memory only: memfd_create(2).
 * @param name shown in /proc/self/maps as `/memfd:name (deleted)`
 * @param flags bits of {@link MFD}
 * @returns the descriptor of an empty file; give it a size with ftruncate
 */
export function memfd_create(name: string, flags = 0): number {
  realLab("memfd_create");
  return memfdCreate(name, flags);
}

/**
 * Sets a file's size: ftruncate(2). Pages beyond the new end leave every mapping: touching them gives SIGBUS.
 * @param length in bytes
 * @throws Errno where the kernel refuses
 */
export function ftruncate(fd: number, length: number | bigint): void {
  const lab = theLab();
  const size = Number(byteCount("length", length));
  const file = openFileOf(lab, fd, "ftruncate");
  lab.call(lab.world, { op: "ftruncate", file, size }, () => [argument("fd", descriptorText(fd)), argument("length", String(size))]);
}

/** Writes a file's dirty pages and metadata to the disk and waits: fsync(2). @throws Errno where the kernel refuses */
export function fsync(fd: number): void {
  const lab = theLab();
  const file = openFileOf(lab, fd, "fsync");
  lab.call(lab.world, { op: "fsync", file }, () => [argument("fd", descriptorText(fd))]);
}

/**
 * A file to play with: it has no name, and is gone when its descriptor is closed or the process ends, whatever happens.
 * It is written page by page, so that its pages are single ones in the page cache and fault counts are predictable, and
 * is then synced: every page is cached and clean.
 * @param pages its size in pages
 * @param where a folder; unless told the notebook's own, or /var/tmp where that may not be written, so that it lies on a disk
 * @returns the descriptor, open for reading and writing
 */
export function scratchFile(pages: number, where: string = writableFolder()): number {
  realLab("scratchFile");
  if (!Number.isSafeInteger(pages) || pages < 0) throw new RangeError(`scratchFile: pages is a whole number from 0, not ${String(pages)}`);
  const fd = namelessFile(where);
  try {
    for (let page = 0; page < pages; page += 1) {
      // The content tells which page it is.
      const bytes = new Uint8Array(PAGE_SIZE).fill(page & 0xff);
      for (let done = 0; done < PAGE_SIZE;) done += writeSync(fd, bytes, done, PAGE_SIZE - done, page * PAGE_SIZE + done);
    }
    fsyncDescriptor(fd);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  return fd;
}

/** The first folder that may be written: the notebook's, else the one for large temporary files, else any temporary one. */
function writableFolder(): string {
  const folders = [".", "/var/tmp", tmpdir()];
  const found = folders.find((folder) => {
    try {
      accessSync(folder, constants.W_OK);
      return true;
    } catch {
      return false; // absent, read-only or somebody else's
    }
  });
  if (found === undefined)
    throw new Error(`scratchFile: none of ${folders.join(", ")} may be written. Name a folder that may: scratchFile(pages, folder)`);
  return found;
}

/** O_TMPFILE where the file system has it; otherwise a file that is unlinked at once. */
function namelessFile(where: string): number {
  try {
    return openFile(where, O.TMPFILE | O.RDWR, 0o600);
  } catch (error) {
    const lacking: readonly number[] = [ERRNO.EOPNOTSUPP, ERRNO.EISDIR];
    if (!(error instanceof Errno) || !lacking.includes(error.errno)) throw error;
    const path = `${where}/.mmaplab-${String(process.pid)}-${String(process.hrtime.bigint())}`;
    const fd = openFile(path, O.CREAT | O.EXCL | O.RDWR, 0o600);
    unlinkSync(path);
    return fd;
  }
}

function openFileOf(lab: Lab, fd: number, what: string): FileId {
  const file = lab.descriptors.fileOf(fd, lab.world);
  if (file === null) throw new Errno(what, "EBADF", [argument("fd", descriptorText(fd))]);
  return file;
}

function realLab(what: string): Lab {
  const lab = theLab();
  lab.requireLive(lab.world, what);
  return lab;
}
