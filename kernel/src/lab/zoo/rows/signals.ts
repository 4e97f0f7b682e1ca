/** Accesses that end in a signal: load, store and fetch (executing). */
import { MAP, PROT } from "../../../abi/index.js";
import {
  PAGE,
  RW,
  SUCCESS,
  USER_END,
  anon,
  errno,
  file,
  fileMap,
  map,
  mprotect,
  munmap,
  page,
  pages,
  row,
  shared,
  shows,
  signal,
  touch,
} from "../recipes.js";
import type { Access } from "../../../model/index.js";
import type { ZooRow } from "../row.js";

const MAPERR = signal("SIGSEGV", "SEGV_MAPERR");
const ACCERR = signal("SIGSEGV", "SEGV_ACCERR");
const ADRERR = signal("SIGBUS", "BUS_ADRERR");
const SIGACTION = "sigaction(2)";

const ACCESSES = [
  ["load", "read"],
  ["store", "write"],
  ["fetch", "exec"],
] as const satisfies readonly (readonly [string, Access])[];

const SEGV: readonly ZooRow[] = ACCESSES.flatMap(([call, access]) => [
  row(call, MAPERR, "nothing is mapped", `${SIGACTION}; the article says SIGBUS`, [touch(access, 0)]),
  row(call, MAPERR, "the address is 0", SIGACTION, [{ op: "touch", at: 0n, access }]),
  row(call, MAPERR, "the memory has been unmapped", "munmap(2); LTP munmap01; POSIX munmap 1-2", [anon(0), munmap(0), touch(access, 0)]),
  row(call, ACCERR, "memory that may not be accessed (PROT_NONE)", "mmap(2); LTP mmap05; POSIX mmap 6-2", [
    anon(0, 1, PROT.NONE),
    touch(access, 0),
  ]),
  row(call, ACCERR, "memory that has become PROT_NONE", "mprotect(2); LTP mprotect04", [
    anon(0),
    touch("write", 0),
    mprotect(0, 1, PROT.NONE),
    touch(access, 0),
  ]),
]);

const RIGHTS: readonly ZooRow[] = [
  row("store", ACCERR, "memory that may only be read", "mmap(2); POSIX mmap 6-1; the article", [anon(0, 1, PROT.READ), touch("write", 0)]),
  row("store", ACCERR, "a shared mapping that has lost its write rights", "mprotect(2); LTP mprotect03", [
    file("f"),
    fileMap("f", "shared"),
    touch("write", 0),
    mprotect(0, 1, PROT.READ),
    touch("write", 0),
  ]),
  row("store", ACCERR, "the third of three pages may only be read: the first two are written", SIGACTION, [
    anon(0, 3),
    mprotect(2, 1, PROT.READ),
    touch("write", 0, 3),
  ]),
  row("fetch", ACCERR, "memory that may not be executed", "mmap(2)", [anon(0), touch("exec", 0)]),
  row("fetch", ACCERR, "a file mapping that may not be executed", "mmap(2)", [
    file("f"),
    fileMap("f", "private", PROT.READ),
    touch("exec", 0),
  ]),
  row("load", SUCCESS, "memory that may only be written: x86 cannot keep reads out", "mmap(2)", [anon(0, 1, PROT.WRITE), touch("read", 0)]),
  row("load", SUCCESS, "memory that may only be executed: x86 without protection keys cannot keep reads out", "mmap(2)", [
    shared(0, 1, PROT.EXEC),
    touch("read", 0),
  ]),
];

const BUS: readonly ZooRow[] = (["read", "write"] as const).flatMap((access) => {
  const call = access === "read" ? "load" : "store";
  return [
    row(call, ADRERR, "a whole page beyond the end of the file", "mmap(2); LTP mmap13; POSIX mmap 11-2", [
      file("f", { backing: "other" }),
      fileMap("f", "shared", RW, 2),
      touch(access, 1),
    ]),
    row(call, ADRERR, "a whole page beyond the end of shared memory", "mmap(2); POSIX mmap 11-3", [
      file("f"),
      fileMap("f", "shared", RW, 2),
      touch(access, 1),
    ]),
    row(call, ADRERR, "a private mapping, a whole page beyond the end of the file", "mmap(2)", [
      file("f"),
      fileMap("f", "private", RW, 2),
      touch(access, 1),
    ]),
    row(call, ADRERR, "the file has been cut off since", "mmap(2)", [
      file("f"),
      fileMap("f", "shared"),
      touch(access, 0),
      { op: "ftruncate", file: "f", size: 0 },
      touch(access, 0),
    ]),
    row(
      call,
      ADRERR,
      "the file system is full (tmpfs)",
      "shmem_fault",
      [{ op: "open on own tmpfs", file: "f", pages: 2, size: 8 * 4096 }, fileMap("f", "shared", RW, 8), touch(access, 0, 8)],
      { needs: ["a namespace of its own"] },
    ),
  ];
});

