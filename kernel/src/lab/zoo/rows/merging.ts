/**
 * When neighbouring VMAs become one: the facts of tools/testing/vma and of the selftest merge.c, and how Linux learnt in 6.16
 * to merge a VMA without pages of its own with a neighbour that has some.
 */
import { MADV, MAP, MREMAP, PROT } from "../../../abi/index.js";
import type { Operation } from "../../../model/index.js";
import { RW, anon, file, fileMap, madvise, maps, mprotect, mremap, page, row, shared, shows, touch, type RowExtras } from "../recipes.js";
import type { Step, ZooRow } from "../row.js";

const VMA_TESTS = "tools/testing/vma";
const SELFTEST = "selftests merge.c";
const MOVE = MREMAP.MAYMOVE | MREMAP.FIXED;

function free(first: number, count: number): Operation {
  return anon(first, count, RW, MAP.NORESERVE);
}

/** A = [0,2), B = [3,4), C = [11,12): each further mapping, and what there is after it. */
const MERGE_NEW = [
  { at: 7, count: 2, when: "beside nothing: a VMA of its own", after: "[0,2) rw-p [3,4) rw-p [7,9) rw-p [11,12) rw-p" },
  { at: 2, count: 1, when: "between two: both become one", after: "[0,4) rw-p [7,9) rw-p [11,12) rw-p" },
  { at: 4, count: 1, when: "behind one: it grows", after: "[0,5) rw-p [7,9) rw-p [11,12) rw-p" },
  { at: 6, count: 1, when: "in front of one: it grows downwards", after: "[0,5) rw-p [6,9) rw-p [11,12) rw-p" },
  { at: 5, count: 1, when: "between two again", after: "[0,9) rw-p [11,12) rw-p" },
  { at: 10, count: 1, when: "in front of the last", after: "[0,9) rw-p [10,12) rw-p" },
  { at: 9, count: 1, when: "in the last gap: one VMA is left", after: "[0,12) rw-p" },
] as const;

const NEW: readonly ZooRow[] = MERGE_NEW.map(({ when, after }, number) =>
  row("mmap", shows(after), `step ${String(number + 1)} of merge_new, ${when}`, `${VMA_TESTS}, merge_new`, [
    anon(0, 2),
    anon(3),
    anon(11),
    ...MERGE_NEW.slice(0, number + 1).map(({ at, count }) => anon(at, count)),
    maps(16),
  ]),
);

const REGIONS: readonly ZooRow[] = [
  row("mmap", shows("[77,83) rw-p [256,262) rw-p"), "four mappings in two places: two VMAs", `${VMA_TESTS}, mmap_region_basic`, [
    anon(256, 3),
    anon(80, 3),
    anon(259, 3),
    anon(77, 3),
    maps(512),
  ]),
  row("mmap", shows("[0,1) rw-p [1,2) rw-s"), "private and shared memory never become one", VMA_TESTS, [anon(0), shared(1), maps(4)]),
  row("mmap", shows("[0,1) rw-s [1,2) rw-s"), "shared anonymous memory is two objects and never becomes one", VMA_TESTS, [
    shared(0),
    shared(1),
    maps(4),
  ]),
  row("mmap", shows("[0,2) rw-s"), "neighbouring parts of a file become one", VMA_TESTS, [
    file("f", { size: 2 * 4096 }),
    fileMap("f", "shared"),
    { ...fileMap("f", "shared", RW, 1, 1), offset: 4096n },
    maps(4),
  ]),
  row("mmap", shows("[0,1) rw-s [1,2) rw-s [2,3) rw-s"), "parts of a file in reverse order stay three", "LTP mmapstress05", [
    file("f", { size: 3 * 4096 }),
    ...[0, 1, 2].map((number) => ({ ...fileMap("f", "shared", RW, 1, number), offset: BigInt(2 - number) * 4096n })),
    maps(4),
  ]),
  row("mmap", shows("[0,1) rw-p [1,2) rw-p"), "memory with other flags stays apart (MAP_NORESERVE)", VMA_TESTS, [
    anon(0),
    free(1, 1),
    maps(4),
  ]),
];

interface Part {
  readonly first: number;
  readonly count: number;
}

const LEFT: Part = { first: 0, count: 3 };
const MIDDLE: Part = { first: 3, count: 4 };
const RIGHT: Part = { first: 7, count: 3 };

/** Ten pages; the given parts are apart by their rights and have pages where told; then the middle gets the others' rights. */
function protectMiddle(faulted: readonly Part[], readOnlyWhileFaulting: readonly Part[]): readonly Step[] {
  return [
    free(0, 10),
    ...readOnlyWhileFaulting.map(({ first, count }) => mprotect(first, count, PROT.READ)),
    ...faulted.map(({ first }) => touch("write", first)),
  ];
}

const SINCE_6_16: RowExtras = { since: "6.16" };
const ONE = shows("[0,10) rw-p");

