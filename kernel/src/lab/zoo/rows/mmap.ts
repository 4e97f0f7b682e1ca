/** mmap(2): every error of the man page and of the article, and the permission and flag rows of LTP and POSIX. */
import { F_SEAL, MAP, MCL, PROT } from "../../../abi/index.js";
import {
  MAPS_FULL,
  PAGE,
  RW,
  RWX,
  SUCCESS,
  UNPRIVILEGED,
  USER_END,
  anon,
  errno,
  file,
  fileMap,
  map,
  mseal,
  page,
  pages,
  rlimit,
  row,
  shared,
  shows,
  maps,
  touch,
} from "../recipes.js";
import type { ZooRow } from "../row.js";

const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const MAN = "mmap(2)";
const LARGEST_OFFSET = (1n << 63n) - PAGE;

const EACCES: readonly ZooRow[] = [
  row("mmap", errno("EACCES"), "shared and writable, of a descriptor opened read-only", `${MAN}; POSIX mmap 6-4; do_mmap`, [
    file("f", { access: "ro" }),
    fileMap("f", "shared"),
  ]),
  ...(["shared", "private"] as const).flatMap((type) =>
    (
      [
        ["read", PROT.READ],
        ["write", PROT.WRITE],
        ["read and write", RW],
      ] as const
    ).map(([rights, prot]) =>
      row("mmap", errno("EACCES"), `${type}, to ${rights}, of a descriptor opened write-only`, `${MAN}; LTP mmap06; POSIX mmap 6-6`, [
        file("f", { access: "wo" }),
        fileMap("f", type, prot),
      ]),
    ),
  ),
  row(
    "mmap",
    errno("EACCES"),
    "shared and writable, of an append-only file",
    `${MAN}; IS_APPEND in do_mmap`,
    [{ op: "open special", file: "f", kind: "append-only" }, fileMap("f", "shared")],
    { needs: ["CAP_LINUX_IMMUTABLE", "a disk"] },
  ),
  row("mmap", SUCCESS, "private and writable, of a descriptor opened read-only: stores stay private", "POSIX mmap 6-5", [
    file("f", { access: "ro" }),
    fileMap("f", "private"),
  ]),
  row("mmap", SUCCESS, "shared and readable, of a descriptor opened read-only", "LTP mmap02", [
    file("f", { access: "ro" }),
    fileMap("f", "shared", PROT.READ),
  ]),
];

const EAGAIN: readonly ZooRow[] = [
  row(
    "mmap",
    errno("EAGAIN"),
    "MAP_LOCKED of more than RLIMIT_MEMLOCK",
    `${MAN}; mlock_future_ok`,
    [rlimit("MEMLOCK", 65_536), UNPRIVILEGED, anon(0, 256, RW, MAP.LOCKED)],
    { needs: ["no privileges"] },
  ),
  row(
    "mmap",
    errno("EAGAIN"),
    "after mlockall(MCL_FUTURE), of more than RLIMIT_MEMLOCK",
    "POSIX mmap 18-1",
    [rlimit("MEMLOCK", 65_536), UNPRIVILEGED, { op: "mlockall", flags: MCL.FUTURE }, anon(0, 256)],
    { needs: ["no privileges"] },
  ),
  row(
    "mmap",
    SUCCESS,
    "of a file that somebody has locked with fcntl",
    `${MAN}, "the file has been locked"`,
    [{ op: "open special", file: "f", kind: "locked" }, fileMap("f", "shared")],
    { gone: { claim: "EAGAIN", why: "mandatory locking was removed in Linux 5.15; other locks never hindered mmap" } },
  ),
];

const EBADF: readonly ZooRow[] = [
  row("mmap", errno("EBADF"), "the descriptor is not open, and MAP_ANONYMOUS is not set", `${MAN}; LTP mmap08; POSIX mmap 19-1`, [
    map({ flags: MAP.SHARED }),
  ]),
  row("mmap", errno("EBADF"), "the descriptor was opened with O_PATH", "open(2); fget in ksys_mmap_pgoff", [
    { op: "open special", file: "f", kind: "O_PATH" },
    fileMap("f", "private", PROT.READ),
  ]),
];

