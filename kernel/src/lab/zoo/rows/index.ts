/** The zoo: all rows, call by call. */
import type { ZooRow } from "../row.js";
import { MADVISE_ROWS } from "./madvise.js";
import { MADVISE_EFFECT_ROWS } from "./madvise-effects.js";
import { MERGING_ROWS } from "./merging.js";
import { MINCORE_ROWS } from "./mincore.js";
import { MLOCK2_ROWS, MLOCKALL_ROWS, MLOCK_ROWS } from "./mlock.js";
import { MMAP_ROWS } from "./mmap.js";
import { MREMAP_ROWS } from "./mremap.js";
import { MSYNC_ROWS } from "./msync.js";
import { ACCESS_ROWS } from "./signals.js";
import { MPROTECT_ROWS, MUNMAP_ROWS } from "./unmap-and-protect.js";

/** Every row. */
export const ZOO_ROWS: readonly ZooRow[] = [
  ...MMAP_ROWS,
  ...MUNMAP_ROWS,
  ...MSYNC_ROWS,
  ...MPROTECT_ROWS,
  ...MREMAP_ROWS,
  ...MADVISE_ROWS,
  ...MADVISE_EFFECT_ROWS,
  ...MLOCK_ROWS,
  ...MLOCK2_ROWS,
  ...MLOCKALL_ROWS,
  ...MINCORE_ROWS,
  ...ACCESS_ROWS,
  ...MERGING_ROWS,
];
