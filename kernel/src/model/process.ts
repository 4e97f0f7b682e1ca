/** A process: an address space, the right to do things, and limits on what may be mapped. */
import type { AddressSpace } from "./address-space.js";
import type { ProcessId, SetRlimit } from "./operation.js";
import type { Settings } from "./settings.js";

/** The limits of setrlimit(2) that memory mapping knows. */
export type LimitName = SetRlimit["which"];

/** A limit in bytes; null for RLIM_INFINITY. */
export interface Limit {
  readonly soft: bigint | null;
  readonly hard: bigint | null;
}

/** The limits of a process. */
export type Limits = Readonly<Record<LimitName, Limit>>;

/** The limits the first process starts with. */
export function initialLimits({ stackLimit, memlockLimit, hardLimits }: Settings): Limits {
  return {
    AS: { soft: null, hard: hardLimits.AS ?? null },
    DATA: { soft: null, hard: hardLimits.DATA ?? null },
    STACK: { soft: stackLimit, hard: hardLimits.STACK ?? null },
    MEMLOCK: { soft: memlockLimit, hard: hardLimits.MEMLOCK ?? memlockLimit },
  };
}

/** Stands for init, which takes over the children of those that end. No process of operations has this name. */
export const INIT: ProcessId = -1;

/** A process of the model. */
export class Process {
  state: "running" | "zombie" = "running";
  /** Whether it gave up its identity after its files were made, so that it no longer owns them. */
  droppedCaps = false;

  constructor(
    readonly id: ProcessId,
    /** Null for the first process, and {@link INIT} for one whose parent has ended. */
    public parent: ProcessId | null,
    readonly mm: AddressSpace,
    /** Whether it has capabilities. */
    public privileged: boolean,
    public limits: Limits,
  ) {}

  /** The soft limit in pages, rounded down; null for none. */
  limitPages(which: LimitName): number | null {
    const { soft } = this.limits[which];
    return soft === null ? null : Number(soft >> 12n);
  }

  /** The same process over another address space. */
  cloneWith(mm: AddressSpace): Process {
    const copy = new Process(this.id, this.parent, mm, this.privileged, this.limits);
    copy.state = this.state;
    copy.droppedCaps = this.droppedCaps;
    return copy;
  }
}
