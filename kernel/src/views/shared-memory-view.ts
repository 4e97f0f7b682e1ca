/** The view of memory that several mappings, of one process or of several, have in common: which page lies on which page frame. */
import type { Hex } from "./view.js";

/** Neighbouring pages of a mapping that lie on neighbouring page frames. */
export interface FrameRun {
  /** First page, counted from the start of the mapping. */
  readonly page: number;
  readonly pages: number;
  /** The page frame of the first page. */
  readonly frame: number;
  /** Whether a write needs no fault: the entry is writable. */
  readonly writable: boolean;
}

/** A mapping and where its pages lie. */
export interface SharedMapping {
  readonly start: Hex;
  /** One past the last byte. */
  readonly end: Hex;
  readonly perms: string;
  /** File name, "/dev/zero" for shared anonymous memory, null for private anonymous memory. */
  readonly object: string | null;
  readonly label?: string;
  /** Ascending; pages without a page frame are left out. */
  readonly runs: readonly FrameRun[];
}

/** A process with its mappings. */
export interface SharingProcess {
  readonly name: string;
  readonly mappings: readonly SharedMapping[];
}

/** Which pages of which mappings lie on the same page frames. */
export interface SharedMemoryView {
  readonly kind: "sharedMemory";
  readonly title: string;
  readonly pageSize: number;
  readonly processes: readonly SharingProcess[];
  /** Page frames in use by the mappings, and how many of them more than one page lies on; these count what is not listed too. */
  readonly frames: number;
  readonly sharedFrames: number;
  /** Mappings and runs that are not listed. */
  readonly folded: number;
}
