/**
 * Known reasons why the live kernel may answer otherwise than the model, each as a rule with its evidence.
 * A difference without a matching rule is unexplained: a fault of the model, or news.
 */

/** What is known about a difference. */
export interface DifferenceFacts {
  /** The object behind the VMA concerned: a file's name, "/dev/zero", or null for private anonymous memory. */
  readonly object: string | null;
  /** The length of that VMA in bytes, as the kernel has it. */
  readonly vmaLength: number;
  /** Whether a zero-copy view of the memory has been handed out. */
  readonly viewed: boolean;
  /** The setting of /sys/kernel/mm/transparent_hugepage/enabled, e.g. "madvise"; null where it cannot be read. */
  readonly thp: string | null;
  /** Whether page faults there are, or were, resolved by a pager of the cell, or written pages tracked. */
  readonly service: "pager" | "tracked writes" | null;
  /** VmFlags of that VMA, as smaps lists them; none where nothing is mapped. */
  readonly flags: readonly string[];
  /** Whether a mapping that is not the lab's follows that VMA without a gap. */
  readonly foreignFollows: boolean;
  /** What differs. */
  readonly difference:
    | { readonly kind: "outcome" }
    /** Faults the kernel counted less those the model counted. */
    | { readonly kind: "faults"; readonly minor: number; readonly major: number }
    /** `filePagesOnly`: the kernel has more pages of a file in the page table, and nothing else differs. */
    | { readonly kind: "residency"; readonly filePagesOnly: boolean }
    | { readonly kind: "bytes" };
}

interface Explanation {
  /** Its name, which the sentence shown begins with. */
  readonly rule: string;
  readonly applies: (facts: DifferenceFacts) => boolean;
  readonly text: string;
}

const HUGE_PAGE = 2 * 1024 * 1024;

const EXPLANATIONS: readonly Explanation[] = [
  {
    rule: "pager",
    applies: ({ service }) => service === "pager",
    text: "served by the pager: its function decides what the pages hold, each fault waits for it, system calls do not, and the range is a VMA of its own",
  },
  {
    rule: "tracked writes",
    applies: ({ service }) => service === "tracked writes",
    text: "written pages are tracked: pages are write-protected (by events, also read once before), so a first write to each is a further fault, and the range is a VMA of its own",
  },
  {
    rule: "direct view",
    applies: ({ viewed, difference }) => viewed && difference.kind !== "outcome",
    text: "bytes() gave direct access to this memory, and the lab does not see what is done that way",
  },
  {
    rule: "THP",
    applies: ({ object, thp, vmaLength, difference }) =>
      object === null &&
      thp === "always" &&
      vmaLength >= HUGE_PAGE &&
      (difference.kind === "residency" || (difference.kind === "faults" && difference.minor < 0)),
    text: "transparent huge pages are always on here: one fault maps 512 pages where the kernel has a free huge page",
  },
  {
    rule: "readahead window",
    applies: ({ object, difference }) =>
      isFile(object) && difference.kind === "faults" && difference.major !== 0 && difference.major + difference.minor <= 0,
    text: "what readahead brought into the page cache, and whether a page was still being read, decides between minor and major",
  },
  {
    rule: "large folio",
    applies: ({ object, difference }) => isFile(object) && difference.kind === "faults" && difference.minor < 0 && difference.major === 0,
    text: "the file lies in large folios, and one fault maps all pages of a folio",
  },
  {
    rule: "readahead window or large folio",
    applies: ({ object, difference }) => isFile(object) && difference.kind === "residency" && difference.filePagesOnly,
    text: "readahead or large folios let one fault map more pages of the file",
  },
  {
    rule: "write-back",
    // The flusher (every 5 s), fsync(2) and sync(2) by others, and memory pressure write pages and protect their entries.
    applies: ({ object, flags, difference }) =>
      isFile(object) && flags.includes("sh") && difference.kind === "faults" && difference.minor > 0 && difference.major === 0,
    text: "the kernel wrote dirty pages back meanwhile, which makes their entries read-only: the next write to each is a further minor fault",
  },
  {
    rule: "foreign neighbour",
    applies: ({ foreignFollows, difference }) => foreignFollows && difference.kind === "outcome",
    text: "memory that is not the lab's follows without a gap, and the model does not know it: nothing can grow there",
  },
  {
    rule: "KSM",
    applies: ({ flags, difference }) =>
      flags.includes("mg") && (difference.kind === "residency" || (difference.kind === "faults" && difference.minor > 0)),
    text: "ksmd merges equal pages of this memory and write-protects them: the next write to each copies it, with a fault",
  },
];

/**
 * Why a difference is to be expected.
 * @returns the rule's name and what it says, or null where no rule applies
 */
export function explainDifference(facts: DifferenceFacts): string | null {
  const found = EXPLANATIONS.find(({ applies }) => applies(facts));
  return found === undefined ? null : `${found.rule}: ${found.text}`;
}

function isFile(object: string | null): boolean {
  return object !== null && object !== "/dev/zero";
}
