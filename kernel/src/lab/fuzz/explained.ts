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
  /** Where the arena maps pages of which nobody can say whether they are cached, before or after the step: `u` a page; or nothing. */
  readonly undetermined: string;
  /** The pages of the arena the step worked on. */
  readonly reached: readonly [first: number, end: number];
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
      ((field === "minor faults" && Number(kernel) > Number(model)) ||
        (field === "resident" && lacks(model, kernel, "f", ".", () => true))) &&
      ext4Files(circumstances).some((file) => isCold(file, circumstances) && hasHole(file, circumstances)),
  },
  {
    // Where no huge page is free, or the memory control group allows no more of it, the kernel takes single pages.
    text: "a huge page was not to be had: 512 single pages are 511 faults more",
    applies: ({ field, model, kernel }, { sequence, step }) => {
      const more = Number(kernel) - Number(model);
      const { len = 0, new: grown = 0 } = sequence.steps[step] ?? {};
      return field === "minor faults" && more > 0 && more % 511 === 0 && Math.max(Number(len), Number(grown)) >= 512;
    },
  },
  {
    // POSIX_FADV_DONTNEED starts writing and does not wait; a page whose write is done by the time it comes to it is dropped.
    // Seen on 6.18.44: a major fault in place of a minor one, once in 60 000 operations on ext4 files. The model says which
    // pages these are: dirty and mapped by nobody when they were evicted, and not accessed since.
    text: "ext4 pages that were dirty when they were evicted are dropped if their write ends in time, and stay otherwise",
    applies: ({ field, model, kernel }, { undetermined, reached: [first, end] }) => {
      const unsure = (page: number): boolean => undetermined[page] === "u";
      switch (field) {
        case "minor faults":
          return Number(kernel) < Number(model) && undetermined.slice(first, end).includes("u");
        case "major faults":
          return Number(kernel) > Number(model) && undetermined.slice(first, end).includes("u");
        case "mincore":
          return lacks(model, kernel, "1", "0", (page) => unsure(first + page));
        case "resident":
          return lacks(model, kernel, "f", ".", unsure);
        default:
          return false;
      }
    },
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

/** Whether the kernel has `absent` where the model has `present`, only on pages that `may` say so, and nothing else differs. */
function lacks(model: string, kernel: string, present: string, absent: string, may: (page: number) => boolean): boolean {
  return (
    model.length === kernel.length &&
    [...model].every((letter, page) => letter === kernel[page] || (letter === present && kernel[page] === absent && may(page)))
  );
}
