/**
 * A memory control group of one's own, so that a run that goes wrong is ended by itself and not with the machine. Version 1 and 2 of
 * cgroups; where neither lets this user make one, runs go without, and say so.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PREFIX = "mmaplab-run-";

/** Where groups can be made, and how their limit is called. */
interface Hierarchy {
  readonly folder: string;
  readonly limit: string;
}

function hierarchy(): Hierarchy | undefined {
  const lines = readText("/proc/self/cgroup").split("\n");
  const mounts = readText("/proc/self/mountinfo").split("\n");
  const first = lines.map((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/.exec(line)?.[1]).find((own) => own !== undefined);
  if (first !== undefined) {
    const mount = mounts
      .map((line) => /^\S+ \S+ \S+ \S+ (\S+) .*- cgroup \S+ .*\bmemory\b/.exec(line)?.[1])
      .find((place) => place !== undefined);
    return mount === undefined ? undefined : { folder: belowOrAt(mount, first), limit: "memory.limit_in_bytes" };
  }
  const own = lines.map((line) => /^0::(.*)$/.exec(line)?.[1]).find((place) => place !== undefined);
  const mount = mounts.map((line) => /^\S+ \S+ \S+ \S+ (\S+) .*- cgroup2 /.exec(line)?.[1]).find((place) => place !== undefined);
  return own === undefined || mount === undefined ? undefined : { folder: belowOrAt(mount, own), limit: "memory.max" };
}

/** In a container the path of the own group may be that of the host, and not be there. */
function belowOrAt(mount: string, own: string): string {
  const folder = join(mount, own);
  return existsSync(folder) ? folder : mount;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // no such hierarchy
  }
}

/** A group with a limit. */
export class MemoryGroup {
  private constructor(
    readonly folder: string,
    private readonly parent: string,
  ) {}

  /**
   * @param name tells groups of one process apart
   * @param limitBytes of memory and page cache of all its processes
   * @returns the group, or why there is none
   */
  static create(name: string, limitBytes: number): MemoryGroup | string {
    const found = hierarchy();
    if (found === undefined) return "no memory cgroup hierarchy is mounted";
    sweep(found.folder);
    const folder = join(found.folder, `${PREFIX}${process.pid}-${name}`);
    try {
      mkdirSync(folder);
    } catch (error) {
      return `no memory cgroup can be made: ${messageOf(error)}`;
    }
    try {
      writeFileSync(join(folder, found.limit), String(limitBytes));
      return new MemoryGroup(folder, found.folder);
    } catch (error) {
      rmdirSync(folder);
      return `the memory controller is not given to groups below ${found.folder}: ${messageOf(error)}`;
    }
  }

  /** Puts a process into it, with all it starts from then on. What it has is charged where it was. */
  add(pid: number): void {
    writeFileSync(join(this.folder, "cgroup.procs"), String(pid));
  }

  /** Takes the processes out that are still in it, and removes it. */
  remove(): void {
    for (const pid of readText(join(this.folder, "cgroup.procs")).split("\n").filter(Boolean)) {
      try {
        writeFileSync(join(this.parent, "cgroup.procs"), pid);
      } catch {
        // It has just ended.
      }
    }
    try {
      rmdirSync(this.folder);
    } catch {
      // A process is just ending in it: the next run sweeps it away.
    }
  }
}

/** Removes the groups of runners that are gone. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // Not this user's, or still in use.
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
