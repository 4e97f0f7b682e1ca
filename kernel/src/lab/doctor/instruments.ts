/** What can be seen of faults and pages: perf events, userfaultfd, pagemap and its relatives. Everything is tried. */
import { readFileSync, writeFileSync } from "node:fs";
import { MAP, PAGE_SIZE, PROT } from "../../abi/index.js";
import { Errno, PAGE_IS, mmap, munmap, queryMap, readPageFlags, readPagemap, scanPagemap } from "../../linux/index.js";
import { FIRST_PROCESS } from "../../model/index.js";
import { faultTraceSources, userfaultfdAbility, type Ability } from "../../probe/index.js";
import { ProcessExecutor } from "../kernel/index.js";
import { info, no, partly, yes, type Finding } from "./finding.js";
import { readSetting } from "./read-setting.js";

const ROOT = "run it as root, or with CAP_SYS_ADMIN";

function fromAbility({ allowed, why, how }: Ability, value?: string): Finding {
  return { allowed, why, ...(how === undefined ? {} : { how }), ...(value === undefined ? {} : { value }) };
}

export function perfEvents(): Finding {
  const paranoid = readSetting("/proc/sys/kernel/perf_event_paranoid");
  const source = faultTraceSources().find(({ name }) => name === "perf events");
  if (source === undefined) return no("this build does not know perf events", "use another version of mmaplab");
  return fromAbility(source, paranoid === undefined ? undefined : `paranoid ${paranoid}`);
}

export function userfaults(): Finding {
  const ability = userfaultfdAbility();
  if (ability.allowed === "yes" && ability.how !== undefined) return partly(ability.why, ability.how, "user mode");
  return fromAbility(ability, ability.allowed === "no" ? undefined : ability.kernelFaults ? "user and kernel" : "user mode");
}

export function writeTracking(): Finding {
  const { writeTracking: how, allowed, why } = userfaultfdAbility();
  if (how === "none")
    return no(allowed === "no" ? why : "userfaultfd cannot write-protect here", "use Linux 5.7 or newer, and allow userfaultfd(2)");
  return how === "asynchronous"
    ? yes("userfaultfd with WP_ASYNC", how)
    : partly("each first write waits until it is noted", "use Linux 6.7 or newer", how);
}

/** One page with something in it, for looking at. */
function withPage<T>(use: (at: bigint) => T): T {
  const at = mmap(null, PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS | MAP.POPULATE, -1, 0);
  try {
    return use(at);
  } finally {
    munmap(at, PAGE_SIZE);
  }
}

export function pageFrames(): Finding {
  return withPage((at) => {
    const [entry] = readPagemap(at, 1);
    if (entry?.present !== true)
      return no("/proc/self/pagemap shows nothing of a page that is there", "use a kernel with CONFIG_PROC_PAGE_MONITOR");
    if (entry.pfn !== 0n) return yes("/proc/self/pagemap shows page frame numbers");
    return partly("/proc/self/pagemap shows which pages are present, but no page frame numbers", ROOT);
  });
}

export function pagemapScan(): Finding {
  return withPage((at) => {
    scanPagemap(at, at + BigInt(PAGE_SIZE), PAGE_IS.PRESENT);
    return yes("the ioctl PAGEMAP_SCAN answered");
  });
}

export function mapQuery(): Finding {
  return withPage((at) =>
    queryMap(at) === undefined
      ? no("the ioctl PROCMAP_QUERY does not find a page that is mapped", "use Linux 6.11 or newer")
      : yes("the ioctl PROCMAP_QUERY answered"),
  );
}

export function pageFlags(): Finding {
  return withPage((at) => {
    const [entry] = readPagemap(at, 1);
    const frame = entry?.pfn ?? 0n;
    if (frame === 0n) return no("without page frame numbers there is nothing to ask /proc/kpageflags for", ROOT);
    readPageFlags([frame]);
    return yes("/proc/kpageflags was read");
  });
}

/** In a process of its own, since clearing the bits makes every page of a process fault once more. */
export function softDirty(): Finding {
  const kernel = new ProcessExecutor();
  try {
    const at = 0x6000_0000_0000n;
    const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
    kernel.run({ op: "mmap", at, length: BigInt(PAGE_SIZE), prot: PROT.READ | PROT.WRITE, flags, file: null, offset: 0n });
    kernel.run({ op: "touch", at, access: "write" });
    const pid = kernel.pidOf(FIRST_PROCESS);
    writeFileSync(`/proc/${String(pid)}/clear_refs`, "4");
    const clean = readPagemap(at, 1, pid)[0]?.softDirty === false;
    kernel.run({ op: "touch", at, access: "write" });
    if (clean && readPagemap(at, 1, pid)[0]?.softDirty === true) return yes("clear_refs and the soft-dirty bits of pagemap work");
    return no("the kernel was built without CONFIG_MEM_SOFT_DIRTY", "use the tracking of writes by userfaultfd instead: trackWrites()");
  } finally {
    kernel.close();
  }
}

export function ptraceScope(): Finding {
  const scope = readSetting("/proc/sys/kernel/yama/ptrace_scope");
  if (scope === undefined) return info("no Yama", "any process of the same user may be looked at");
  const meaning = ["any process of the same user", "own children", "only with CAP_SYS_PTRACE", "none"][Number(scope)] ?? "unknown";
  return info(scope, `what may be attached to: ${meaning}`);
}

export function diskStatistics(): Finding {
  try {
    return readFileSync("/proc/diskstats", "latin1").trim() === ""
      ? partly("/proc/diskstats is empty", "run it outside of the container")
      : yes("/proc/diskstats was read");
  } catch {
    return no("/proc/diskstats cannot be read", "run it where /proc shows the machine's disks");
  }
}

/** What a failed trial says, and what to do, where a probe has no better words. */
export function refusalOf(error: unknown, how: string): Finding {
  if (error instanceof Errno && error.code === "ENOTTY") return no("this kernel does not know the ioctl", how);
  return no(error instanceof Error ? (error.message.split("\n")[0] ?? "it failed") : String(error), how);
}
