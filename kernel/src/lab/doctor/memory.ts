/** How the kernel manages memory here: huge pages, KSM, swap, overcommit, limits, control groups. */
import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { MFD, RLIMIT, RLIM_INFINITY } from "../../abi/index.js";
import { Errno, close, getrlimit, memfd_create, readMeminfo } from "../../linux/index.js";
import { hasCapability } from "./capabilities.js";
import { info, no, partly, yes, type Finding } from "./finding.js";
import { chosenWord, readSetting } from "./read-setting.js";

export function transparentHugePages(): Finding {
  const text = readSetting("/sys/kernel/mm/transparent_hugepage/enabled");
  const word = text === undefined ? undefined : chosenWord(text);
  if (word === undefined) return no("the kernel was built without transparent huge pages", "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE");
  const how = "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
  if (word === "never") return no("they are switched off for all processes", how, word);
  return yes(word === "madvise" ? "memory gets them where MADV_HUGEPAGE asks for them" : "all memory may get them", word);
}

export function samePageMerging(): Finding {
  const run = readSetting("/sys/kernel/mm/ksm/run");
  if (run === undefined) return no("the kernel was built without KSM", "use a kernel with CONFIG_KSM");
  if (run === "1") return yes("ksmd is running");
  return partly("MADV_MERGEABLE is accepted, but ksmd does not run", "as root: echo 1 > /sys/kernel/mm/ksm/run", `run ${run}`);
}

export function swap(): Finding {
  const { SwapTotal = 0, SwapFree = 0 } = readMeminfo();
  if (SwapTotal === 0)
    return no(
      "the machine has no swap: pages can be dropped, but not swapped out",
      "as root: make a swap file with mkswap(8), and swapon it",
    );
  return yes(`${String(Math.round(SwapFree / 1024))} MiB of it are free`, `${String(Math.round(SwapTotal / 1024))} MiB`);
}

/** swapon(2) is only for CAP_SYS_ADMIN; whether it really works is not tried, since that changes the system. */
export function swapControl(): Finding {
  if (hasCapability("CAP_SYS_ADMIN")) return yes("CAP_SYS_ADMIN is there; not tried, since that would change the system");
  return no("swapon(2) needs CAP_SYS_ADMIN", "run it as root");
}

export function overcommit(): Finding {
  const mode = readSetting("/proc/sys/vm/overcommit_memory");
  const meaning: Readonly<Record<string, string>> = {
    0: "a request is refused where it alone exceeds RAM and swap",
    1: "no request is refused",
    2: "all requests together may not exceed the commit limit",
  };
  if (mode === "2")
    return partly(`${meaning[mode] ?? ""}: the model does not follow that`, "as root: sysctl vm.overcommit_memory=0", "mode 2");
  return mode === undefined ? info("unknown", "vm.overcommit_memory cannot be read") : info(`mode ${mode}`, meaning[mode] ?? "");
}

export function mapLimit(): Finding {
  const limit = readSetting("/proc/sys/vm/max_map_count");
  return info(limit ?? "unknown", "VMAs a process may have (vm.max_map_count)");
}

function bytesText(bytes: bigint): string {
  if (bytes === RLIM_INFINITY) return "unlimited";
  return bytes % 1024n === 0n ? `${String(bytes / 1024n)} KiB` : `${String(bytes)} bytes`;
}

const LITTLE_LOCKED_BYTES = 8n << 20n;

export function lockedMemory(): Finding {
  const { soft, hard } = getrlimit(RLIMIT.MEMLOCK);
  const value = bytesText(soft);
  if (hasCapability("CAP_IPC_LOCK")) return yes("CAP_IPC_LOCK: the limit does not count", value);
  if (soft === 0n) return no("RLIMIT_MEMLOCK is 0: nothing can be locked", "ulimit -l 8192, or CAP_IPC_LOCK", value);
  if (soft < LITTLE_LOCKED_BYTES)
    return partly(`RLIMIT_MEMLOCK is small; it may be raised to ${bytesText(hard)}`, "ulimit -l 8192, or CAP_IPC_LOCK", value);
  return yes(`RLIMIT_MEMLOCK; it may be raised to ${bytesText(hard)}`, value);
}

export function addressSpaceLimit(): Finding {
  const limits = (["AS", "DATA"] as const).map((name) => [name, getrlimit(RLIMIT[name]).soft] as const);
  const set = limits.filter(([, soft]) => soft !== RLIM_INFINITY);
  if (set.length === 0) return yes("RLIMIT_AS and RLIMIT_DATA", "unlimited");
  const text = set.map(([name, soft]) => `RLIMIT_${name} ${bytesText(soft)}`).join(", ");
  return partly(`large mappings may be refused: ${text}`, "ulimit -v unlimited; ulimit -d unlimited", text);
}

export function hugePages(): Finding {
  try {
    close(memfd_create("doctor", MFD.CLOEXEC | MFD.HUGETLB));
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return no("the kernel has no hugetlbfs", "use a kernel with CONFIG_HUGETLBFS");
  }
  const { HugePages_Total: total = 0, HugePages_Free: free = 0, Hugepagesize: kib = 0 } = readMeminfo();
  const size = `${String(kib / 1024)} MiB each`;
  if (free > 0) return yes(`${String(free)} of ${String(total)} are free, ${size}`, String(total));
  return partly(`MAP_HUGETLB is known, but the pool has no free page (${size})`, "as root: sysctl vm.nr_hugepages=8", String(total));
}

const CGROUP_ROOT = "/sys/fs/cgroup";

/** Makes a control group below this process's own, looks whether it limits memory, and removes it again. */
export function memoryControl(): Finding {
  const own = /^0::(.*)$/m.exec(readSetting("/proc/self/cgroup") ?? "")?.[1];
  const unified = [join(CGROUP_ROOT, own ?? ""), join(CGROUP_ROOT, "unified", own ?? "")].find((path) =>
    existsSync(join(path, "cgroup.controllers")),
  );
  const refused: string[] = [];
  if (own !== undefined && unified !== undefined) {
    const outcome = triedGroup(unified, "memory.max");
    if (outcome === undefined) return yes("a control group with memory.max was made and removed", "cgroup v2");
    refused.push(`cgroup v2: ${outcome}`);
  }
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(readSetting("/proc/self/cgroup") ?? "")?.[1];
  if (first !== undefined) {
    const outcome = triedGroup(join(CGROUP_ROOT, "memory", first), "memory.limit_in_bytes");
    if (outcome === undefined)
      return partly("a control group with memory.limit_in_bytes was made and removed", "cgroup v2 would tell more", "cgroup v1");
    refused.push(`cgroup v1: ${outcome}`);
  }
  const how = "run it as root, or in a delegated group (systemd-run --user --scope -p Delegate=yes)";
  return no(refused.length === 0 ? "no control group of this process was found" : refused.join("; "), how);
}

/** @returns what refused it; undefined where the group limits memory */
function triedGroup(parent: string, limit: string): string | undefined {
  const group = join(parent, `mmaplab-doctor-${String(process.pid)}`);
  try {
    mkdirSync(group);
  } catch (error) {
    return error instanceof Error && "code" in error ? `no group can be made (${String(error.code)})` : "no group can be made";
  }
  try {
    accessSync(join(group, limit), constants.W_OK);
    return undefined;
  } catch {
    return `a group can be made, but has no ${limit}`;
  } finally {
    rmdirSync(group);
  }
}