const PROTECT: readonly ZooRow[] = [
  row(
    "mprotect",
    ONE,
    "a part without pages joins a neighbour with pages on its right",
    `${SELFTEST}, mprotect_unfaulted_left`,
    [free(0, 10), mprotect(0, 5, PROT.READ), touch("write", 5), mprotect(0, 5, RW), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mprotect",
    shows("[0,5) rw-p [5,10) rw-p"),
    "a part without pages does not join a neighbour with pages on its right",
    `${SELFTEST}, before 6.16`,
    [free(0, 10), mprotect(0, 5, PROT.READ), touch("write", 5), mprotect(0, 5, RW), maps(16)],
    { until: "6.16" },
  ),
  row(
    "mprotect",
    ONE,
    "a part without pages joins a neighbour with pages on its left",
    `${SELFTEST}, mprotect_unfaulted_right`,
    [free(0, 10), mprotect(5, 5, PROT.READ), touch("write", 0), mprotect(5, 5, RW), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mprotect",
    ONE,
    "a part with pages joins neighbours without on both sides",
    `${SELFTEST}, mprotect_unfaulted_both`,
    [...protectMiddle([MIDDLE], [LEFT, RIGHT]), mprotect(LEFT.first, LEFT.count, RW), mprotect(RIGHT.first, RIGHT.count, RW), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mprotect",
    ONE,
    "pages on the left and in the middle, none on the right",
    `${SELFTEST}, mprotect_faulted_left_unfaulted_right`,
    [
      ...protectMiddle([LEFT], [RIGHT]),
      mprotect(LEFT.first, LEFT.count, PROT.READ),
      mprotect(RIGHT.first, RIGHT.count, RW),
      mprotect(LEFT.first, LEFT.count, RW),
      maps(16),
    ],
    SINCE_6_16,
  ),
  row(
    "mprotect",
    ONE,
    "pages on the right and in the middle, none on the left",
    `${SELFTEST}, mprotect_unfaulted_left_faulted_right`,
    [
      ...protectMiddle([RIGHT], [LEFT]),
      mprotect(RIGHT.first, RIGHT.count, PROT.READ),
      mprotect(LEFT.first, LEFT.count, RW),
      mprotect(RIGHT.first, RIGHT.count, RW),
      maps(16),
    ],
    SINCE_6_16,
  ),
];

const FORK: readonly ZooRow[] = [
  row(
    "mprotect",
    shows("[0,5) rw-p [5,10) rw-p"),
    "in a child, beside memory it has from its parent: they stay apart",
    `${SELFTEST}, forked_target_vma`,
    [
      free(0, 5),
      touch("write", 0),
      { op: "fork", child: 1 },
      { ...anon(5, 5, PROT.READ, MAP.NORESERVE), process: 1 },
      { ...mprotect(5, 5, RW), process: 1 },
      { op: "maps", at: page(0), length: 16n * 4096n, process: 1 },
    ],
  ),
  row(
    "mprotect",
    shows("[0,5) rw-p [5,10) rw-p"),
    "in a child, pages of its own beside memory it has from its parent: they stay apart",
    `${SELFTEST}, forked_source_vma; LTP vma01`,
    [
      free(0, 5),
      touch("write", 0),
      { op: "fork", child: 1 },
      { ...anon(5, 5, RW | PROT.EXEC, MAP.NORESERVE), process: 1 },
      { op: "touch", at: page(5), access: "write", process: 1 },
      { ...mprotect(5, 5, RW), process: 1 },
      { op: "maps", at: page(0), length: 16n * 4096n, process: 1 },
    ],
  ),
];

const MOVED: readonly ZooRow[] = [
  row(
    "mremap",
    shows("[0,10) rw-p"),
    "memory without pages moves behind memory with pages: one VMA",
    `${SELFTEST}, mremap_unfaulted_to_faulted`,
    [free(0, 5), free(100, 5), touch("write", 0), mremap(100, 5, 5, MOVE, 5), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mremap",
    shows("[5,15) rw-p"),
    "memory without pages moves in front of memory with pages: one VMA",
    `${SELFTEST}, mremap_unfaulted_behind_faulted`,
    [free(10, 5), free(100, 5), touch("write", 10), mremap(100, 5, 5, MOVE, 5), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mremap",
    shows("[0,10) rw-p [10,15) rw-p"),
    "memory without pages moves between two with pages of their own: one of them joins",
    `${SELFTEST}, mremap_unfaulted_between_faulted`,
    [free(0, 5), free(10, 5), free(100, 5), touch("write", 0), touch("write", 10), mremap(100, 5, 5, MOVE, 5), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mremap",
    shows("[0,15) rw-p"),
    "memory without pages moves between one with and one without: one VMA",
    `${SELFTEST}, mremap_unfaulted_between_faulted_unfaulted`,
    [free(0, 5), free(10, 5), free(100, 5), touch("write", 0), mremap(100, 5, 5, MOVE, 5), maps(16)],
    SINCE_6_16,
  ),
  row(
    "mremap",
    shows("[0,15) rw-p"),
    "the middle goes away and comes back, all with pages: one VMA",
    `${SELFTEST}, mremap_correct_placed_faulted`,
    [free(0, 15), touch("write", 0, 15), mremap(5, 5, 5, MOVE, 100), mremap(100, 5, 5, MOVE, 5), maps(16)],
  ),
  row(
    "mremap",
    shows("[0,15) rw-p"),
    "the middle, without pages, goes away and comes back between two of the same memory",
    `${SELFTEST}, mremap_unfaulted_between_correctly_placed_faulted`,
    [
      free(0, 15),
      touch("write", 0, 15),
      { op: "munmap", at: page(5), length: 5n * 4096n },
      free(100, 5),
      mremap(100, 5, 5, MOVE, 5),
      maps(16),
    ],
    SINCE_6_16,
  ),
  ...(
    [
      ["prev", [0], "[0,5) rw-p [5,10) rw-p"],
      ["next", [10], "[5,10) rw-p [10,15) rw-p"],
    ] as const
  ).map(([side, starts, after]) =>
    row(
      "mremap",
      shows(after),
      `MREMAP_DONTUNMAP of memory with pages beside memory without: ${side === "prev" ? "its left" : "its right"} neighbour stays apart`,
      "mm/vma.c: moved pages keep their page offset, which does not continue the neighbour's",
      [
        ...starts.map((first) => free(first, 5)),
        free(100, 5),
        touch("write", 100),
        { op: "mremap", at: page(100), oldLength: 5n * 4096n, newLength: 5n * 4096n, flags: MOVE | MREMAP.DONTUNMAP, to: page(5) },
        maps(16),
      ],
      { since: "5.7" },
    ),
  ),
];

const MOVE_LEAVING = MOVE | MREMAP.DONTUNMAP;

/** Memory with pages that was at page 5, went away, and comes back beside others, leaving an empty mapping behind. */
const COMES_BACK = [
  { name: "prev", neighbours: [free(0, 5)], when: "behind memory without pages", after: "[0,10) rw-p [100,105) rw-p" },
  { name: "next", neighbours: [free(10, 5)], when: "in front of memory without pages", after: "[5,15) rw-p [100,105) rw-p" },
  {
    name: "prev_unfaulted_next",
    neighbours: [free(0, 5), free(10, 5)],
    when: "between two without pages",
    after: "[0,15) rw-p [100,105) rw-p",
  },
  {
    name: "prev_faulted_next",
    neighbours: [free(0, 5), free(10, 5), touch("write", 10, 5)],
    when: "between one without pages and one with its own: only the former joins",
    after: "[0,10) rw-p [10,15) rw-p [100,105) rw-p",
  },
] as const;

const RETURNED: readonly ZooRow[] = COMES_BACK.map(({ name, neighbours, when, after }) =>
  row(
    "mremap",
    shows(after),
    `MREMAP_DONTUNMAP back to where its pages belong, ${when}`,
    `${SELFTEST}, mremap_faulted_to_unfaulted_${name}`,
    [free(5, 5), touch("write", 5, 5), mremap(5, 5, 5, MOVE, 100), ...neighbours, mremap(100, 5, 5, MOVE_LEAVING, 5), maps(128)],
    SINCE_6_16,
  ),
);

/** prctl(2): all memory of the process, and what it maps from then on, is mergeable by KSM. */
const PR_SET_MEMORY_MERGE = 67;

const OTHERS: readonly ZooRow[] = [
  row(
    "mmap",
    shows("[0,10) rw-p"),
    "a new mapping beside memory that KSM may merge, in a process whose memory all is: one VMA",
    `${SELFTEST}, ksm_merge`,
    [
      free(0, 5),
      { op: "syscall", call: "prctl", arguments: [PR_SET_MEMORY_MERGE, 1, 0, 0, 0], text: "prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0)" },
      free(5, 5),
      maps(16),
    ],
    { since: "6.17", needs: ["KSM"] },
  ),
  row(
    "madvise",
    shows("[0,10) rw-p"),
    "MADV_MERGEABLE of one half and then the other: one VMA again",
    `${SELFTEST}, ksm_merge`,
    [free(0, 10), madvise(MADV.MERGEABLE, 0, 5), madvise(MADV.MERGEABLE, 5, 5), maps(16)],
    { needs: ["KSM"] },
  ),
  row(
    "mremap",
    shows("[0,1) --xp [11,12) --xp"),
    "a mapping with a uprobe grows while it moves, and its first page comes back",
    `${SELFTEST}, handle_uprobe_upon_merged_vma`,
    [
      { op: "open special", file: "f", kind: "with a uprobe" },
      fileMap("f", "private", PROT.EXEC),
      mremap(0, 1, 2, MOVE, 10),
      mremap(10, 1, 1, MOVE, 0),
      maps(16),
    ],
    { since: "6.16", needs: ["uprobes"] },
  ),
];

/** All rows about merging. */
export const MERGING_ROWS: readonly ZooRow[] = [...NEW, ...REGIONS, ...PROTECT, ...FORK, ...MOVED, ...RETURNED, ...OTHERS];
