/** mlock(2), mlock2(2), munlock(2), mlockall(2) and munlockall(2). */
import { MADV, MCL, MLOCK, PROT } from "../../../abi/index.js";
import {
  MAPS_FULL,
  PAGE,
  RW,
  SUCCESS,
  UNPRIVILEGED,
  anon,
  errno,
  file,
  fileMap,
  madvise,
  map,
  mlock,
  mlock2,
  munmap,
  page,
  pages,
  resident,
  rlimit,
  row,
  shows,
} from "../recipes.js";
import type { Operation } from "../../../model/index.js";
import type { Need } from "../needs.js";
import type { Step, ZooRow } from "../row.js";

const MAN = "mlock(2)";
const NO_PRIVILEGES: { readonly needs: readonly Need[] } = { needs: ["no privileges"] };

function munlock(first: number, count: number): Operation {
  return { op: "munlock", at: page(first), length: pages(count) };
}

/** Rows that mlock(2) and mlock2(2) have alike. */
function lockRows(call: "mlock" | "mlock2", lock: (first: number, count: number) => Operation, test: string): readonly ZooRow[] {
  return [
    row(call, errno("ENOMEM"), "nothing is mapped", `${MAN}; ${test}`, [lock(0, 1)]),
    row(call, errno("ENOMEM"), "there is a hole in the range", `${MAN}; ${test}`, [anon(0, 3), munmap(1), lock(0, 3)]),
    row(
      call,
      errno("ENOMEM"),
      "more than RLIMIT_MEMLOCK, without CAP_IPC_LOCK",
      `${MAN}; ${test}`,
      [rlimit("MEMLOCK", 8192), UNPRIVILEGED, anon(0, 3), lock(0, 3)],
      NO_PRIVILEGES,
    ),
    row(
      call,
      errno("EPERM"),
      "RLIMIT_MEMLOCK is 0, without CAP_IPC_LOCK",
      `${MAN}; ${test}; can_do_mlock`,
      [rlimit("MEMLOCK", 0), UNPRIVILEGED, anon(0), lock(0, 1)],
      NO_PRIVILEGES,
    ),
    row(call, errno("ENOMEM"), "memory that may not be accessed", "__mm_populate", [anon(0, 1, PROT.NONE), lock(0, 1)]),
    row(call, errno("ENOMEM"), "pages beyond the end of the file", "__mm_populate", [file("f"), fileMap("f", "shared", RW, 2), lock(0, 2)]),
  ];
}

/** All rows of mlock(2) and munlock(2). */
export const MLOCK_ROWS: readonly ZooRow[] = [
  ...lockRows("mlock", mlock, "LTP mlock02"),
  row(
    "mlock",
    errno("EINVAL"),
    "the range wraps around the end of the address space",
    `${MAN}; apply_vma_lock_flags`,
    [anon(0), { op: "mlock", at: page(0), length: -2n * PAGE }],
    { needs: ["CAP_IPC_LOCK"] },
  ),
  row(
    "mlock",
    errno("ENOMEM"),
    "the range wraps, without CAP_IPC_LOCK: the limit is looked at first",
    "mm/mlock.c",
    [UNPRIVILEGED, anon(0), { op: "mlock", at: page(0), length: -2n * PAGE }],
    { needs: ["no privileges", "a limit of locked memory"] },
  ),
  row("mlock", errno("ENOMEM"), "a VMA would be split, and vm.max_map_count VMAs are there", MAN, [anon(0, 3), MAPS_FULL, mlock(1, 1)], {
    needs: ["a low limit of VMAs"],
  }),
  row("mlock", SUCCESS, "the address is within a page", `${MAN}: Linux rounds it down`, [
    anon(0),
    { op: "mlock", at: page(0, 1), length: 1n },
  ]),
  row("mlock", SUCCESS, "the length is 0", "LTP mlock01", [mlock(0, 0)]),
  row("mlock", SUCCESS, "a mapping of 8 pages, of which some are locked already", MAN, [anon(0, 8), mlock(2, 2), mlock(0, 8)], {
    gone: {
      claim: "EAGAIN",
      why: "comes only where memory runs out while pages are faulted in (__mlock_posix_error_return), which nothing provokes safely",
    },
  }),
  row("mlock", shows("VmLck 12 kB"), "what is locked is counted once, however often it is locked", "LTP mlock203", [
    anon(0, 3),
    mlock(0, 3),
    mlock(1, 2),
    { op: "status" },
  ]),
  row("mlock", shows("aaa"), "locked memory is faulted in", "LTP mlock05", [anon(0, 3), mlock(0, 3), resident(0, 3)]),
  row("mlock", SUCCESS, "memory that may only be written, of a file", "LTP mlock04", [
    file("f"),
    fileMap("f", "shared", PROT.WRITE),
    mlock(),
  ]),
  row("munlock", errno("ENOMEM"), "there is a hole in the range", `${MAN}; LTP munlock02`, [anon(0, 3), munmap(1), munlock(0, 3)]),
  row("munlock", errno("ENOMEM"), "nothing is mapped", `${MAN}; LTP munlock02`, [munlock(0, 1)]),
  row("munlock", errno("EINVAL"), "the range wraps around the end of the address space", MAN, [
    anon(0),
    { op: "munlock", at: page(0), length: -2n * PAGE },
  ]),
  row("munlock", shows("VmLck 4 kB"), "unlocks a part", "LTP munlock01", [anon(0, 3), mlock(0, 3), munlock(1, 2), { op: "status" }]),
];

