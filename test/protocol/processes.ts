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
