/** Looks at the processes of a kernel through /proc. */
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly arguments: readonly string[];
}

function describe(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in parentheses and may hold anything; state and parent follow. Zombies count as gone.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return null;
    return { pid, parent: Number(parent), arguments: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") };
  } catch {
    return null; // ended meanwhile
  }
}

/** The processes `pid` has started and that still run. */
export function childrenOf(pid: number | undefined): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => describe(Number(name)))
    .filter((each) => each !== null)
    .filter(({ parent }) => parent === pid);
}

export function isAlive(pid: number): boolean {
  return describe(pid) !== null;
}

/** Resolves when none of the processes is left; false where some still are after `seconds`. */
export async function allGone(pids: readonly number[], seconds = 10): Promise<boolean> {
  for (let waited = 0; waited < seconds * 20; waited++) {
    if (!pids.some(isAlive)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** The processes that have this in their environment: all a kernel started with it has started, whoever is their parent by now. */
export function processesWith(variable: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(variable);
      } catch {
        return false; // ended meanwhile, or of another user
      }
    })
    .map(Number)
    .filter(isAlive);
}

/** How many descriptors a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The memory a process has in use, in MiB (VmRSS of proc_pid_status(5)). */
export function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
}
