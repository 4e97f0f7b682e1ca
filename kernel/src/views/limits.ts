/** The most that one bundle may hold. Beyond these a reader would only freeze. */
export const LIMITS = {
  /** Characters of a title, label, name or cell of a table. */
  text: 4096,
  /** Linux maps at most 65530 VMAs unless told otherwise (vm.max_map_count). */
  vmas: 70_000,
  /** Pages listed letter by letter in one VMA: 16 GiB of 4 KiB pages. */
  pages: 4_194_304,
  faults: 1_000_000,
  reasons: 10_000,
  series: 64,
  samples: 1_000_000,
  rows: 10_000,
  /** Columns of a table. */
  columns: 32,
  /** Views in one observation. */
  views: 64,
  /** Moments of an index. */
  frames: 256,
  /** Nodes of an index at one moment; a larger one is folded. */
  nodes: 4096,
  /** Slots of a node of the maple tree; the kernel has at most 16. */
  slots: 64,
  changes: 1000,
  processes: 64,
  /** Runs of page frames in one mapping. */
  runs: 4096,
} as const;
