/** /proc/pid/maps: the VMAs of a process, one a line (proc_pid_maps(5)). */
import { readFileSync } from "node:fs";

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
 * @throws the Error of node:fs where the process is gone (ENOENT) or not ours to read (EACCES)
 */
export function readMaps(pid: number | "self" = "self"): MapsEntry[] {
  return parseMaps(readFileSync(`/proc/${pid}/maps`, "latin1"));
}
