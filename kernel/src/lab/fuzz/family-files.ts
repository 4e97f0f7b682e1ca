/** Random calls on the files that are mapped, and the files themselves. */
import { F_SEAL } from "../../abi/index.js";
import type { ScenarioObject } from "../../model/index.js";
import type { Draw } from "./draw.js";
import type { StepFamily } from "./families.js";
import type { Random } from "./random.js";
import type { Step } from "./sequence.js";

/** The kinds of files this machine has a place for. */
export type FileKind = ScenarioObject["kind"];

const LETTERS = ["a", "b", "c"] as const;

/** Files for a sequence. ext4 is drawn less often: preparing and syncing its files takes a disk's time. */
export function drawObjects(random: Random, kinds: readonly FileKind[]): Record<string, ScenarioObject> {
  const count = random.below(LETTERS.length + 1);
  const objects: Record<string, ScenarioObject> = {};
  for (const letter of LETTERS.slice(0, count)) {
    const wanted = random.pick<FileKind>(["memfd", "memfd", "memfd", "tmpfs", "ext4"]);
    const kind = kinds.includes(wanted) ? wanted : "memfd";
    objects[letter] = {
      kind,
      pages: random.pick([0, 1, 4, 8, 16, 21, 40]),
      init: kind === "ext4" ? random.pick(["hole", "data", "clean", "cold"]) : random.pick(["hole", "data", "data"]),
      open: random.pick(["rw", "rw", "rw", "rw", "ro", "wo"]),
      allowSeals: kind === "memfd" && random.chance(60),
    };
  }
  const [one, two] = Object.keys(objects);
  const first = one === undefined ? undefined : objects[one];
  // Now and then one file is open twice.
  if (one !== undefined && two !== undefined && first !== undefined && random.chance(20))
    objects[two] = { ...first, open: random.pick(["rw", "ro", "wo"]), sameInodeAs: one };
  return objects;
}

/** Letters exist wherever a file family is drawn; the name makes a step that stays valid all the same. */
function fileOf(draw: Draw): string {
  return draw.file() ?? LETTERS[0];
}

function ftruncate(draw: Draw): Step {
  const obj = fileOf(draw);
  return { op: "ftruncate", obj, size: draw.random.chance(3) ? { bytes: -1 } : draw.filePlace(obj) };
}

function transfer(draw: Draw): Step {
  const { random } = draw;
  const obj = fileOf(draw);
  const pgoff = draw.filePlace(obj);
  const len = random.pick([1, 1, 1, 2, { bytes: 1 }, { bytes: 100 }, 0]);
  return random.chance(65) ? { op: "fwrite", obj, pgoff, len, byte: random.below(256) } : { op: "fread", obj, pgoff, len };
}

function punch(draw: Draw): Step {
  const obj = fileOf(draw);
  return { op: "punch", obj, pgoff: draw.filePlace(obj), len: draw.random.pick([1, 2, 4, { bytes: 100 }, { bytes: 5000 }, 0]) };
}

function seal(draw: Draw): Step {
  const { random } = draw;
  const seals = random.pick([
    F_SEAL.SEAL,
    F_SEAL.SHRINK,
    F_SEAL.GROW,
    F_SEAL.WRITE,
    F_SEAL.FUTURE_WRITE,
    F_SEAL.SHRINK | F_SEAL.GROW,
    0x40,
  ]);
  return { op: "seal", obj: fileOf(draw), seals };
}

export const fileFamilies: readonly StepFamily[] = [
  { name: "ftruncate", weight: 3, runsIn: "this process", needsFile: true, step: ftruncate },
  { name: "pread and pwrite", weight: 5, runsIn: "this process", needsFile: true, step: transfer },
  { name: "fallocate to punch a hole", weight: 2, runsIn: "this process", needsFile: true, step: punch },
  { name: "seals", weight: 1, runsIn: "this process", needsFile: true, step: seal },
  { name: "close", weight: 1, runsIn: "this process", needsFile: true, step: (draw) => ({ op: "close", obj: fileOf(draw) }) },
  { name: "fsync", weight: 1, runsIn: "this process", needsFile: true, step: (draw) => ({ op: "fsync", obj: fileOf(draw) }) },
  {
    name: "posix_fadvise to evict",
    weight: 1,
    runsIn: "this process",
    needsFile: true,
    step: (draw) => ({ op: "evict", obj: fileOf(draw) }),
  },
];