const EINVAL: readonly ZooRow[] = [
  row("mmap", errno("EINVAL"), "the length is 0", `${MAN}; LTP mmap06; POSIX mmap 32-1`, [map({ length: 0n })]),
  row("mmap", errno("EINVAL"), "neither MAP_PRIVATE nor MAP_SHARED", `${MAN}; LTP mmap06`, [map({ flags: MAP.ANONYMOUS })]),
  row("mmap", errno("EINVAL"), "a file, and neither MAP_PRIVATE nor MAP_SHARED", `${MAN}; LTP mmap06`, [
    file("f"),
    map({ flags: 0, file: "f" }),
  ]),
  row("mmap", errno("EINVAL"), "MAP_FIXED at an address within a page", `${MAN}; POSIX mmap 9-1`, [map({ at: page(0, 1) })]),
  row("mmap", errno("EINVAL"), "the offset is within a page", `${MAN}; POSIX mmap 11-1`, [
    file("f"),
    { ...fileMap("f", "shared"), offset: 1n },
  ]),
  row("mmap", errno("EINVAL"), "every flag is set", "POSIX mmap 21-1", [file("f"), map({ flags: -1, file: "f" })], {
    notModelled: "which of the many faults of such a call is told first depends on flags the model does not know",
  }),
  row("mmap", errno("EINVAL"), "shared memory that grows down", "do_mmap", [
    map({ flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED | MAP.GROWSDOWN }),
  ]),
  row("mmap", errno("EINVAL"), "a file mapping that grows down", "do_mmap", [
    file("f"),
    map({ flags: MAP.PRIVATE | MAP.FIXED | MAP.GROWSDOWN, file: "f" }),
  ]),
  row(
    "mmap",
    errno("EINVAL"),
    "MAP_DROPPABLE with MAP_LOCKED",
    "do_mmap",
    [map({ flags: MAP.DROPPABLE | MAP.ANONYMOUS | MAP.FIXED | MAP.LOCKED })],
    {
      since: "6.11",
    },
  ),
  row("mmap", errno("EINVAL"), "anonymous MAP_SHARED_VALIDATE", "do_mmap", [
    map({ flags: MAP.SHARED_VALIDATE | MAP.ANONYMOUS | MAP.FIXED }),
  ]),
  row(
    "mmap",
    errno("EINVAL"),
    "MAP_HUGETLB of a file that is not on hugetlbfs",
    "ksys_mmap_pgoff",
    [file("f"), map({ flags: MAP.PRIVATE | MAP.FIXED | MAP.HUGETLB, file: "f" })],
    { needs: ["hugetlbfs"] },
  ),
];

const ENODEV: readonly ZooRow[] = (["directory", "pipe", "eventfd", "proc"] as const).map((kind) =>
  row(
    "mmap",
    errno("ENODEV"),
    {
      directory: "a directory (the man page says EACCES for what is no regular file)",
      pipe: "a pipe",
      eventfd: "an eventfd",
      proc: "a file of /proc",
    }[kind],
    kind === "pipe" ? `${MAN}; POSIX mmap 23-1` : `${MAN}; file_operations without mmap`,
    [{ op: "open special", file: "f", kind }, fileMap("f", "private", PROT.READ)],
  ),
);

const ENOMEM: readonly ZooRow[] = [
  row("mmap", errno("ENOMEM"), "longer than the address space", `${MAN}; POSIX mmap 24-1`, [
    map({ at: 0n, flags: ANON, length: USER_END }),
  ]),
  row("mmap", errno("ENOMEM"), "so long that it becomes 0 when rounded up to pages", "do_mmap", [
    map({ at: 0n, flags: ANON, length: -1n }),
  ]),
  row("mmap", errno("ENOMEM"), "MAP_FIXED past the end of the address space", "LTP mmap15", [map({ at: USER_END })], {
    needs: ["four-level page tables"],
  }),
  row("mmap", errno("ENOMEM"), "more than RLIMIT_AS", `${MAN}; POSIX mmap 24-2; may_expand_vm`, [
    { op: "rlimit", which: "AS", value: { currentTotalVmPlusPages: 4 } },
    anon(0, 5),
  ]),
  row("mmap", errno("ENOMEM"), "writable private memory of more than RLIMIT_DATA", `${MAN}; may_expand_vm`, [
    rlimit("DATA", 0),
    anon(0, 1),
  ]),
  row("mmap", errno("ENOMEM"), "more at once than RAM and swap hold", "proc_sys_vm(5); __vm_enough_memory", [map({ length: 1n << 44n })], {
    needs: ["heuristic overcommit"],
  }),
  row("mmap", errno("ENOMEM"), "vm.max_map_count VMAs are there", `${MAN}; POSIX mmap 24-1`, [MAPS_FULL, anon(0)], {
    needs: ["a low limit of VMAs"],
  }),
  row(
    "mmap",
    errno("ENOMEM"),
    "MAP_HUGETLB, and no huge page is free",
    `${MAN}; hugetlb_reserve_pages`,
    [map({ length: 1n << 21n, flags: ANON | MAP.FIXED | MAP.HUGETLB })],
    { needs: ["an empty pool of huge pages"] },
  ),
];

