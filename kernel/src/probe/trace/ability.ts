/**
 * What this machine lets the fault trace and pagers do. Each question is answered by trying, not by reading settings;
 * nothing stays behind.
 */
import { readFileSync } from "node:fs";
import { type UserfaultfdFeature } from "../../abi/index.js";
import { Errno, close, enableUserfaultfd, userfaultfd, userfaultfdFromDevice } from "../../linux/index.js";
import { PerfFaults, perfRefusal } from "./perf-faults.js";
import type { TraceSourceName } from "./tracer.js";

/** Whether something can be had here. */
export interface Ability {
  readonly allowed: "yes" | "partly" | "no";
  /** What was tried and what came of it, in a sentence. */
  readonly why: string;
  /** What would give the rest; undefined where nothing is missing. */
  readonly how: string | undefined;
}

/** One source of the fault trace. */
export interface FaultTraceSource extends Ability {
  readonly name: TraceSourceName;
  /** Which faults it sees and what of them is measured. */
  readonly sees: string;
}

/** How writes to pages can be tracked. */
export type WriteTracking =
  /** The kernel notes each written page and goes on (6.7). */
  | "asynchronous"
  /** Each first write to a page waits until it has been noted (5.7). */
  | "by events"
  | "none";

/** What userfaultfd(2) offers here. */
export interface UserfaultfdAbility extends Ability {
  /** Features of the kernel; none where no userfaultfd can be made. */
  readonly features: readonly UserfaultfdFeature[];
  /** Faults that system calls take can be served as well. */
  readonly kernelFaults: boolean;
  readonly writeTracking: WriteTracking;
}

const KERNEL_FAULTS_HOW = "set the sysctl vm.unprivileged_userfaultfd=1, or give CAP_SYS_PTRACE, or access to /dev/userfaultfd";

/** What perf events see, userfaultfd and the counters: in the order in which the trace prefers them. */
export function faultTraceSources(): readonly FaultTraceSource[] {
  return [perfSource(), countersSource(), userfaultfdSource()];
}

function perfSource(): FaultTraceSource {
  const sees = "every fault of the thread, with its address, its time, and whether it was minor or major";
  const source = { name: "perf events", sees } as const;
  const whole = tried(() => new PerfFaults(true).close());
  if (whole === undefined) return { ...source, allowed: "yes", why: "perf_event_open(2) opened the page-fault events", how: undefined };
  const user = tried(() => new PerfFaults(false).close());
  if (user !== undefined) return { ...source, allowed: "no", why: user.message, how: perfRefusal(user) };
  const how = "set the sysctl kernel.perf_event_paranoid to 1 or less, or give CAP_PERFMON";
  return { ...source, allowed: "partly", why: "faults taken inside system calls are counted, but not listed", how };
}

function countersSource(): FaultTraceSource {
  return {
    name: "counters around each touch",
    sees: "each touch of a probe that faulted, with its address, its time, and minor or major; the faults of system calls are only counted",
    allowed: "yes",
    why: "getrusage(2) needs no rights",
    how: undefined,
  };
}

function userfaultfdSource(): FaultTraceSource {
  const { allowed, why, how } = userfaultfdAbility();
  const sees =
    "on request only, since it sees less than the counters and changes what it looks at: the first access to each page of anonymous or " +
    "shared memory, with its address; each waits until it has been served, in a VMA that is split off meanwhile";
  return { name: "userfaultfd", sees, allowed: allowed === "no" ? "no" : "yes", why, how: allowed === "no" ? how : undefined };
}

/** What pagers and the tracking of writes can do here. */
export function userfaultfdAbility(): UserfaultfdAbility {
  let features: ReadonlySet<UserfaultfdFeature>;
  try {
    features = withDescriptor(
      () => userfaultfd("user"),
      (fd) => enableUserfaultfd(fd, []),
    );
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
    const how = userfaultfdRefusal(refused);
    return { allowed: "no", why: refused.message, how, features: [], kernelFaults: false, writeTracking: "none" };
  }
  const writeTracking: WriteTracking =
    features.has("WP_ASYNC") && features.has("WP_UNPOPULATED") ? "asynchronous" : features.has("PAGEFAULT_FLAG_WP") ? "by events" : "none";
  const kernelFaults = [() => userfaultfd("user and kernel"), userfaultfdFromDevice].some(
    (make) => tried(() => withDescriptor(make, () => undefined)) === undefined,
  );
  const base = { features: [...features], kernelFaults, writeTracking };
  if (writeTracking === "none") {
    return { ...base, allowed: "partly", why: "missing pages can be served, writes cannot be tracked", how: "Linux 5.7 or newer" };
  }
  const how = kernelFaults ? undefined : KERNEL_FAULTS_HOW;
  const why = kernelFaults
    ? "faults of user mode and of system calls can be served"
    : "faults of user mode can be served, which is what pagers use; those of system calls end in EFAULT";
  return { ...base, allowed: "yes", why, how };
}

/**
 * Why userfaultfd(2) refused, and what to do.
 * @param error as userfaultfd(2) or UFFDIO_API failed
 */
export function userfaultfdRefusal({ code, message }: Errno): string {
  switch (code) {
    case "ENOSYS":
      return "the kernel was built without CONFIG_USERFAULTFD, or a container's seccomp profile hides userfaultfd(2): allow it there, or use another kernel";
    case "EPERM":
    case "EACCES":
      return (
        "userfaultfd(2) is forbidden, as by the seccomp profile of a container: allow it there " +
        `(docker run --security-opt seccomp=...); vm.unprivileged_userfaultfd is ${setting()}`
      );
    case "EINVAL":
      return "faults of user mode alone can be served since Linux 5.11: use a newer kernel";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open: close some, or raise the limit (ulimit -n)";
    default:
      return message;
  }
}

function setting(): string {
  try {
    return readFileSync("/proc/sys/vm/unprivileged_userfaultfd", "latin1").trim();
  } catch {
    return "absent";
  }
}

function withDescriptor<T>(make: () => number, use: (fd: number) => T): T {
  const fd = make();
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}

/** @returns what a trial failed with, undefined where it did not */
function tried(trial: () => void): Errno | undefined {
  try {
    trial();
    return undefined;
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
    return refused;
  }
}
