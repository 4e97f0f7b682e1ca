/** The page cache as a display wants it: which pages of each file are in memory, and which of them the disk does not have yet. */
import type { InodeBacking } from "./file.js";
import type { Machine } from "./machine.js";
import type { FileId } from "./operation.js";

/** Pages of a file that are alike. */
export interface CachedRun {
  /** First page. */
  readonly start: number;
  /** One past the last page. */
  readonly end: number;
  readonly dirty: boolean;
}

/** A file with what is cached of it. */
export interface FileCache {
  readonly file: FileId;
  readonly backing: InodeBacking;
  /** In bytes. */
  readonly size: number;
  readonly cachedPages: number;
  readonly dirtyPages: number;
  /** Ascending; pages that are not cached are in none. */
  readonly runs: readonly CachedRun[];
}

/**
 * How many cached pages of a file are not on its disk yet.
 * @returns null where the file is not open
 */
export function dirtyPagesOf(machine: Machine, file: FileId): number | null {
  const opened = machine.files.get(file);
  if (opened === undefined) return null;
  let count = 0;
  for (const [, frame] of opened.inode.cache) if (machine.frames.dirty[frame] === 1) count += 1;
  return count;
}

/** Every file that is open or mapped, by the first name it is known by. */
export function fileCaches(machine: Machine): FileCache[] {
  const files = new Set(machine.files.values());
  for (const { mm } of machine.processes.values()) for (const { file } of mm.vmas()) if (file !== null) files.add(file);
  const byInode = new Map([...files].reverse().map((file) => [file.inode, file]));
  return [...byInode.values()].reverse().map(({ name, inode }): FileCache => {
    const cached = [...inode.cache].sort(([a], [b]) => a - b);
    const runs: CachedRun[] = [];
    let dirtyPages = 0;
    for (const [page, frame] of cached) {
      const dirty = machine.frames.dirty[frame] === 1;
      if (dirty) dirtyPages += 1;
      const last = runs.at(-1);
      if (last !== undefined && last.end === page && last.dirty === dirty) runs[runs.length - 1] = { ...last, end: page + 1 };
      else runs.push({ start: page, end: page + 1, dirty });
    }
    return { file: name, backing: inode.backing, size: inode.size, cachedPages: cached.length, dirtyPages, runs };
  });
}
