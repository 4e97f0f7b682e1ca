/** What rows need of the machine. Each need is found out by trying, once, and says in words what is missing. */
import { closeSync, openSync, readFileSync } from "node:fs";
import { MAP, MFD, PAGE_SIZE, PROT } from "../../abi/index.js";
import { Errno, close, memfd_create, rawSyscall, syscallNumber } from "../../linux/index.js";
import { Program } from "../../probe/index.js";
import { hasAnyCapability, hasCapability, type Capability } from "../doctor/capabilities.js";
import { backingDirectory, ProcessExecutor } from "../kernel/index.js";
import { openSpecial } from "./special-files.js";

/** More VMAs than this are not made for one row: the limit would have to be reached. */
export const MOST_MAPS = 262_144;

const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x1000_0000;
const ENOSYS = 38n;
const EINVAL = 22n;

/** How a need is checked: what is missing, or undefined. */
type Check = () => string | undefined;

function capability(name: Capability): Check {
  return () => (hasCapability(name) ? undefined : `root: ${name}`);
}

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // an older kernel, or /proc is not mounted whole
  }
}

const CHECKS = {
  CAP_SYS_ADMIN: capability("CAP_SYS_ADMIN"),
  CAP_IPC_LOCK: capability("CAP_IPC_LOCK"),
  "a limit of locked memory": () =>
    /^Max locked memory\s+unlimited/m.test(setting("/proc/self/limits") ?? "") ? "a limit of locked memory (ulimit -l)" : undefined,
  CAP_LINUX_IMMUTABLE: capability("CAP_LINUX_IMMUTABLE"),
  "no privileges": () =>
    !hasAnyCapability() || hasCapability("CAP_SETUID") ? undefined : "CAP_SETUID, to give up the capabilities of this process",
  "mseal(2)": () =>
    rawSyscall(syscallNumber("mseal"), [0, 0, 0]) === -ENOSYS ? "mseal(2): Linux 6.10 or newer, on a 64-bit machine" : undefined,
  "a disk": () => (backingDirectory("ext4") === undefined ? "a writable directory on ext4 (set TMPDIR to one)" : undefined),
  "a namespace of its own": namespaces,
  "an empty pool of huge pages": () => {
    const total = setting("/proc/sys/vm/nr_hugepages");
    if (total === undefined) return "a kernel with hugetlbfs";
    const overcommit = setting("/proc/sys/vm/nr_overcommit_hugepages");
    return total === "0" && overcommit === "0"
      ? undefined
      : `vm.nr_hugepages and vm.nr_overcommit_hugepages to be 0 (here ${total}, ${overcommit ?? "?"})`;
  },
  hugetlbfs: () => {
    try {
      close(memfd_create("probe", MFD.CLOEXEC | MFD.HUGETLB));
      return undefined;
    } catch (error) {
      if (error instanceof Errno) return "a kernel with hugetlbfs";
      throw error;
    }
  },
  "a low limit of VMAs": () => {
    const limit = Number(setting("/proc/sys/vm/max_map_count") ?? Infinity);
    return limit <= MOST_MAPS
      ? undefined
      : `vm.max_map_count of at most ${String(MOST_MAPS)} (here ${String(limit)}), so that it can be reached soon`;
  },
  "heuristic overcommit": () => {
    const mode = setting("/proc/sys/vm/overcommit_memory");
    return mode === "0" ? undefined : `vm.overcommit_memory=0 (here ${mode ?? "unknown"})`;
  },
  "a kernel without KSM": () => (setting("/sys/kernel/mm/ksm/run") === undefined ? undefined : "a kernel without KSM"),
  "mmap_min_addr above 0": () => {
    const lowest = Number(setting("/proc/sys/vm/mmap_min_addr") ?? 0);
    return lowest >= PAGE_SIZE ? undefined : "vm.mmap_min_addr of at least a page";
  },
  "hardware poison": () => {
    // Without a mapping the advice is looked at before the range is.
    const unknown = rawSyscall(syscallNumber("madvise"), [0, 0, 100]) === -EINVAL;
    return unknown ? "a kernel with CONFIG_MEMORY_FAILURE" : undefined;
  },
  "/proc/kpageflags": () => {
    try {
      closeSync(openSync("/proc/kpageflags", "r"));
      // It opens for everybody in a file system without permissions, and pagemap shows no page frames then.
      return hasCapability("CAP_SYS_ADMIN") ? undefined : "root: CAP_SYS_ADMIN, to see page frame numbers";
    } catch {
      return "root: /proc/kpageflags";
    }
  },
  "loop devices": () => (setting("/sys/class/misc/loop-control/dev") === undefined ? "loop devices" : undefined),
  "four-level page tables": () => {
    // A hint above 47 bits is only followed where the process has five levels.
    const at = rawSyscall(syscallNumber("mmap"), [
      1n << 47n,
      PAGE_SIZE,
      PROT.NONE,
      MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE,
      -1,
      0,
    ]);
    if (at < 0n) return undefined;
    rawSyscall(syscallNumber("munmap"), [at, PAGE_SIZE]);
    return "a process with 47-bit addresses";
  },
  uprobes: () => {
    try {
      openSpecial("with a uprobe").forEach(close);
      return undefined;
    } catch {
      return "root: CAP_PERFMON, and a kernel with uprobes (CONFIG_UPROBE_EVENTS)";
    }
  },
  KSM: () => (setting("/sys/kernel/mm/ksm/run") === undefined ? "a kernel with KSM (CONFIG_KSM)" : undefined),
} satisfies Readonly<Record<string, Check>>;

/** Something a row needs. */
export type Need = keyof typeof CHECKS;

function namespaces(): string | undefined {
  const kernel = new ProcessExecutor();
  try {
    const program = new Program();
    const step = program.syscall("unshare", [hasCapability("CAP_SYS_ADMIN") ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER]);
    const result = kernel.runProgram(program).result(step);
    return result === 0n
      ? undefined
      : "a mount namespace of its own: root, or user namespaces that anybody may make (user.max_user_namespaces)";
  } finally {
    kernel.close();
  }
}

const known = new Map<Need, string | undefined>();

/** What is missing of a need, in words; undefined where it is there. Looked at once. */
export function missing(need: Need): string | undefined {
  if (!known.has(need)) known.set(need, CHECKS[need]());
  return known.get(need);
}
