/** /proc/pid/maps: the VMAs of a process, one a line (proc_pid_maps(5)). */
import { readProc, type Pid } from "./proc-file.js";

/** One VMA. */
export interface MapsEntry {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
  /** Four characters, e.g. `rw-p`. */
  readonly perms: string;
  /** Offset in the file, in bytes; 0 for anonymous memory. */
  readonly offset: bigint;
  /** `major:minor` in hexadecimal, as printed. */
  readonly device: string;
  /** 0 where there is no file. */
  readonly inode: bigint;
  /** Path, pseudo-path such as `[heap]`, or empty. A newline in a file name is printed as `\012`. */
  readonly path: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;

/** Reads one line. @returns undefined for a line that is no VMA */
export function parseMapsLine(line: string): MapsEntry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, start = "", end = "", perms = "", offset = "", device = "", inode = "", path = ""] = found;
  return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), perms, offset: BigInt(`0x${offset}`), device, inode: BigInt(inode), path };
}

/** What the kernel adds to the path of a file whose name is gone; a file may really be named so (proc_pid_maps(5)). */
const DELETED = " (deleted)";

/** The file name of an entry. */
export interface FileName {
  /** As the file system has it. */
  readonly name: string;
  /** The name is gone, as far as the text can tell: a file may really end in " (deleted)". */
  readonly deleted: boolean;
}

/**
 * The file name in `path`: newlines, which the kernel prints as `\\012`, are put back, and the mark of deletion is taken off.
 * The kernel does not mark a backslash, so a name that holds the four characters `\\012` reads as a newline too.
 * @returns undefined for pseudo-paths as `[heap]` and for anonymous memory
 */
export function fileNameOf({ path }: Pick<MapsEntry, "path">): FileName | undefined {
  if (!path.startsWith("/")) return undefined;
  const deleted = path.endsWith(DELETED);
  const name = deleted ? path.slice(0, -DELETED.length) : path;
  return { name: name.replaceAll("\\012", "\n"), deleted };
}

/**
 * Reads the text of a maps file.
 * @throws SyntaxError naming the first line that is none
 */
export function parseMaps(text: string): MapsEntry[] {
  const entries: MapsEntry[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const entry = parseMapsLine(line);
    if (entry === undefined) throw new SyntaxError(`not a line of /proc/pid/maps: ${JSON.stringify(line)}`);
    entries.push(entry);
  }
  return entries;
}

/**
 * The VMAs of a process, lowest first.
 * @param pid a process, or this one
 * @throws Errno ENOENT where the process is gone, EACCES where it is not ours to read
 */
export function readMaps(pid: Pid = "self"): MapsEntry[] {
  return parseMaps(readProc(pid, "maps"));
}
