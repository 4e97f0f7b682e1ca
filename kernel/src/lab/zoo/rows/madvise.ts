/** madvise(2): how it ends. What it does is in madvise-effects.ts. */
import { MADV, PROT } from "../../../abi/index.js";
import {
  MAPS_FULL,
  PAGE,
  RW,
  SUCCESS,
  UNPRIVILEGED,
  anon,
  errno,
  fails,
  file,
  fileMap,
  madvise,
  mlock,
  mseal,
  munmap,
  page,
  resident,
  row,
  shared,
  shows,
  signal,
  touch,
} from "../recipes.js";
import type { Step, ZooRow } from "../row.js";

const MAN = "madvise(2)";

const EINVAL: readonly ZooRow[] = [
  row("madvise", errno("EINVAL"), "the address is within a page", `${MAN}; LTP madvise02`, [
    anon(0),
    { op: "madvise", at: page(0, 1), length: PAGE, advice: MADV.NORMAL },
  ]),
  row("madvise", errno("EINVAL"), "the advice does not exist (1212)", `${MAN}; LTP madvise02`, [anon(0), madvise(1212)]),
  row("madvise", errno("EINVAL"), "the length is negative", MAN, [
    anon(0),
    { op: "madvise", at: page(0), length: -1n, advice: MADV.NORMAL },
  ]),
  row("madvise", errno("EINVAL"), "MADV_DONTNEED of locked memory", `${MAN}; LTP madvise02`, [anon(0), mlock(), madvise(MADV.DONTNEED)]),
  row("madvise", errno("EINVAL"), "MADV_FREE of a file mapping", `${MAN}; LTP madvise02`, [
    file("f"),
    fileMap("f", "private"),
    madvise(MADV.FREE),
  ]),
  row("madvise", errno("EINVAL"), "MADV_REMOVE of locked memory", `${MAN}; LTP madvise02`, [
    file("f"),
    fileMap("f", "shared"),
    mlock(),
    madvise(MADV.REMOVE),
  ]),
  row("madvise", errno("EINVAL"), "MADV_REMOVE of private anonymous memory", MAN, [anon(0), madvise(MADV.REMOVE)]),
  row("madvise", errno("EINVAL"), "MADV_COLD of locked memory", MAN, [anon(0), mlock(), madvise(MADV.COLD)], { since: "5.4" }),
  row("madvise", errno("EINVAL"), "MADV_PAGEOUT of locked memory", MAN, [anon(0), mlock(), madvise(MADV.PAGEOUT)], { since: "5.4" }),
  row("madvise", errno("EINVAL"), "MADV_MERGEABLE on a kernel without KSM", `${MAN}; LTP madvise02`, [anon(0), madvise(MADV.MERGEABLE)], {
    needs: ["a kernel without KSM"],
  }),
  row("madvise", SUCCESS, "MADV_MERGEABLE on a kernel with KSM", MAN, [anon(0), madvise(MADV.MERGEABLE)], { needs: ["KSM"] }),
  row("madvise", errno("EINVAL"), "MADV_WIPEONFORK of a private file mapping", `${MAN}; LTP madvise02`, [
    file("f"),
    fileMap("f", "private"),
    madvise(MADV.WIPEONFORK),
  ]),
  row("madvise", errno("EINVAL"), "MADV_WIPEONFORK of a shared file mapping", `${MAN}; LTP madvise02`, [
    file("f"),
    fileMap("f", "shared"),
    madvise(MADV.WIPEONFORK),
  ]),
  row("madvise", errno("EINVAL"), "MADV_WIPEONFORK of shared anonymous memory", `${MAN}; LTP madvise02`, [
    shared(0),
    madvise(MADV.WIPEONFORK),
  ]),
  row(
    "madvise",
    errno("EINVAL"),
    "MADV_POPULATE_READ without read rights",
    `${MAN}; selftests madv_populate`,
    [anon(0, 1, PROT.NONE), madvise(MADV.POPULATE_READ)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("EINVAL"),
    "MADV_POPULATE_WRITE without write rights",
    `${MAN}; selftests madv_populate`,
    [anon(0, 1, PROT.READ), madvise(MADV.POPULATE_WRITE)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("EINVAL"),
    "MADV_POPULATE_READ of memory that may only be written",
    `${MAN}; selftests madv_populate`,
    [anon(0, 1, PROT.WRITE), madvise(MADV.POPULATE_READ)],
    { since: "5.14" },
  ),
  row("madvise", errno("EINVAL"), "MADV_COLLAPSE of less than a huge page", MAN, [anon(0), touch("write", 0), madvise(MADV.COLLAPSE)], {
    since: "6.1",
  }),
  row("madvise", errno("EINVAL"), "MADV_GUARD_INSTALL of locked memory", MAN, [anon(0), mlock(), madvise(MADV.GUARD_INSTALL)], {
    since: "6.13",
  }),
];

const ENOMEM: readonly ZooRow[] = [
  row("madvise", errno("ENOMEM"), "MADV_NORMAL where nothing is mapped", `${MAN}; LTP madvise02`, [madvise(MADV.NORMAL)]),
  row("madvise", errno("ENOMEM"), "MADV_WILLNEED where nothing is mapped", `${MAN}; LTP madvise02`, [madvise(MADV.WILLNEED)]),
  row("madvise", errno("ENOMEM"), "there is a hole in the range", MAN, [anon(0, 3), munmap(1), madvise(MADV.DONTNEED, 0, 3)]),
  row("madvise", shows("...."), "a hole in the range: what lies behind it has been done all the same", MAN, [
    anon(0, 4),
    touch("write", 0, 4),
    munmap(1),
    fails("ENOMEM", madvise(MADV.DONTNEED, 0, 4)),
    resident(0, 4),
  ]),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_READ over a hole",
    "selftests madv_populate",
    [anon(0, 3), munmap(1), madvise(MADV.POPULATE_READ, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_WRITE over a hole",
    "selftests madv_populate",
    [anon(0, 3), munmap(1), madvise(MADV.POPULATE_WRITE, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_READ with a hole at the start",
    "selftests madv_populate",
    [anon(0, 3), munmap(0), madvise(MADV.POPULATE_READ, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_WRITE with a hole at the start",
    "selftests madv_populate",
    [anon(0, 3), munmap(0), madvise(MADV.POPULATE_WRITE, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_WRITE with a hole at the end",
    "selftests madv_populate",
    [anon(0, 3), munmap(2), madvise(MADV.POPULATE_WRITE, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "MADV_POPULATE_READ with a hole at the end",
    "selftests madv_populate",
    [anon(0, 3), munmap(2), madvise(MADV.POPULATE_READ, 0, 3)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("ENOMEM"),
    "a VMA would be split, and vm.max_map_count VMAs are there",
    MAN,
    [anon(0, 3), MAPS_FULL, madvise(MADV.RANDOM, 1)],
    {
      needs: ["a low limit of VMAs"],
      until: "6.1",
    },
  ),
  row(
    "madvise",
    errno("EAGAIN"),
    "a VMA would be split, and vm.max_map_count VMAs are there",
    MAN,
    [anon(0, 3), MAPS_FULL, madvise(MADV.RANDOM, 1)],
    {
      needs: ["a low limit of VMAs"],
      since: "6.1",
    },
  ),
];

const OTHERS: readonly ZooRow[] = [
  row("madvise", errno("EACCES"), "MADV_REMOVE of a private file mapping", MAN, [file("f"), fileMap("f", "private"), madvise(MADV.REMOVE)]),
  row("madvise", errno("EACCES"), "MADV_REMOVE of a descriptor opened read-only", MAN, [
    file("f", { access: "ro" }),
    fileMap("f", "shared", PROT.READ),
    madvise(MADV.REMOVE),
  ]),
  row("madvise", SUCCESS, "MADV_WILLNEED of memory without a file", MAN, [anon(0), madvise(MADV.WILLNEED)], {
    gone: { claim: "EBADF", why: "comes only from kernels built without swap; the others read the swap ahead" },
  }),
  row(
    "madvise",
    errno("EFAULT"),
    "MADV_POPULATE_READ beyond the end of the file",
    MAN,
    [file("f"), fileMap("f", "shared", RW, 2), madvise(MADV.POPULATE_READ, 0, 2)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("EFAULT"),
    "MADV_POPULATE_WRITE beyond the end of the file",
    MAN,
    [file("f"), fileMap("f", "shared", RW, 2), madvise(MADV.POPULATE_WRITE, 0, 2)],
    { since: "5.14" },
  ),
  row(
    "madvise",
    errno("EPERM"),
    "MADV_DONTNEED of sealed memory that may not be written",
    "mseal(2); LTP mseal01",
    [anon(0, 1, PROT.READ), mseal(0), madvise(MADV.DONTNEED)],
    { needs: ["mseal(2)"] },
  ),
  row("madvise", SUCCESS, "MADV_DONTNEED of sealed memory that may be written", "mseal(2)", [anon(0), mseal(0), madvise(MADV.DONTNEED)], {
    needs: ["mseal(2)"],
  }),
  row(
    "madvise",
    errno("EPERM"),
    "MADV_HWPOISON without CAP_SYS_ADMIN",
    MAN,
    [UNPRIVILEGED, anon(0), touch("write", 0), madvise(MADV.HWPOISON)],
    {
      needs: ["no privileges", "hardware poison"],
    },
  ),
  row(
    "madvise",
    signal("SIGBUS", "BUS_MCEERR_AR"),
    "MADV_HWPOISON, and then an access",
    `${MAN}; LTP madvise07`,
    [anon(0), touch("write", 0), madvise(MADV.HWPOISON), touch("read", 0)],
    { needs: ["CAP_SYS_ADMIN", "hardware poison"], changesSystem: "a page of RAM is not used any more until the machine starts anew" },
  ),
];

/** Advice that only succeeds: LTP madvise01. */
const ACCEPTED: readonly ZooRow[] = (
  [
    "NORMAL",
    "RANDOM",
    "SEQUENTIAL",
    "WILLNEED",
    "DONTNEED",
    "FREE",
    "DONTFORK",
    "DOFORK",
    "DONTDUMP",
    "DODUMP",
    "WIPEONFORK",
    "KEEPONFORK",
  ] as const
).map((name) =>
  row("madvise", SUCCESS, `MADV_${name} of private anonymous memory`, "LTP madvise01", [anon(0), touch("write", 0), madvise(MADV[name])]),
);

/** RLIMIT_RSS of setrlimit(2), with soft and hard limit 0. */
const NO_RESIDENT_SET: Step = {
  op: "syscall",
  call: "setrlimit",
  arguments: [5, { bytes: new Uint8Array(16) }],
  text: "setrlimit(RLIMIT_RSS, 0)",
};

const NEVER: readonly ZooRow[] = [
  row("madvise", SUCCESS, "MADV_WILLNEED with RLIMIT_RSS 0", `${MAN}; getrlimit(2)`, [anon(0), NO_RESIDENT_SET, madvise(MADV.WILLNEED)], {
    gone: { claim: "EIO", why: "RLIMIT_RSS has had no effect since Linux 2.4.30" },
  }),
];

/** The rows of madvise(2) about how the call ends. */
export const MADVISE_ROWS: readonly ZooRow[] = [...EINVAL, ...ENOMEM, ...OTHERS, ...NEVER, ...ACCEPTED];
