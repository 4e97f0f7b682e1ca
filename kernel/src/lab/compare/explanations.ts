/**
 * Known reasons why the live kernel may answer otherwise than the model, each as a rule with its evidence.
 * A difference without a matching rule is unexplained: a fault of the model, or news.
 */

import type { OperationName } from "../../model/index.js";

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
  /** Mappings that are not the lab's, and that the call reached: a line each, as /proc/self/maps has it. */
  readonly foreign: readonly string[];
  /** Whether somebody wrote to the file behind that VMA past the lab. */
  readonly writtenOutside: boolean;
  /** What differs. */
  readonly difference:
    | { readonly kind: "outcome"; readonly op: OperationName }
    | { readonly kind: "VMAs" }
    /** Faults the kernel counted less those the model counted. */
    | { readonly kind: "faults"; readonly minor: number; readonly major: number }
    /** How the kernel's page table differs where only pages of a file do: it has `more` of them, or `fewer`; else `other`. */
    | { readonly kind: "residency"; readonly filePages: "more" | "fewer" | "other" }
    | { readonly kind: "bytes" };
}

interface Explanation {
  /** Its name, which the sentence shown begins with. */
  readonly rule: string;
  readonly applies: (facts: DifferenceFacts) => boolean;
  readonly text: string | ((facts: DifferenceFacts) => string);
}

const HUGE_PAGE = 2 * 1024 * 1024;

const EXPLANATIONS: readonly Explanation[] = [
  {
    rule: "foreign memory",
    applies: ({ foreign }) => foreign.length > 0,
    text: ({ foreign }) =>
      `the call reached memory of the notebook's own process, which the model does not know and takes for nothing mapped: ${foreign.join("; ")}`,
  },
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
    applies: ({ viewed, difference }) => viewed && difference.kind !== "outcome" && difference.kind !== "VMAs",
    text: "bytes() gave direct access to this memory, and the lab does not see what is done that way",
  },
  {
    rule: "THP",
    applies: ({ object, thp, flags, vmaLength, difference }) =>
      object === null &&
      (thp === "always" || (thp === "madvise" && flags.includes("hg"))) &&
      vmaLength >= HUGE_PAGE &&
      (difference.kind === "residency" || (difference.kind === "faults" && difference.minor < 0)),
    text: "transparent huge pages may be used in this memory: one fault maps 512 pages where the kernel has a free huge page",
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
    applies: ({ object, difference }) => isFile(object) && difference.kind === "residency" && difference.filePages === "more",
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
    rule: "written past the lab",
    // Truncating empties the entries of every mapping, and a file that is written anew has the size it had before.
    applies: ({ writtenOutside, difference }) =>
      writtenOutside &&
      ((difference.kind === "residency" && difference.filePages === "fewer") ||
        (difference.kind === "faults" && difference.minor + difference.major > 0)),
    text: "somebody else wrote to the file; where it was truncated first, its pages left every mapping, and the next access to each faults again",
  },
  {
    rule: "foreign neighbour",
    // Of all calls, only mremap makes a mapping longer.
    applies: ({ foreignFollows, difference }) => foreignFollows && difference.kind === "outcome" && difference.op === "mremap",
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
  return found === undefined ? null : `${found.rule}: ${typeof found.text === "string" ? found.text : found.text(facts)}`;
}

function isFile(object: string | null): boolean {
  return object !== null && object !== "/dev/zero";
}
