/** Opening and closing the files that mappings need: open(2), close(2), and a file to play with. */
import { accessSync, constants, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { ERRNO, O, PAGE_SIZE } from "../abi/index.js";
import { Errno, close as closeDescriptor, fsync as fsyncDescriptor, open as openFile } from "../linux/index.js";
import { string, wholeNumber } from "../linux/arguments.js";
import { realLab } from "./calls/real.js";

/**
 * Opens a file: open(2).
 * @param path relative to the notebook's folder, or absolute
 * @param flags bits of {@link O}: one of RDONLY, WRONLY, RDWR, with CREAT, TRUNC, TMPFILE ...
 * @param mode rights of a file that is made; 0o600 unless told
 * @returns the descriptor
 * @throws Errno where the kernel refuses
 */
export function open(path: string, flags: number, mode = 0o600): number {
  const lab = realLab("open");
  return lab.descriptors.own(openFile(path, flags, mode));
}

/**
 * Closes a descriptor: close(2). Mappings of the file stay.
 * @throws Errno EBADF where it is not open; Error for a pipe, socket or other descriptor of the notebook's own process
 */
export function close(fd: number): void {
  const lab = realLab("close");
  lab.descriptors.refuseForeign(fd);
  closeDescriptor(fd);
  lab.descriptors.forget(fd);
}

/** The largest scratch file: it is really written, page by page. */
const MOST_SCRATCH_PAGES = 1 << 18;

/**
 * A file to play with: it has no name, and is gone when its descriptor is closed or the process ends, whatever happens.
 * It is written page by page, so that its pages are single ones in the page cache and fault counts are predictable, and
 * is then synced: every page is cached and clean.
 * @param pages its size in pages, up to 1 GiB
 * @param where a folder; unless told the notebook's own, or /var/tmp where that may not be written, so that it lies on a disk
 * @returns the descriptor, open for reading and writing
 */
export function scratchFile(pages: number, where: string = writableFolder()): number {
  const lab = realLab("scratchFile");
  wholeNumber("scratchFile: pages", pages, 0);
  if (pages > MOST_SCRATCH_PAGES)
    throw new RangeError(
      `scratchFile: at most ${String(MOST_SCRATCH_PAGES)} pages (1 GiB) are written, not ${String(pages)}. For a larger, empty file use open and ftruncate`,
    );
  string("scratchFile: where", where);
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
  return lab.descriptors.own(fd);
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
