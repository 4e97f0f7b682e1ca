/** What a notebook might leave behind on the machine. */
import { readFileSync, readdirSync } from "node:fs";
import { GUIDED } from "./guided-notebooks.mjs";

/** Files where notebooks make them, mounts, swap and the settings a lab could change: the same before and after a run. */
export function traces(): Readonly<Record<string, string>> {
  const files = (folder: string, pattern: RegExp): string =>
    readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
      .join("\n");
  return {
    "files in the notebooks' folder": readdirSync(GUIDED, { recursive: true }).sort().join("\n"),
    "scratch files": files("/var/tmp", /mmaplab/),
    "shared memory": files("/dev/shm", /mmaplab|lab/),
    mounts: readFileSync("/proc/self/mounts", "utf8"),
    "swap areas": readFileSync("/proc/swaps", "utf8")
      .split("\n")
      .map((line) => line.split(/\s+/)[0])
      .join("\n"),
    ...Object.fromEntries(
      ["overcommit_memory", "max_map_count", "swappiness", "dirty_expire_centisecs"].map((name) => [
        `vm.${name}`,
        readFileSync(`/proc/sys/vm/${name}`, "utf8"),
      ]),
    ),
  };
}