const OTHERS: readonly ZooRow[] = [
  row(
    "mmap",
    errno("EEXIST"),
    "MAP_FIXED_NOREPLACE over a mapping",
    `${MAN}; LTP mmap17`,
    [anon(0, 2), map({ at: page(1), flags: ANON | MAP.FIXED_NOREPLACE })],
    { since: "4.17" },
  ),
  row("mmap", SUCCESS, "MAP_FIXED_NOREPLACE beside a mapping", "selftests map_fixed_noreplace", [
    anon(0, 2),
    map({ at: page(2), flags: ANON | MAP.FIXED_NOREPLACE }),
  ]),
  row(
    "mmap",
    errno("ENFILE"),
    "shared anonymous, and the limit of open files of the whole system is reached",
    `${MAN}; alloc_empty_file`,
    [UNPRIVILEGED, { op: "system", change: "file-max of 1" }, shared(0)],
    { needs: ["CAP_SYS_ADMIN", "no privileges"], changesSystem: "fs.file-max is 1 for some milliseconds: nobody but root can open a file" },
  ),
  row("mmap", errno("EOVERFLOW"), "offset and length together exceed 2^64", MAN, [
    file("f"),
    { ...fileMap("f", "shared", PROT.READ), offset: -PAGE },
  ]),
  row("mmap", errno("EOVERFLOW"), "the range ends past the largest offset of a file", "file_mmap_ok", [
    file("f"),
    { ...fileMap("f", "shared", PROT.READ, 2), offset: LARGEST_OFFSET },
  ]),
  row("mmap", errno("EOPNOTSUPP"), "MAP_SHARED_VALIDATE with a flag that does not exist (1 << 10)", `${MAN}; LTP mmap20`, [
    file("f"),
    map({ flags: MAP.SHARED_VALIDATE | MAP.FIXED | (1 << 10), file: "f" }),
  ]),
  row("mmap", errno("EOPNOTSUPP"), "MAP_SYNC of a file that is on no DAX device", MAN, [
    file("f", { backing: "other" }),
    map({ flags: MAP.SHARED_VALIDATE | MAP.FIXED | MAP.SYNC, file: "f" }),
  ]),
  row(
    "mmap",
    errno("ETXTBSY"),
    "shared and writable, of a file the system swaps to",
    `${MAN}; IS_SWAPFILE in do_mmap`,
    [{ op: "system", change: "file in use as swap", file: "f" }, fileMap("f", "shared")],
    { needs: ["CAP_SYS_ADMIN", "a disk"], changesSystem: "a file of 256 KiB is used as swap for some milliseconds" },
  ),
  row(
    "mmap",
    SUCCESS,
    "MAP_DENYWRITE of a file that is open for writing",
    `${MAN}; the article`,
    [file("f"), map({ flags: MAP.PRIVATE | MAP.FIXED | MAP.DENYWRITE, file: "f" })],
    { gone: { claim: "ETXTBSY", why: "MAP_DENYWRITE is ignored since Linux 2.2: anybody could have kept others from writing" } },
  ),
];

const EPERM: readonly ZooRow[] = [
  row(
    "mmap",
    errno("EPERM"),
    "MAP_FIXED below vm.mmap_min_addr, without CAP_SYS_RAWIO",
    "proc_sys_vm(5); cap_mmap_addr",
    [UNPRIVILEGED, map({ at: 0n })],
    { needs: ["no privileges", "mmap_min_addr above 0"] },
  ),
  row(
    "mmap",
    errno("EPERM"),
    "MAP_LOCKED with RLIMIT_MEMLOCK 0, without CAP_IPC_LOCK",
    "can_do_mlock",
    [rlimit("MEMLOCK", 0), UNPRIVILEGED, anon(0, 1, RW, MAP.LOCKED)],
    { needs: ["no privileges"] },
  ),
  ...(["WRITE", "FUTURE_WRITE"] as const).map((seal) =>
    row("mmap", errno("EPERM"), `shared and writable, of a memfd sealed with F_SEAL_${seal}`, `${MAN}; fcntl(2)`, [
      file("f", { sealable: true }),
      { op: "seal", file: "f", seals: F_SEAL[seal] },
      fileMap("f", "shared"),
    ]),
  ),
  row(
    "mmap",
    SUCCESS,
    "shared and readable, of a memfd sealed with F_SEAL_WRITE",
    "fcntl(2)",
    [file("f", { sealable: true }), { op: "seal", file: "f", seals: F_SEAL.WRITE }, fileMap("f", "shared", PROT.READ)],
    { since: "6.7" },
  ),
  row(
    "mmap",
    errno("EPERM"),
    "executable, of a file on a file system mounted noexec",
    `${MAN}; path_noexec in do_mmap`,
    [{ op: "open on own tmpfs", file: "f", pages: 16, size: 4096, noexec: true }, fileMap("f", "private", PROT.READ | PROT.EXEC)],
    { needs: ["a namespace of its own"] },
  ),
  row("mmap", errno("EPERM"), "MAP_FIXED over sealed memory", "mseal(2); LTP mseal01", [anon(0, 2), mseal(0, 2), anon(1)], {
    needs: ["mseal(2)"],
  }),
];