/** LTP mlock2 201: eight pages, of which some are locked. */
const LOCKED_OF_EIGHT = [
  { when: "8 pages", at: page(0), length: pages(8), kib: 32, present: "aaaaaaaa" },
  { when: "3 pages", at: page(0), length: pages(3), kib: 12, present: "aaa....." },
  { when: "3 pages from the middle", at: page(3), length: pages(3), kib: 12, present: "...aaa.." },
  { when: "half a page", at: page(0), length: PAGE / 2n, kib: 4, present: "a......." },
  { when: "a page from the middle of one: two pages", at: page(1, 2048), length: PAGE, kib: 8, present: ".aa....." },
  { when: "2 bytes over the end of a page: two pages", at: page(1, -1), length: 2n, kib: 8, present: "aa......" },
] as const;

/** All rows of mlock2(2). */
export const MLOCK2_ROWS: readonly ZooRow[] = [
  ...lockRows("mlock2", (first, count) => mlock2(MLOCK.ONFAULT, first, count), "LTP mlock202").filter(
    ({ source }) => !source.startsWith("__mm_populate"), // MLOCK_ONFAULT faults nothing in
  ),
  row("mlock2", errno("EINVAL"), "a flag does not exist", "mlock(2); LTP mlock202", [anon(0), mlock2(2)]),
  row("mlock2", errno("EINVAL"), "every flag is set", "LTP mlock202", [anon(0), mlock2(-1)]),
  ...LOCKED_OF_EIGHT.flatMap(({ when, at, length, kib, present }) =>
    (
      [
        ["without flags", 0, present],
        ["with MLOCK_ONFAULT", MLOCK.ONFAULT, "........"],
      ] as const
    ).flatMap(([how, flags, residentPages]) => {
      const steps: readonly Step[] = [anon(0, 8), { op: "mlock2", at, length, flags }];
      return [
        row("mlock2", shows(`VmLck ${String(kib)} kB`), `${when}, ${how}: what is counted as locked`, "LTP mlock201", [
          ...steps,
          { op: "status" },
        ]),
        row("mlock2", shows(residentPages), `${when}, ${how}: what is present`, "LTP mlock201", [...steps, resident(0, 8)], {
          since: "5.18",
        }),
      ];
    }),
  ),
  row("mlock2", shows("...a...."), "MLOCK_ONFAULT: a touched page stays", "selftests mlock2-tests", [
    anon(0, 8),
    mlock2(MLOCK.ONFAULT, 0, 8),
    { op: "touch", at: page(3), access: "write" },
    resident(0, 8),
  ]),
  row("mlock2", errno("EINVAL"), "MLOCK_ONFAULT, and then MADV_DONTNEED", "madvise(2)", [
    anon(0),
    mlock2(MLOCK.ONFAULT),
    madvise(MADV.DONTNEED),
  ]),
];

/** All rows of mlockall(2) and munlockall(2). */
export const MLOCKALL_ROWS: readonly ZooRow[] = [
  ...(
    [
      ["no flag is set", 0],
      ["a flag does not exist", 8],
      ["MCL_ONFAULT alone", MCL.ONFAULT],
    ] as const
  ).map(([when, flags]) =>
    row("mlockall", errno("EINVAL"), when, "mlockall(2); LTP mlockall02; POSIX mlockall 13-1", [{ op: "mlockall", flags }]),
  ),
  row(
    "mlockall",
    errno("ENOMEM"),
    "more is mapped than RLIMIT_MEMLOCK, without CAP_IPC_LOCK",
    "mlockall(2); LTP mlockall02",
    [rlimit("MEMLOCK", 8192), UNPRIVILEGED, anon(0, 8), { op: "mlockall", flags: MCL.CURRENT }],
    NO_PRIVILEGES,
  ),
  row(
    "mlockall",
    errno("EPERM"),
    "RLIMIT_MEMLOCK is 0, without CAP_IPC_LOCK",
    "mlockall(2); LTP mlockall02",
    [rlimit("MEMLOCK", 0), UNPRIVILEGED, { op: "mlockall", flags: MCL.CURRENT }],
    NO_PRIVILEGES,
  ),
  row("mlockall", shows("aaa"), "MCL_FUTURE: what is mapped later is there at once", "LTP mlockall01", [
    { op: "mlockall", flags: MCL.FUTURE },
    anon(0, 3),
    resident(0, 3),
  ]),
  row("mlockall", shows("..."), "MCL_FUTURE and MCL_ONFAULT: what is mapped later is locked when touched", "LTP mlockall01", [
    { op: "mlockall", flags: MCL.FUTURE | MCL.ONFAULT },
    anon(0, 3),
    resident(0, 3),
  ]),
  row("mlockall", SUCCESS, "MCL_FUTURE, and then a mapping of a page beyond the end of a file", "mmap(2)", [
    file("f"),
    { op: "mlockall", flags: MCL.FUTURE },
    map({ ...fileMap("f", "shared", RW, 2) }),
  ]),
  row("munlockall", SUCCESS, "without privileges", 'mlock(2), "EPERM (Linux 2.6.8 and earlier)"', [UNPRIVILEGED, { op: "munlockall" }], {
    needs: ["no privileges"],
    gone: { claim: "EPERM", why: "since Linux 2.6.9 everybody may unlock" },
  }),
  row("munlockall", shows("VmLck 0 kB"), "nothing is locked any more", "LTP munlockall01", [
    anon(0, 3),
    mlock(0, 3),
    { op: "munlockall" },
    { op: "status" },
  ]),
];
