/**
 * What differs between kernel releases, as predicates on the full release: a stable release may have a change that its
 * major.minor does not, so a fence looks at all three numbers.
 */

/** The three numbers of a release such as 6.18.44. */
export interface Release {
  readonly major: number;
  readonly minor: number;
  /** The stable number; 0 where the text names none. */
  readonly stable: number;
}

type Fence = (release: Release) => boolean;

/** Holds from a release on. */
function since(major: number, minor: number, stable = 0): Fence {
  return (release) => {
    if (release.major !== major) return release.major > major;
    if (release.minor !== minor) return release.minor > minor;
    return release.stable >= stable;
  };
}

/** Holds from one release up to, and not including, another. */
function between(from: Fence, to: Fence): Fence {
  return (release) => from(release) && !to(release);
}

/** Holds in the stable releases of one major.minor from a number on. */
function inStable(major: number, minor: number, from: number): Fence {
  return (release) => release.major === major && release.minor === minor && release.stable >= from;
}

function anyOf(...fences: readonly Fence[]): Fence {
  return (release) => fences.some((fence) => fence(release));
}

/** Every fence the model knows. Each is named for the behaviour it turns on. */
const FENCES = {
  /** mseal(2) exists. */
  mseal: since(6, 10),
  /** A sealed VMA stops mprotect, munmap and madvise when the walk comes to it; before, the whole range was looked at first. */
  sealedStopsMidway: since(6, 12),
  /** MADV_COLLAPSE exists. */
  collapse: since(6, 1),
  /** MAP_DROPPABLE is a mapping type. */
  droppable: since(6, 11),
  /** MADV_GUARD_INSTALL and MADV_GUARD_REMOVE exist, for private writable anonymous memory. */
  guards: since(6, 13),
  /** Guards may lie in file mappings and in read-only ones. */
  guardsInFiles: since(6, 15),
  /** A VMA that has had guards keeps a flag (`gu`), which does not hinder merging. */
  stickyGuardFlag: anyOf(since(6, 19), inStable(6, 18, 16)),
  /** A VMA without anon_vma may take in a faulted neighbour. */
  unfaultedAbsorbsFaulted: since(6, 16),
  /** A pure move by mremap may span several VMAs and holes, and is checked before anything is unmapped. */
  mremapBatchMove: since(6, 17),
  /** Private anonymous mappings of 2 MiB or more are aligned to 2 MiB, whatever their length. */
  anonHugeAlignAnyLength: between(since(6, 7), since(6, 12)),
  /** Only those whose length is a multiple of 2 MiB are. */
  anonHugeAlignMultiple: since(6, 12),
  /** File mappings of file systems with huge page cache pages are aligned to 2 MiB. */
  fileHugeAlign: since(6, 1),
  /** MREMAP_DONTUNMAP of file and shared mappings. */
  dontunmapShared: since(5, 13),
  /** MADV_POPULATE_READ and MADV_POPULATE_WRITE exist. */
  madvPopulate: since(5, 14),
  /** mremap of an unmapped address is EFAULT before anything else happens. */
  mremapChecksHole: since(5, 16),
  /** MADV_DONTNEED_LOCKED exists, and mlock2(MLOCK_ONFAULT) does not populate at all. */
  dontneedLocked: since(5, 18),
  /** A shared write fault that dirties its page no longer counts as a major fault. */
  sharedWriteIsMinor: since(6, 0),
  /** mprotect leaves exclusive anonymous pages writable. */
  mprotectKeepsExclusiveWritable: since(6, 0),
  /** mremap growing in place may merge with the next VMA. */
  mremapGrowMerges: since(6, 0),
  /** File faults of instructions are handled under the lock of the VMA. */
  fileFaultsLockVma: since(6, 6),
  /** A new mapping between two VMAs that cannot merge with each other joins the right one. */
  gapFillPrefersRight: between(since(6, 1), since(6, 12)),
  /** mprotect takes ACCOUNT away from an unfaulted anonymous VMA that is no longer writable. */
  mprotectDropsAccount: since(6, 7),
  /** MAP_STACK turns huge pages off. */
  stackIsNoHugePage: since(6, 7),
  /** MADV_POPULATE_* stops at the first hole, and counts a read from disk as a major fault. */
  madvPopulateOwnWalk: since(6, 9),
  /** A write into the huge zero page gives a whole huge page. */
  hugeZeroUpgrade: since(6, 13),
  /** MREMAP_DONTUNMAP takes ACCOUNT away from the whole source VMA: a bug of one series. */
  dontunmapDropsAccount: (release: Release) => release.major === 6 && release.minor === 16 && release.stable >= 3,
  /** Fault-around maps nothing where there is no page table yet and its first page is the file's last. */
  faultAroundVoidAtEof: anyOf(inStable(6, 12, 44), inStable(6, 17, 9), since(6, 18)),
  /** MREMAP_DONTUNMAP unlocks, and splits off, only the part that was moved, and never merges with its own source. */
  dontunmapOnlyMovedPart: anyOf(since(7, 2), inStable(6, 12, 44)),
  /** The huge zero page is no longer shown as a file page. */
  hugeZeroIsAnon: since(7, 3),
  /** mremap looks at the map limit before it looks for the VMA. */
  mremapMapLimitFirst: since(7, 1),
  /** A hole within the first page of an ext4 file empties the entries of all pages behind it. Seen on 6.18.44; the first release is not known. */
  ext4HoleUnmapsBehind: since(6, 14),
  /** ext4 keeps regular files in large folios. */
  ext4LargeFolios: since(6, 16),
  /** A miss in an executable mapping reads forward to its end, not around the page. Seen on 6.18.44; the first release is not known. */
  execReadsAhead: since(6, 17),
  /** A fault maps a large folio of the page cache as a whole. */
  largeFoliosMappedWhole: since(6, 18),
  /** madvise reports a split at the map limit as EAGAIN. */
  madviseSplitIsEagain: since(6, 1),
  /** smaps prints LOCKONFAULT as `lf`; before, as `??`. */
  lockOnFaultShown: since(6, 12),
} satisfies Readonly<Record<string, Fence>>;

/** The name of a fence. */
export type FenceName = keyof typeof FENCES;

/** The names of all fences. */
export const FENCE_NAMES = Object.keys(FENCES) as readonly FenceName[];

/** Which behaviours a release has. */
export type Profile = { readonly release: string } & Readonly<Record<FenceName, boolean>>;

/** The release the model follows unless told: the one its rules were checked against most. */
export const DEFAULT_RELEASE = "6.18.44";

/**
 * The numbers in the text of a release, such as `uname -r` gives it.
 * Debian's package version counts where it is there too: `5.10.0-46-amd64 (... Debian 5.10.262-1 ...)` is 5.10.262.
 * @throws Error where the text holds no `major.minor`
 */
export function parseRelease(text: string): Release {
  const name = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (name === null) throw new Error(`"${text}" is no kernel release: expected something like 6.18.44.`);
  const debian = /Debian (\d+)\.(\d+)\.(\d+)/.exec(text);
  const numbers = debian !== null && debian[1] === name[1] && debian[2] === name[2] ? debian : name;
  return { major: Number(numbers[1]), minor: Number(numbers[2]), stable: Number(numbers[3] ?? 0) };
}

/** The behaviours of a release; see {@link parseRelease} for the forms it may have. */
export function profileOf(release: string): Profile {
  const numbers = parseRelease(release);
  const held = Object.fromEntries(FENCE_NAMES.map((name) => [name, FENCES[name](numbers)])) as Record<FenceName, boolean>;
  return { release, ...held };
}
