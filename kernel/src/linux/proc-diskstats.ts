/** /proc/diskstats: what each disk has read and written (the kernel's Documentation/admin-guide/iostats.rst). */
import { readSystemFile } from "./proc-file.js";

/** The unit of the kernel's sector counts, whatever the disk's own sectors are. */
const SECTOR_BYTES = 512n;

/** What one disk or partition has done since the machine started. */
export interface DiskStatistics {
  /** `major:minor` in decimal. */
  readonly device: string;
  /** e.g. `vda1`. */
  readonly name: string;
  /** Reads completed. */
  readonly reads: bigint;
  readonly readBytes: bigint;
  /** Time spent reading, in milliseconds; requests side by side count each. */
  readonly readMs: bigint;
  /** Writes completed. */
  readonly writes: bigint;
  readonly writtenBytes: bigint;
  /** Time spent writing, in milliseconds. */
  readonly writeMs: bigint;
  /** Requests under way now. */
  readonly inProgress: bigint;
  /** Time with any request under way, in milliseconds. */
  readonly busyMs: bigint;
  /** Flushes of the disk's cache completed; undefined before 5.5. */
  readonly flushes: bigint | undefined;
  /** Time spent flushing, in milliseconds; undefined before 5.5. */
  readonly flushMs: bigint | undefined;
}

/** Reads one line. @returns undefined for a line of another shape, such as that of a partition before 2.6.25 */
function parseLine(line: string): DiskStatistics | undefined {
  const found = /^\s*(\d+)\s+(\d+)\s+(\S+)((?:\s+\d+){11,})\s*$/.exec(line);
  if (found === null) return undefined;
  const [, major = "", minor = "", name = "", rest = ""] = found;
  const fields = rest.trim().split(/\s+/).map(BigInt);
  const field = (index: number): bigint => fields[index] ?? 0n;
  return {
    device: `${major}:${minor}`,
    name,
    reads: field(0),
    readBytes: field(2) * SECTOR_BYTES,
    readMs: field(3),
    writes: field(4),
    writtenBytes: field(6) * SECTOR_BYTES,
    writeMs: field(7),
    inProgress: field(8),
    busyMs: field(9),
    // Discards (4.18) lie between.
    flushes: fields[15],
    flushMs: fields[16],
  };
}

/** Reads the text of a diskstats file; lines of another shape are passed over. */
export function parseDiskstats(text: string): DiskStatistics[] {
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

/** The disks now, in the kernel's order. @throws Errno where /proc is not mounted */
export function readDiskstats(): DiskStatistics[] {
  return parseDiskstats(readSystemFile("/proc/diskstats"));
}

/**
 * The disk or partition of a device number as fstat(2) gives it.
 * @param device `st_dev`
 * @returns undefined for a file system without one, such as tmpfs
 */
export function diskOf(device: bigint, disks: readonly DiskStatistics[] = readDiskstats()): DiskStatistics | undefined {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return disks.find((disk) => disk.device === `${String(major)}:${String(minor)}`);
}