/** LTP mmap04: what each combination of rights and type looks like in /proc/self/maps. */
const PERMISSIONS: readonly ZooRow[] = [PROT.NONE, PROT.READ, PROT.WRITE, RW, PROT.READ | PROT.EXEC, PROT.WRITE | PROT.EXEC, RWX].flatMap(
  (prot) =>
    (
      [
        ["p", anon],
        ["s", shared],
      ] as const
    ).map(([letter, make]) => {
      const rights = `${(prot & PROT.READ) === 0 ? "-" : "r"}${(prot & PROT.WRITE) === 0 ? "-" : "w"}${(prot & PROT.EXEC) === 0 ? "-" : "x"}${letter}`;
      return row("mmap", shows(`[0,1) ${rights}`), `rights ${rights} are shown as asked for`, "LTP mmap04", [make(0, 1, prot), maps(4)]);
    }),
);

const BEHAVIOUR: readonly ZooRow[] = [
  row("mmap", shows("90 0 0"), "the rest of a file's last page is zeros", "POSIX mmap 11-4; LTP mmap01", [
    file("f", { size: 100 }),
    fileMap("f", "shared"),
    { op: "touch", at: page(0, 99), access: "read", count: 3, stride: 1 },
  ]),
  row("mmap", shows(""), "a store beyond the end of the file never reaches it", "POSIX mmap 11-5; the article", [
    file("f", { size: 100 }),
    fileMap("f", "shared"),
    { op: "touch", at: page(0, 100), access: "write" },
    { op: "pread", file: "f", offset: 100, length: 10 },
  ]),
  row(
    "mmap",
    shows("195"),
    "a store to shared memory is in the file at once, before any msync",
    "POSIX mmap 7-1; the article says msync is needed",
    [file("f", { backing: "other" }), fileMap("f", "shared"), touch("write", 0), { op: "pread", file: "f", offset: 0, length: 1 }],
  ),
  row("mmap", shows("90"), "a store to private memory never reaches the file", "POSIX mmap 7-2", [
    file("f"),
    fileMap("f", "private"),
    touch("write", 0),
    { op: "pread", file: "f", offset: 0, length: 1 },
  ]),
  row("mmap", shows("90"), "a mapping keeps the file alive after close", "POSIX mmap 12-1", [
    file("f"),
    fileMap("f", "shared"),
    { op: "close", file: "f" },
    { op: "peek", at: page(0) },
  ]),
  row("mmap", shows("aaaa"), "MAP_POPULATE makes every page present", "LTP mmap12", [
    anon(0, 4, RW, MAP.POPULATE),
    { op: "resident", at: page(0), length: pages(4) },
  ]),
  row("mmap", shows("VmLck 16 kB"), "MAP_LOCKED counts in VmLck", "LTP mmap14", [anon(0, 4, RW, MAP.LOCKED), { op: "status" }]),
  row("mmap", shows("[0,1) rw-p [1,2) r--p [2,3) rw-p"), "MAP_FIXED replaces what was mapped, in whole pages", "POSIX mmap 3-1", [
    anon(0, 3),
    anon(1, 1, PROT.READ),
    maps(4),
  ]),
  row("mmap", SUCCESS, "a mapped file may be cut off", "LTP mmap09", [
    file("f"),
    fileMap("f", "shared"),
    { op: "ftruncate", file: "f", size: 0 },
  ]),
  row("mmap", shows("changed"), "a store to shared memory and msync change the file's modification time", "POSIX mmap 14-1", [
    file("f", { backing: "other", data: "clean" }),
    { op: "advance", seconds: 0.02 },
    { op: "look", at: "mtime of", file: "f" },
    fileMap("f", "shared"),
    touch("write", 0),
    { op: "msync", at: page(0), length: PAGE, flags: 4 },
    { op: "look", at: "mtime of", file: "f" },
  ]),
  row("mmap", shows("unchanged"), "a store to private memory does not change the file's modification time", "POSIX mmap 14-1", [
    file("f", { backing: "other", data: "clean" }),
    { op: "advance", seconds: 0.02 },
    { op: "look", at: "mtime of", file: "f" },
    fileMap("f", "private"),
    touch("write", 0),
    { op: "msync", at: page(0), length: PAGE, flags: 4 },
    { op: "look", at: "mtime of", file: "f" },
  ]),
];

/** All rows of mmap(2). */
export const MMAP_ROWS: readonly ZooRow[] = [
  ...EACCES,
  ...EAGAIN,
  ...EBADF,
  ...EINVAL,
  ...ENODEV,
  ...ENOMEM,
  ...EPERM,
  ...OTHERS,
  ...PERMISSIONS,
  ...BEHAVIOUR,
];
