/** What the lab offers, and what each of it needs. */
import type { Finding } from "./finding.js";
import type { Capability } from "./questions.js";

/** Something the lab offers. */
export interface Feature {
  readonly name: string;
  /** Without one of these it does not run. */
  readonly needs: readonly Capability[];
  /** Without all of these it does not run either: one is enough. */
  readonly oneOf?: readonly Capability[];
  /** Without one of these it runs, but shows or measures less; with what is lost. */
  readonly better: Readonly<Partial<Record<Capability, string>>>;
}

const BASE = ["linux", "architecture", "probe"] as const;

/** Everything the lab offers, first what all the rest builds on. */
export const FEATURES = [
  { name: "calls, touches and signals in cells", needs: BASE, better: { clock: "times within an operation are rough" } },
  { name: "notebooks in JupyterLab", needs: ["node", "python", "jupyterLab"], better: {} },
  {
    name: "model beside the kernel",
    needs: BASE,
    better: { modelRules: "differences may be the model's", overcommit: "refusals of memory may differ" },
  },
  { name: "fault trace by perf events", needs: [...BASE, "perfEvents"], better: { perfEvents: "faults in system calls are only counted" } },
  { name: "fault trace by userfaultfd", needs: [...BASE, "userfaultfd"], better: {} },
  { name: "write your own pager", needs: [...BASE, "userfaultfd"], better: { processors: "each fault takes longer" } },
  {
    name: "tracking of written pages",
    needs: [...BASE, "userfaultfd", "writeTracking"],
    better: { writeTracking: "each first write waits" },
  },
  { name: "fork and copy-on-write", needs: BASE, better: { pageFrames: "which frames are shared is not shown" } },
  {
    name: "two ways to share memory",
    needs: BASE,
    better: { pageFrames: "that both see one frame is not shown", sharedMemory: "shm_open may run out of room" },
  },
  {
    name: "msync, and what it costs",
    needs: [...BASE, "disk"],
    better: {
      disk: "the facts were checked on ext4",
      diskStatistics: "bytes written are not shown",
      directIo: "the disk is not read past the cache",
    },
  },
  { name: "page cache and readahead", needs: [...BASE, "disk"], better: { disk: "the facts were checked on ext4" } },
  { name: "dirty pages one by one", needs: [...BASE, "pageFrames", "pageFlags"], better: { pageFrames: "no frame numbers, no flags" } },
  { name: "huge pages", needs: [...BASE, "hugePagesTransparent"], better: { hugePages: "MAP_HUGETLB ends with ENOMEM" } },
  { name: "same pages merged (KSM)", needs: [...BASE, "ksm"], better: { ksm: "nothing is merged until ksmd runs" } },
  { name: "swap", needs: BASE, oneOf: ["swap", "swapControl"], better: { swap: "a swap file has to be made first" } },
  { name: "locking memory", needs: [...BASE, "lockedMemory"], better: { lockedMemory: "little can be locked" } },
  { name: "memory pressure in a control group", needs: [...BASE, "memoryControl"], better: { memoryControl: "cgroup v1 tells less" } },
  { name: "errno and signal zoo", needs: BASE, better: { CAP_SYS_ADMIN: "rows that need root are left out" } },
] as const satisfies readonly Feature[];

/** How far something the lab offers runs here. */
export interface FeatureState {
  readonly name: string;
  readonly runs: "fully" | "partly" | "not";
  /** What keeps it from running, or from running fully; empty where nothing does. */
  readonly why: string;
  /** What would help; empty where nothing is missing. */
  readonly how: string;
}

/** How far each runs. @param findings the answers to all questions */
export function featureStates(findings: Readonly<Record<Capability, Finding>>): readonly FeatureState[] {
  return FEATURES.map((feature: Feature): FeatureState => {
    const refused = (id: Capability): boolean => findings[id].allowed === "no";
    const alternatives = feature.oneOf ?? [];
    const absent = [...feature.needs.filter(refused), ...(alternatives.every(refused) ? alternatives : [])];
    if (absent.length > 0) return state(feature, "not", absent, (id) => findings[id].why, findings);
    const wanted = Object.keys(feature.better) as Capability[];
    const lesser = wanted.filter((id) => findings[id].allowed === "no" || findings[id].allowed === "partly");
    if (lesser.length > 0) return state(feature, "partly", lesser, (id) => feature.better[id] ?? "", findings);
    return { name: feature.name, runs: "fully", why: "", how: "" };
  });
}

function state(
  { name }: Feature,
  runs: "partly" | "not",
  ids: readonly Capability[],
  why: (id: Capability) => string,
  findings: Readonly<Record<Capability, Finding>>,
): FeatureState {
  const distinct = (texts: readonly string[]): string => [...new Set(texts.filter((text) => text !== ""))].join("; ");
  return { name, runs, why: distinct(ids.map(why)), how: distinct(ids.map((id) => findings[id].how ?? "")) };
}
