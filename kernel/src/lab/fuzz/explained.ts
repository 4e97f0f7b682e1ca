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
    // A page that is a hole on disk is up to date at once, while the others of the same readahead are still on their way;
    // fault-around passes over a locked page. Seen on 6.18.44: 2 faults in place of 1 for MAP_POPULATE over a punched page
    // and the cold one behind it, in one run of many.
    text: "ext4 pages still being read are not mapped by fault-around: a fault on a hole does not wait for the rest of its readahead",
    applies: ({ field, model, kernel }, circumstances) =>
      ((field === "minor faults" && Number(kernel) > Number(model)) || (field === "resident" && lacksFilePages(model, kernel))) &&
      ext4Files(circumstances).some((file) => isCold(file, circumstances) && hasHole(file, circumstances)),
  },
  {
    // POSIX_FADV_DONTNEED starts writing and does not wait; a page whose write is done by the time it comes to it is dropped.
    // Seen on 6.18.44: a major fault in place of a minor one, once in 60 000 operations on ext4 files.
    text: "ext4 pages that were dirty when they were evicted are dropped if their write ends in time, and stay otherwise",
    applies: ({ field, model, kernel }, circumstances) =>
      ((field === "minor faults" && Number(kernel) < Number(model)) ||
        (field === "major faults" && Number(kernel) > Number(model)) ||
        (field === "mincore" && lacksPages(model, kernel)) ||
        (field === "resident" && lacksFilePages(model, kernel))) &&
      ext4Files(circumstances).some((file) => isEvictedWhileDirty(file, circumstances)),
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

/** Whether pages of a file may have to be read from the disk. */
function isCold(file: string, circumstances: Circumstances): boolean {
  return circumstances.sequence.objects[file]?.init === "cold" || stepsOn(file, circumstances).some((step) => nameOfStep(step) === "evict");
}

/** Whether a file may have a hole: punched, by a descriptor or through a mapping, or left behind when it grew. */
function hasHole(file: string, circumstances: Circumstances): boolean {
  const { sequence, step } = circumstances;
  return (
    stepsOn(file, circumstances).some((call) => ["punch", "ftruncate", "fwrite"].includes(nameOfStep(call))) ||
    sequence.steps.slice(0, step + 1).some(({ advice }) => advice === "REMOVE")
  );
}

/** Steps that may leave dirty pages: in the file at once, or through a mapping of it. */
const DIRTYING: ReadonlySet<string> = new Set(["fwrite", "punch", "ftruncate", "touch", "kernel_copy", "madvise", "mmap", "mlock"]);

/** Whether a file was evicted after something that may have made pages of it dirty, with no fsync in between. */
function isEvictedWhileDirty(file: string, { sequence, step }: Circumstances): boolean {
  let dirty = sequence.objects[file]?.init === "data";
  for (const call of sequence.steps.slice(0, step + 1)) {
    const name = nameOfStep(call);
    if (name === "evict" && call.obj === file && dirty) return true;
    if (name === "fsync" && call.obj === file) dirty = false;
    if (DIRTYING.has(name)) dirty = true;
  }
  return false;
}

/** Whether the kernel says 0 for pages the model says 1 for, and nothing else differs. */
function lacksPages(model: string, kernel: string): boolean {
  return model.length === kernel.length && [...model].every((letter, page) => letter === kernel[page] || letter === "1");
}

/** Whether the kernel has fewer pages of files in the page table, and nothing else differs. */
function lacksFilePages(model: string, kernel: string): boolean {
  return [...model].every((letter, page) => letter === kernel[page] || (letter === "f" && kernel[page] === "."));
}
