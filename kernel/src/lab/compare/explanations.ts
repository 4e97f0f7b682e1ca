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
  readonly applies: (facts: DifferenceFacts) => boolean;
  readonly text: string;
}

const HUGE_PAGE = 2 * 1024 * 1024;

const EXPLANATIONS: readonly Explanation[] = [
  {
    applies: ({ viewed, difference }) => viewed && difference.kind !== "outcome",
    text: "bytes() gave direct access to this memory, and the lab does not see what is done that way",
  },
  {
    applies: ({ object, thp, vmaLength, difference }) =>
      object === null &&
      thp === "always" &&
      vmaLength >= HUGE_PAGE &&
      (difference.kind === "residency" || (difference.kind === "faults" && difference.minor < 0)),
    text: "transparent huge pages are always on here: one fault maps 512 pages where the kernel has a free huge page",
  },
  {
    applies: ({ object, difference }) =>
      isFile(object) && difference.kind === "faults" && difference.major !== 0 && difference.major + difference.minor <= 0,
    text: "what readahead brought into the page cache, and whether a page was still being read, decides between minor and major",
  },
  {
    applies: ({ object, difference }) => isFile(object) && difference.kind === "faults" && difference.minor < 0 && difference.major === 0,
    text: "the file lies in large folios, and one fault maps all pages of a folio",
  },
  {
    applies: ({ object, difference }) => isFile(object) && difference.kind === "residency" && difference.filePagesOnly,
    text: "readahead or large folios let one fault map more pages of the file",
  },
];

/**
 * Why a difference is to be expected.
 * @returns the rule in words, or null where no rule applies
 */
export function explainDifference(facts: DifferenceFacts): string | null {
  return EXPLANATIONS.find(({ applies }) => applies(facts))?.text ?? null;
}

function isFile(object: string | null): boolean {
  return object !== null && object !== "/dev/zero";
}