const ADDRESSES: readonly ZooRow[] = [
  row(
    "load",
    signal("SIGSEGV", "SI_KERNEL"),
    "an address no page table can hold: the processor refuses it, and the kernel learns no address",
    "asm/traps.c",
    [{ op: "touch", at: 1n << 62n, access: "read" }],
  ),
  row("store", signal("SIGSEGV", "SI_KERNEL"), "an address no page table can hold", "asm/traps.c", [
    { op: "touch", at: 1n << 62n, access: "write" },
  ]),
  row("load", MAPERR, "an address of the kernel", SIGACTION, [{ op: "touch", at: -(1n << 31n), access: "read" }]),
  row("store", MAPERR, "an address of the kernel", SIGACTION, [{ op: "touch", at: -(1n << 31n), access: "write" }]),
  row("load", MAPERR, "the last page below the end of user space, which is never mapped", SIGACTION, [
    { op: "touch", at: USER_END - PAGE, access: "read" },
  ]),
];

/** Where the stack of a growing-down test starts. */
const STACK_TOP = 64;

const STACKS: readonly ZooRow[] = [
  row(
    "store",
    shows(`[${String(STACK_TOP - 2)},${String(STACK_TOP)}) rw-p`),
    "below a MAP_GROWSDOWN mapping: it grows",
    "mmap(2); LTP mmap18",
    [
      map({ at: page(STACK_TOP - 1), flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED | MAP.GROWSDOWN }),
      { op: "touch", at: page(STACK_TOP - 2), access: "write" },
      { op: "maps", at: page(0), length: pages(STACK_TOP) },
    ],
  ),
  row("store", MAPERR, "below a MAP_GROWSDOWN mapping, with another mapping in the gap", "mmap(2); LTP mmap18; stack_guard_gap", [
    anon(STACK_TOP - 4),
    map({ at: page(STACK_TOP - 1), flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED | MAP.GROWSDOWN }),
    { op: "touch", at: page(STACK_TOP - 2), access: "write" },
  ]),
];

const FORK: readonly ZooRow[] = [
  row("store", shows("0"), "of a child to private memory: the parent does not see it", "fork(2); POSIX mmap 7-3", [
    anon(0),
    { op: "fork", child: 1 },
    { op: "touch", at: page(0), access: "write", process: 1 },
    { op: "peek", at: page(0) },
  ]),
  row("store", shows("195"), "of a child to shared memory: the parent sees it", "fork(2); POSIX mmap 7-4; the article", [
    shared(0),
    { op: "fork", child: 1 },
    { op: "touch", at: page(0), access: "write", process: 1 },
    { op: "peek", at: page(0) },
  ]),
];

/** The kernel's own accesses for the process end in an error instead. */
const KERNEL: readonly ZooRow[] = [
  row("store", errno("EFAULT"), "by read(2), to memory that may only be read", "read(2)", [
    anon(0, 1, PROT.READ),
    { op: "kernel_copy", direction: "to_user", at: page(0) },
  ]),
  row("load", errno("EFAULT"), "by write(2), where nothing is mapped", "write(2)", [
    { op: "kernel_copy", direction: "from_user", at: page(0) },
  ]),
  row("load", errno("EFAULT"), "by write(2), a page beyond the end of the file: no SIGBUS", "write(2)", [
    file("f"),
    fileMap("f", "shared", RW, 2),
    { op: "kernel_copy", direction: "from_user", at: page(1) },
  ]),
];

/** All rows of accesses. */
export const ACCESS_ROWS: readonly ZooRow[] = [...SEGV, ...RIGHTS, ...BUS, ...ADDRESSES, ...STACKS, ...FORK, ...KERNEL];
