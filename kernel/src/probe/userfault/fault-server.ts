/**
 * A userfaultfd with what answers its faults. The faults come while a program runs in the other thread; see serving.ts.
 */
import type { UserfaultfdFeature } from "../../abi/index.js";
import {
  Errno,
  close,
  enableUserfaultfd,
  registerUserfaults,
  unregisterUserfaults,
  userfaultfd,
  type RegisterMode,
  type UserFault,
} from "../../linux/index.js";
import { userfaultfdRefusal } from "../trace/ability.js";

/** Addresses, half-open, at page boundaries. */
export interface ServedRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** What becomes of a fault. */
export type FaultAnswer =
  /** The page gets these bytes, a page at most; the rest is zeros. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** The page reads as zeros. */
  | { readonly kind: "zero page" }
  /** The page may be written from now on. */
  | { readonly kind: "writable" }
  /** The access ends in SIGSEGV. */
  | { readonly kind: "refused" };

/** Answers one fault. It may throw: then the access is refused, and who ran the program gets the error. */
export type AnswerFault = (fault: UserFault) => FaultAnswer;

/** No userfaultfd can be had here. */
export class UserfaultfdMissing extends Error {
  override readonly name = "UserfaultfdMissing";
}

let kernelFeatures: ReadonlySet<UserfaultfdFeature> | undefined;

/**
 * Makes a userfaultfd for faults of user mode and takes it into use.
 * @param wanted features that help; those the kernel does not have are left out
 * @returns the descriptor, and the features in use
 * @throws UserfaultfdMissing saying why and what to do
 */
export function openUserfaultfd(wanted: readonly UserfaultfdFeature[]): {
  readonly fd: number;
  readonly features: ReadonlySet<UserfaultfdFeature>;
} {
  try {
    kernelFeatures ??= enabled([]).known;
    const known = kernelFeatures;
    const features = wanted.filter((feature) => known.has(feature));
    return { fd: enabled(features, "keep").fd, features: new Set(features) };
  } catch (refused) {
    if (!(refused instanceof Errno)) throw refused;
    throw new UserfaultfdMissing(`no page faults can be served here: ${userfaultfdRefusal(refused)}`, { cause: refused });
  }
}

function enabled(features: readonly UserfaultfdFeature[], keep?: "keep"): { fd: number; known: ReadonlySet<UserfaultfdFeature> } {
  const fd = userfaultfd("user");
  try {
    const known = enableUserfaultfd(fd, features);
    if (keep === undefined) close(fd);
    return { fd, known };
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The servers that are open: their ranges must not be touched by this thread itself. */
export const openServers = new Set<FaultServer>();

/** Serves the faults of some ranges. */
export class FaultServer {
  /** The userfaultfd. */
  readonly fd: number;
  #ranges: readonly ServedRange[] = [];

  /**
   * @param mode which faults
   * @param answer is called for each
   * @throws UserfaultfdMissing where the machine does not allow it
   */
  constructor(
    private readonly mode: RegisterMode,
    readonly answer: AnswerFault,
  ) {
    this.fd = openUserfaultfd(["EXACT_ADDRESS", "PAGEFAULT_FLAG_WP", "WP_HUGETLBFS_SHMEM", "WP_UNPOPULATED"]).fd;
    openServers.add(this);
  }

  /** What it serves now, ascending. */
  get ranges(): readonly ServedRange[] {
    return this.#ranges;
  }

  get closed(): boolean {
    return !openServers.has(this);
  }

  /** @throws Errno EINVAL (memory that cannot be served), EBUSY (served by another) */
  add(range: ServedRange): void {
    registerUserfaults(this.fd, range.start, range.end - range.start, this.mode);
    this.#ranges = [...this.#ranges, range].sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  /** Forgets what is not mapped any more, or was mapped anew: the kernel has forgotten it already. */
  forget(gone: ServedRange): void {
    this.#ranges = this.#ranges.flatMap(({ start, end }) =>
      [
        { start, end: end < gone.start ? end : gone.start },
        { start: start > gone.end ? start : gone.end, end },
      ].filter((rest) => rest.start < rest.end),
    );
  }

  /** Leaves the faults of its ranges to the kernel, without closing: what waits goes on. */
  release(): void {
    for (const { start, end } of this.#ranges) {
      try {
        unregisterUserfaults(this.fd, start, end - start);
      } catch (error) {
        if (!(error instanceof Errno)) throw error; // not mapped any more
      }
    }
    this.#ranges = [];
  }

  /** Closes it: the kernel resolves the faults again, and what waits goes on. A second call does nothing. */
  close(): void {
    if (!openServers.delete(this)) return;
    this.#ranges = [];
    close(this.fd);
  }
}

/** Whether some open server serves part of a range. */
export function isServed(range: ServedRange): boolean {
  for (const server of openServers) {
    if (server.ranges.some(({ start, end }) => start < range.end && end > range.start)) return true;
  }
  return false;
}
