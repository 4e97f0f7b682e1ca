/** What the arguments of random calls are drawn from: places in the arena, lengths, files; now and then a hostile value. */
import type { ScenarioObject } from "../../model/index.js";
import { ProcessTree } from "./process-tree.js";
import type { Random } from "./random.js";

/** Where a call applies: an arena page, or something worse. */
export type StepAddress = number | { readonly page: number; readonly byte: number } | { readonly addr: string };

/** Pages, or bytes. */
export type StepLength = number | { readonly bytes: number | string };

/** A range of the arena. */
export interface StepRange {
  readonly at: StepAddress;
  readonly len: StepLength;
}

/** How many pages of the arena are the ends of ranges: few, so that ranges meet and overlap. */
const EDGES = 9;

/**
 * Addresses that no process may map, or that are not canonical. None of them is near memory of this process, so that no
 * call reaches anything through them.
 */
const FAR_ADDRESSES = ["0x7ffffffff000", "0x800000000000", "0x8000000000000000", "0xfffffffffffff000"] as const;

/**
 * Lengths that end beyond the address space, or wrap around its end, from every address of an arena. The kernel refuses
 * them before it does anything; shorter ones could reach memory of this process.
 */
const HUGE_LENGTHS = ["0xffffffffffffffff", "0xfffffffffffff000", "0x8000000000000000", "0x7ffffffff000"] as const;

/** Draws arguments for the steps of one sequence. */
export class Draw {
  readonly #edges: readonly [number, ...number[]];
  /** The processes of this sequence. */
  readonly processes: ProcessTree;
  /** Letters of the files of this sequence. */
  readonly files: readonly string[];

  constructor(
    readonly random: Random,
    readonly arenaPages: number,
    readonly objects: Readonly<Record<string, ScenarioObject>>,
  ) {
    this.#edges = [0, ...Array.from({ length: EDGES }, () => random.below(arenaPages)), arenaPages];
    this.processes = new ProcessTree(random);
    this.files = Object.keys(objects);
  }

  /** A page of the arena, most often an edge. */
  page(): number {
    const { random, arenaPages } = this;
    const page = random.chance(70) ? random.pick(this.#edges) + random.pick([0, 0, 0, 1, -1]) : random.below(arenaPages);
    return Math.min(arenaPages - 1, Math.max(0, page));
  }

  /** A range inside the arena, at least a page long. */
  pages(): { at: number; len: number } {
    const { random, arenaPages } = this;
    const at = this.page();
    if (random.chance(50)) {
      const end = this.page();
      if (end !== at) return { at: Math.min(at, end), len: Math.abs(end - at) };
    }
    return { at, len: Math.min(arenaPages - at, random.pick([1, 1, 2, 3, 4, 8, 16, 24])) };
  }

  /**
   * A range for a call, now and then a hostile one.
   * @param huge whether huge lengths are refused by the call: only then they may be tried
   */
  range(huge: "huge lengths too" | "no huge lengths"): StepRange {
    const { at, len } = this.pages();
    const { random } = this;
    if (!random.chance(6)) return { at, len };
    switch (random.below(6)) {
      case 0:
        return { at: { page: at, byte: random.pick([1, 8, 2048, 4095]) }, len };
      case 1:
        return { at, len: 0 };
      case 2:
        return { at, len: { bytes: (len - 1) * 4096 + random.pick([1, 100, 4095]) } };
      case 3:
        return { at: { addr: random.pick(FAR_ADDRESSES) }, len: 1 };
      default:
        return huge === "huge lengths too" ? { at, len: { bytes: random.pick(HUGE_LENGTHS) } } : { at, len: 0 };
    }
  }

  /** An address to touch: any byte of the arena; now and then one that is no process's. */
  byte(): StepAddress {
    const { random } = this;
    if (random.chance(2)) return { addr: random.pick(["0x0", "0x10", ...FAR_ADDRESSES]) };
    const page = this.page();
    return random.chance(75) ? page : { page, byte: random.pick([1, 17, 2048, 4095]) };
  }

  /** A file of the sequence, or undefined where there is none. */
  file(): string | undefined {
    return this.files[this.random.below(Math.max(1, this.files.length))];
  }

  /** Rights of a mapping. */
  prot(): string {
    return this.random.pick(["rw", "rw", "rw", "rw", "r", "r", "r", "none", "none", "w", "rwx", "rx", "x"]);
  }

  /** A place in a file, in pages or bytes, up to a bit past its first size. */
  filePlace(file: string): StepLength {
    const pages = this.random.below((this.objects[file]?.pages ?? 1) + 6);
    return this.random.chance(80) ? pages : { bytes: pages * 4096 + this.random.pick([1, 100, 2048, 4095]) };
  }
}
