/** What the doctor asks, in the order of its table. The ids are the words that `doctor.allows` takes. */
import { hasCapability, heldCapabilities, type Capability as Privilege } from "./capabilities.js";
import { directIo, dirtyLimits, disk, scratchDirectory, sharedMemory } from "./files.js";
import { info, no, yes, type Check, type Finding } from "./finding.js";
import {
  diskStatistics,
  mapQuery,
  pageFlags,
  pageFrames,
  pagemapScan,
  perfEvents,
  ptraceScope,
  refusalOf,
  softDirty,
  userfaults,
  writeTracking,
} from "./instruments.js";
import {
  architecture,
  instrument,
  jupyterLab,
  kernelRelease,
  modelRules,
  node,
  pageSize,
  processors,
  python,
  seccomp,
  surroundings,
  timeStampCounter,
} from "./machine.js";
import {
  addressSpaceLimit,
  hugePages,
  lockedMemory,
  mapLimit,
  memoryControl,
  overcommit,
  samePageMerging,
  swap,
  swapControl,
  transparentHugePages,
} from "./memory.js";

/** One question. */
export interface Question {
  /** For people. */
  readonly name: string;
  readonly group: "machine" | "rights" | "instruments" | "memory" | "files" | "programs";
  readonly check: Check;
  /** What to do where trying it fails in a way the check did not expect. */
  readonly how: string;
}

const NEWER = "use a newer kernel";

function capability(name: Privilege): Check {
  return () =>
    hasCapability(name)
      ? yes("in CapEff of /proc/self/status")
      : no("not in CapEff of /proc/self/status", `run it as root, or give ${name} (setcap, docker run --cap-add)`);
}

function user(): Finding {
  const uid = process.geteuid?.() ?? -1;
  return info(uid === 0 ? "root" : `uid ${String(uid)}`, heldCapabilities().join(", ") || "no capabilities");
}

/** Every question by its id. */
export const QUESTIONS = {
  linux: { name: "Linux", group: "machine", check: kernelRelease, how: "run it on Linux" },
  architecture: { name: "architecture", group: "machine", check: architecture, how: "run it on x86-64" },
  probe: {
    name: "programs on an executable page",
    group: "machine",
    check: instrument,
    how: "allow executable memory (SELinux execmem, or a kernel without such a restriction)",
  },
  modelRules: { name: "model's rules for this kernel", group: "machine", check: modelRules, how: NEWER },
  pageSize: { name: "page size", group: "machine", check: pageSize, how: NEWER },
  processors: { name: "processors", group: "machine", check: processors, how: NEWER },
  clock: { name: "time-stamp counter", group: "machine", check: timeStampCounter, how: NEWER },
  surroundings: { name: "container and VM", group: "machine", check: surroundings, how: NEWER },
  seccomp: { name: "seccomp", group: "machine", check: seccomp, how: NEWER },
  user: { name: "user", group: "rights", check: user, how: NEWER },
  CAP_IPC_LOCK: { name: "CAP_IPC_LOCK", group: "rights", check: capability("CAP_IPC_LOCK"), how: NEWER },
  CAP_SYS_PTRACE: { name: "CAP_SYS_PTRACE", group: "rights", check: capability("CAP_SYS_PTRACE"), how: NEWER },
  CAP_SYS_ADMIN: { name: "CAP_SYS_ADMIN", group: "rights", check: capability("CAP_SYS_ADMIN"), how: NEWER },
  CAP_PERFMON: { name: "CAP_PERFMON", group: "rights", check: capability("CAP_PERFMON"), how: NEWER },
  CAP_DAC_OVERRIDE: { name: "CAP_DAC_OVERRIDE", group: "rights", check: capability("CAP_DAC_OVERRIDE"), how: NEWER },
  ptraceScope: { name: "ptrace scope", group: "rights", check: ptraceScope, how: NEWER },
  perfEvents: {
    name: "perf events of page faults",
    group: "instruments",
    check: perfEvents,
    how: "set the sysctl kernel.perf_event_paranoid to 2 or less",
  },
  userfaultfd: { name: "userfaultfd", group: "instruments", check: userfaults, how: "allow userfaultfd(2)" },
  writeTracking: { name: "tracking of writes", group: "instruments", check: writeTracking, how: "allow userfaultfd(2)" },
  pageFrames: { name: "page frame numbers", group: "instruments", check: pageFrames, how: "run it as root" },
  pagemapScan: { name: "PAGEMAP_SCAN", group: "instruments", check: pagemapScan, how: "use Linux 6.7 or newer" },
  mapQuery: { name: "PROCMAP_QUERY", group: "instruments", check: mapQuery, how: "use Linux 6.11 or newer" },
  pageFlags: { name: "/proc/kpageflags", group: "instruments", check: pageFlags, how: "run it as root" },
  softDirty: { name: "soft-dirty bits", group: "instruments", check: softDirty, how: "use a kernel with CONFIG_MEM_SOFT_DIRTY" },
  diskStatistics: { name: "disk statistics", group: "instruments", check: diskStatistics, how: NEWER },
  hugePagesTransparent: { name: "transparent huge pages", group: "memory", check: transparentHugePages, how: NEWER },
  hugePages: { name: "hugetlb pages", group: "memory", check: hugePages, how: NEWER },
  ksm: { name: "KSM", group: "memory", check: samePageMerging, how: NEWER },
  swap: { name: "swap", group: "memory", check: swap, how: "as root: swapon a swap file" },
  swapControl: { name: "swapon and swapoff", group: "memory", check: swapControl, how: "run it as root" },
  overcommit: { name: "overcommit", group: "memory", check: overcommit, how: NEWER },
  mapLimit: { name: "limit of VMAs", group: "memory", check: mapLimit, how: NEWER },
  lockedMemory: { name: "locked memory", group: "memory", check: lockedMemory, how: "ulimit -l 8192" },
  addressSpace: { name: "address space", group: "memory", check: addressSpaceLimit, how: "ulimit -v unlimited" },
  memoryControl: { name: "memory limits of control groups", group: "memory", check: memoryControl, how: "run it as root" },
  scratchDirectory: {
    name: "temporary folder",
    group: "files",
    check: scratchDirectory,
    how: "set TMPDIR to a folder that can be written",
  },
  disk: { name: "folder on a disk", group: "files", check: disk, how: "set TMPDIR to a folder on a disk" },
  directIo: { name: "O_DIRECT", group: "files", check: directIo, how: "set TMPDIR to a folder on a disk" },
  sharedMemory: { name: "/dev/shm", group: "files", check: sharedMemory, how: "mount a tmpfs on /dev/shm" },
  writeBack: { name: "write-back", group: "files", check: dirtyLimits, how: NEWER },
  node: { name: "Node.js", group: "programs", check: node, how: "install Node 20.19 or newer" },
  python: { name: "Python", group: "programs", check: python, how: "run `npm start`" },
  jupyterLab: { name: "JupyterLab", group: "programs", check: jupyterLab, how: "run `npm start`" },
} as const satisfies Readonly<Record<string, Question>>;

/** What can be asked for by name. */
export type Capability = keyof typeof QUESTIONS;

/** The answer to one question. A trial that fails in an unforeseen way is an answer too. */
export function answer(id: Capability): Finding {
  const { check, how } = QUESTIONS[id];
  try {
    return check();
  } catch (error) {
    return refusalOf(error, how);
  }
}
