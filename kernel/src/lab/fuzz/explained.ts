/**
 * Differences that are known not to be wrong rules of the model: each with its reason and the evidence. Kept narrow, since
 * what is explained is no longer looked at; a sequence ends at an explained difference like at any other.
 */
import type { Difference } from "./difference.js";
import { nameOfStep, type FuzzSequence, type Step } from "./sequence.js";

/** Where a difference was seen. */
export interface Circumstances {
  readonly sequence: FuzzSequence;
  /** Number of the step after which it was seen. */
  readonly step: number;
}

interface Explanation {
  /** The reason, in a sentence. */
  readonly text: string;
  readonly applies: (difference: Difference, circumstances: Circumstances) => boolean;
}

const EXPLANATIONS: readonly Explanation[] = [
  {
    // ext4_block_zero_page_range zeroes part of a page that is not cached through buffers, and leaves the folio in the
    // page cache without its uptodate flag. Seen on 6.18.44: after punching bytes 28671 to 32766 out of a file, mincore
    // says 0 for pages 6 and 7, readahead and fault-around pass them over, and a fault on each is minor. The model knows
    // no page that is cached and not up to date.
    text: "ext4 keeps a page that a hole or the new end cuts in two in the cache without its uptodate flag: readahead and fault-around pass it over, and a fault on it is minor",
    applies: ({ field }, circumstances) =>
      (field === "minor faults" || field === "major faults" || field === "resident" || field === "mincore") &&
      ext4Files(circumstances).some((file) => stepsOn(file, circumstances).some(cutsInPage)),
  },
  {
    // A page that is a hole on disk is up to date at once, while the others of the same readahead are still on their way;
    // fault-around passes over a locked page. Seen on 6.18.44: 2 faults in place of 1 for MAP_POPULATE over a punched page
    // and the cold one behind it, in one run of many.
    text: "ext4 pages still being read are not mapped by fault-around: a fault on a hole does not wait for the rest of its readahead",
    applies: ({ field, model, kernel }, circumstances) =>
      ((field === "minor faults" && Number(kernel) > Number(model)) || (field === "resident" && lacksFilePages(model, kernel))) &&
      ext4Files(circumstances).some((file) => isCold(file, circumstances) && hasHole(file, circumstances)),
  },
];

/** Why a difference is to be expected; null where no reason is known. */
export function explainDifference(difference: Difference, circumstances: Circumstances): string | null {
  return EXPLANATIONS.find(({ applies }) => applies(difference, circumstances))?.text ?? null;
}

/** The letters of the files on ext4. */
function ext4Files({ sequence }: Circumstances): string[] {
  return Object.entries(sequence.objects)
    .filter(([, { kind }]) => kind === "ext4")
    .map(([letter]) => letter);
}

/** The calls on a file's descriptor up to the difference. */
function stepsOn(file: string, { sequence, step }: Circumstances): Step[] {
  return sequence.steps.slice(0, step + 1).filter(({ op, obj }) => obj === file && op !== "mmap");
}

/** Whether a call sets an end or an edge of a hole in the middle of a page. */
function cutsInPage(step: Step): boolean {
  const name = nameOfStep(step);
  if (name === "ftruncate") return isInPage(step.size);
  return name === "punch" && (isInPage(step.pgoff) || isInPage(step.len));
}

function isInPage(length: unknown): boolean {
  return typeof length === "object" && length !== null && "bytes" in length && Number(length.bytes) % 4096 !== 0;
}

/** Whether pages of a file may have to be read from the disk. */
function isCold(file: string, circumstances: Circumstances): boolean {
  return circumstances.sequence.objects[file]?.init === "cold" || stepsOn(file, circumstances).some((step) => nameOfStep(step) === "evict");
}

/** Whether a file may have a hole: punched, or left behind when it grew. */
function hasHole(file: string, circumstances: Circumstances): boolean {
  return stepsOn(file, circumstances).some((step) => ["punch", "ftruncate", "fwrite"].includes(nameOfStep(step)));
}

/** Whether the kernel has fewer pages of files in the page table, and nothing else differs. */
function lacksFilePages(model: string, kernel: string): boolean {
  return [...model].every((letter, page) => letter === kernel[page] || (letter === "f" && kernel[page] === "."));
}
