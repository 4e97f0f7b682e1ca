/** What can be told to a model when it is made, and what it takes otherwise. */
import { PAGE_SIZE, TASK_SIZE } from "../abi/index.js";
import { pageOf } from "./address.js";
import { displayedProfileOf } from "./era.js";
import type { LimitName } from "./process.js";
import { DEFAULT_RELEASE, type Profile } from "./profile.js";
import type { IndexKind } from "./vma-index.js";

/** Options of a model. Each has a value that suits an ordinary x86-64 machine. */
export interface ModelOptions {
  /**
   * Kernel release whose rules hold, e.g. "6.18.44" or the output of `uname -r`; or "linux-2.4" or "linux-2.6", which change
   * the index and the struct that are shown, and nothing else.
   */
  readonly release?: string;
  /** What orders the VMAs; the structure of the kernel release unless told. */
  readonly index?: IndexKind;
  /** Whether the index keeps what it did in the last operation (rotations, splits, ...). False unless told: it costs time. */
  readonly recordIndexSteps?: boolean;
  /** Levels of the page table: 4, or 5 on processors with 57-bit addresses. 4 unless told. Changes what a walk shows only. */
  readonly pageTableLevels?: 4 | 5;
  /** Whether processes have capabilities (root). True unless told. */
  readonly privileged?: boolean;
  /** Whether privileged processes have CAP_SYS_RESOURCE, which containers often take away. True unless told. */
  readonly mayRaiseLimits?: boolean;
  /** One past the highest address a process may map. */
  readonly taskSize?: bigint;
  /** vm.mmap_min_addr in bytes; 65536 unless told. */
  readonly mmapMinAddr?: bigint;
  /** Where the search for free addresses starts, downwards. */
  readonly mmapBase?: bigint;
  /** The first address of the heap. */
  readonly heapStart?: bigint;
  /** Read-ahead of the disk in pages; 32 (128 KiB) unless told. */
  readonly readaheadPages?: number;
  /** Pages mapped by one read fault at most (fault_around_bytes / 4096); 16 unless told. */
  readonly faultAroundPages?: number;
  /** /sys/kernel/mm/transparent_hugepage/enabled. "never" unless told: whether a huge page is free cannot be known. */
  readonly thp?: "never" | "madvise" | "always";
  /** RAM in pages, for the overcommit check; 2 097 152 (8 GiB) unless told. */
  readonly ramPages?: number;
  /** Swap in pages; none unless told. */
  readonly swapPages?: number;
  /** vm.overcommit_memory: 0 (heuristic), 1 (always) or 2 (never). 0 unless told. */
  readonly overcommit?: 0 | 1 | 2;
  /** CommitLimit in pages, for overcommit 2; half of RAM, and swap, unless told. */
  readonly commitLimitPages?: number;
  /** What the rest of the machine has committed already, in pages, for overcommit 2; none unless told. */
  readonly committedElsewherePages?: number;
  /** vm.max_map_count; 65530 unless told. */
  readonly maxMapCount?: number;
  /** Whether the kernel was built with KSM, so that MADV_MERGEABLE is known. False unless told. */
  readonly ksm?: boolean;
  /** The soft limit RLIMIT_MEMLOCK in bytes; 8 MiB unless told. */
  readonly memlockLimit?: bigint;
  /** The soft limit RLIMIT_STACK in bytes; 8 MiB unless told. */
  readonly stackLimit?: bigint;
  /** How far soft limits may be raised, in bytes; none unless told, and for MEMLOCK the soft limit. */
  readonly hardLimits?: HardLimits;
  /** How many faults one operation lists singly; the rest is only counted. 1 000 000 unless told. */
  readonly maxListedFaults?: number;
}

/** Hard limits in bytes; RLIM_INFINITY, or nothing, for none. */
export type HardLimits = Readonly<Partial<Record<LimitName, bigint>>>;

/** The options of a model with every gap filled; sizes in pages. */
export interface Settings {
  readonly profile: Profile;
  /** What must be said beside anything shown of the profile; null where nothing is. */
  readonly profileNote: string | null;
  readonly index: IndexKind;
  readonly recordIndexSteps: boolean;
  readonly pageTableLevels: 4 | 5;
  readonly privileged: boolean;
  readonly mayRaiseLimits: boolean;
  readonly taskPages: number;
  readonly minPage: number;
  readonly mmapBasePage: number;
  readonly heapStart: number;
  readonly readaheadPages: number;
  readonly faultAroundPages: number;
  readonly thp: "never" | "madvise" | "always";
  readonly memoryPages: number;
  readonly swapPages: number;
  readonly overcommit: 0 | 1 | 2;
  readonly commitLimitPages: number;
  readonly committedElsewherePages: number;
  readonly maxMapCount: number;
  readonly ksm: boolean;
  readonly memlockLimit: bigint;
  readonly stackLimit: bigint;
  readonly hardLimits: HardLimits;
  readonly maxListedFaults: number;
}

const MEBIBYTE = 1024n * 1024n;
const EIGHT_GIB_PAGES = (8 * 1024 * 1024 * 1024) / PAGE_SIZE;

/** The same settings under the rules of another release, or with the index and struct of a kernel of the past. */
export function underRelease(settings: Settings, release: string): Settings {
  const { profile, index, note } = displayedProfileOf(release);
  return { ...settings, profile, index, profileNote: note };
}

/** Fills the gaps of some options. */
export function settingsOf(options: ModelOptions): Settings {
  const taskSize = options.taskSize ?? TASK_SIZE;
  const swapPages = options.swapPages ?? 0;
  const { profile, index, note } = displayedProfileOf(options.release ?? DEFAULT_RELEASE);
  return {
    profile,
    profileNote: note,
    index: options.index ?? index,
    recordIndexSteps: options.recordIndexSteps ?? false,
    pageTableLevels: options.pageTableLevels ?? 4,
    privileged: options.privileged ?? true,
    mayRaiseLimits: options.mayRaiseLimits ?? true,
    taskPages: pageOf(taskSize),
    minPage: pageOf(options.mmapMinAddr ?? 65536n),
    // Without randomisation the gap left for the stack is 128 MiB.
    mmapBasePage: pageOf(options.mmapBase ?? taskSize - 128n * MEBIBYTE),
    heapStart: Number(options.heapStart ?? 0x5555_5556_0000n),
    readaheadPages: options.readaheadPages ?? 32,
    faultAroundPages: options.faultAroundPages ?? 16,
    thp: options.thp ?? "never",
    memoryPages: (options.ramPages ?? EIGHT_GIB_PAGES) + swapPages,
    swapPages,
    overcommit: options.overcommit ?? 0,
    commitLimitPages: options.commitLimitPages ?? Math.floor((options.ramPages ?? EIGHT_GIB_PAGES) / 2) + swapPages,
    committedElsewherePages: options.committedElsewherePages ?? 0,
    maxMapCount: options.maxMapCount ?? 65530,
    ksm: options.ksm ?? false,
    memlockLimit: options.memlockLimit ?? 8n * MEBIBYTE,
    stackLimit: options.stackLimit ?? 8n * MEBIBYTE,
    hardLimits: options.hardLimits ?? {},
    maxListedFaults: options.maxListedFaults ?? 1_000_000,
  };
}
