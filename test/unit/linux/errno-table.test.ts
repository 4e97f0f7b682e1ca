/** The live kernel's errors, one row for each: the smallest call that leads to it. */
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { F_SEAL, MADV, MAP, MFD, MREMAP, MS, O, PAGE_SIZE, PROT, type ErrnoCode } from "../../../kernel/src/abi/index.js";
import {
  addSeals,
  close,
  fileSystemKind,
  fsync,
  ftruncate,
  madvise,
  memfd_create,
  mincore,
  mlock,
  mlock2,
  mmap,
  mprotect,
  mremap,
  msync,
  munlock,
  munmap,
  open,
} from "../../../kernel/src/linux/index.js";
import { withFile } from "./temporary-files.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const PAGE = BigInt(PAGE_SIZE);
const TOP = 1n << 47n;

/** Runs `use` on `pages` of fresh anonymous memory. */
function withPages<T>(pages: number, use: (at: bigint) => T, prot: number = RW): T {
  const at = mmap(null, pages * PAGE_SIZE, prot, ANON, -1, 0);
  try {
    return use(at);
  } finally {
    munmap(at, pages * PAGE_SIZE);
  }
}

/** Three pages of which the middle one is not mapped. */
function withHole<T>(use: (at: bigint) => T): T {
  return withPages(3, (at) => {
    munmap(at + PAGE, PAGE_SIZE);
    return use(at);
  });
}

function withMemfd<T>(use: (fd: number) => T, flags: number = MFD.CLOEXEC): T {
  const fd = memfd_create("rows", flags);
  try {
    ftruncate(fd, PAGE_SIZE);
    return use(fd);
  } finally {
    close(fd);
  }
}

function withOpen<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = open(path, flags);
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}

type Row = readonly [call: string, code: ErrnoCode, recipe: string, run: () => unknown];

const ROWS: readonly Row[] = [
  ["mmap", "EINVAL", "length 0", () => mmap(null, 0, RW, ANON, -1, 0)],
  ["mmap", "EINVAL", "neither PRIVATE nor SHARED", () => mmap(null, PAGE_SIZE, RW, MAP.ANONYMOUS, -1, 0)],
  ["mmap", "EINVAL", "FIXED at an address within a page", () => mmap(4097n, PAGE_SIZE, RW, ANON | MAP.FIXED, -1, 0)],
  ["mmap", "EINVAL", "offset within a page", () => withMemfd((fd) => mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd, 1))],
  ["mmap", "EBADF", "descriptor not open", () => mmap(null, PAGE_SIZE, RW, MAP.SHARED, 999_999, 0)],
  ["mmap", "EBADF", "descriptor -1 without ANONYMOUS", () => mmap(null, PAGE_SIZE, RW, MAP.PRIVATE, -1, 0)],
  [
    "mmap",
    "EBADF",
    "descriptor opened with O_PATH",
    () => withOpen("/", O.PATH, (fd) => mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, fd, 0)),
  ],
  [
    "mmap",
    "EACCES",
    "shared writable map of a read-only descriptor",
    () => withFile(O.RDONLY, PAGE_SIZE, (fd) => mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd, 0)),
  ],
  ...([PROT.READ, PROT.WRITE, RW] as const).flatMap((prot) =>
    [MAP.SHARED, MAP.PRIVATE].map((type): Row => [
      "mmap",
      "EACCES",
      `write-only descriptor, prot ${String(prot)}, type ${String(type)}`,
      () => withFile(O.WRONLY, PAGE_SIZE, (fd) => mmap(null, PAGE_SIZE, prot, type, fd, 0)),
    ]),
  ),
  ["mmap", "ENODEV", "a directory", () => withOpen("/", O.RDONLY, (fd) => mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, fd, 0))],
  ["mmap", "ENODEV", "/dev/null", () => withOpen("/dev/null", O.RDWR, (fd) => mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, fd, 0))],
  ["mmap", "ENOMEM", "longer than the address space", () => mmap(null, TOP, RW, ANON, -1, 0)],
  ["mmap", "ENOMEM", "FIXED past the end of the address space", () => mmap(TOP, PAGE_SIZE, RW, ANON | MAP.FIXED, -1, 0)],
  [
    "mmap",
    "EEXIST",
    "FIXED_NOREPLACE over a mapping",
    () => withPages(1, (at) => mmap(at, PAGE_SIZE, RW, ANON | MAP.FIXED_NOREPLACE, -1, 0)),
  ],
  ["mmap", "EOVERFLOW", "offset + length over 2^64", () => withMemfd((fd) => mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, fd, -4096n))],
  [
    "mmap",
    "EOPNOTSUPP",
    "SHARED_VALIDATE with an unknown flag",
    () => withMemfd((fd) => mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED_VALIDATE | 0x400, fd, 0)),
  ],
  [
    "mmap",
    "EPERM",
    "shared writable map of a sealed memfd",
    () =>
      withMemfd((fd) => {
        addSeals(fd, F_SEAL.WRITE);
        mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd, 0);
      }, MFD.CLOEXEC | MFD.ALLOW_SEALING),
  ],
  ["munmap", "EINVAL", "length 0", () => munmap(PAGE, 0)],
  ["munmap", "EINVAL", "address within a page", () => munmap(4097n, PAGE_SIZE)],
  ["munmap", "EINVAL", "beyond the address space", () => munmap(TOP, PAGE_SIZE)],
  ["msync", "EINVAL", "address within a page", () => msync(4097n, PAGE_SIZE, MS.SYNC)],
  ["msync", "EINVAL", "ASYNC and SYNC", () => withPages(1, (at) => msync(at, PAGE_SIZE, MS.ASYNC | MS.SYNC))],
  ["msync", "EINVAL", "flags -1", () => withPages(1, (at) => msync(at, PAGE_SIZE, -1))],
  ["msync", "ENOMEM", "a hole", () => withHole((at) => msync(at, 3 * PAGE_SIZE, MS.SYNC))],
  [
    "msync",
    "EBUSY",
    "INVALIDATE on locked memory",
    () =>
      withPages(1, (at) => {
        mlock(at, PAGE_SIZE);
        msync(at, PAGE_SIZE, MS.INVALIDATE);
      }),
  ],
  ["mprotect", "EINVAL", "address within a page", () => mprotect(4097n, PAGE_SIZE, PROT.READ)],
  ["mprotect", "EINVAL", "GROWSDOWN and GROWSUP", () => withPages(1, (at) => mprotect(at, PAGE_SIZE, PROT.GROWSDOWN | PROT.GROWSUP))],
  ["mprotect", "ENOMEM", "a hole", () => withHole((at) => mprotect(at, 3 * PAGE_SIZE, PROT.READ))],
  [
    "mprotect",
    "EACCES",
    "WRITE on a shared map of a read-only descriptor",
    () =>
      withFile(O.RDONLY, PAGE_SIZE, (fd) => {
        const at = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, fd, 0);
        try {
          mprotect(at, PAGE_SIZE, RW);
        } finally {
          munmap(at, PAGE_SIZE);
        }
      }),
  ],
  ["mincore", "EINVAL", "address within a page", () => mincore(4097n, PAGE_SIZE)],
  ["mincore", "ENOMEM", "a hole", () => withHole((at) => mincore(at, 3 * PAGE_SIZE))],
  ["mincore", "ENOMEM", "beyond the address space", () => mincore(TOP, PAGE_SIZE)],
  ["mremap", "EINVAL", "old address within a page", () => mremap(4097n, PAGE_SIZE, PAGE_SIZE, 0)],
  ["mremap", "EINVAL", "new size 0", () => withPages(1, (at) => mremap(at, PAGE_SIZE, 0, 0))],
  ["mremap", "EINVAL", "FIXED without MAYMOVE", () => withPages(2, (at) => mremap(at, PAGE_SIZE, PAGE_SIZE, MREMAP.FIXED, at + PAGE))],
  ["mremap", "EFAULT", "nothing mapped", () => withHole((at) => mremap(at + PAGE, PAGE_SIZE, 2 * PAGE_SIZE, MREMAP.MAYMOVE))],
  ["mremap", "ENOMEM", "no room to grow in place", () => withPages(2, (at) => mremap(at, PAGE_SIZE, 2 * PAGE_SIZE, 0))],
  ["madvise", "EINVAL", "address within a page", () => madvise(4097n, PAGE_SIZE, MADV.NORMAL)],
  ["madvise", "EINVAL", "unknown advice", () => withPages(1, (at) => madvise(at, PAGE_SIZE, 1212))],
  ["madvise", "ENOMEM", "a hole", () => withHole((at) => madvise(at, 3 * PAGE_SIZE, MADV.NORMAL))],
  ["mlock", "ENOMEM", "a hole", () => withHole((at) => mlock(at, 3 * PAGE_SIZE))],
  ["mlock2", "EINVAL", "unknown flag", () => withPages(1, (at) => mlock2(at, PAGE_SIZE, 2))],
  ["munlock", "ENOMEM", "a hole", () => withHole((at) => munlock(at, 3 * PAGE_SIZE))],
  ["ftruncate", "EBADF", "descriptor not open", () => ftruncate(999_999, 0)],
  ["ftruncate", "EINVAL", "negative length", () => withMemfd((fd) => ftruncate(fd, -1))],
  ["fsync", "EBADF", "descriptor not open", () => fsync(999_999)],
  ["close", "EBADF", "closed twice", () => close(withMemfd((fd) => fd))],
  ["open", "ENOENT", "no such file", () => open("/nowhere/at/all", O.RDONLY)],
  ["fcntl", "EPERM", "a memfd that may not be sealed", () => withMemfd((fd) => addSeals(fd, F_SEAL.WRITE))],
];

describe("the kernel's own errors arrive as Errno", () => {
  test.each(ROWS)("%s gives %s: %s", (call, code, _recipe, run) => {
    expect(run).toThrow(expect.objectContaining({ name: "Errno", syscall: call, code }));
  });
});

const onDisk = fileSystemKind(tmpdir()) === "ext4";

test.skipIf(!onDisk)("mmap gives EOPNOTSUPP: MAP_SYNC on a disk without DAX (needs a temporary directory on ext4)", () => {
  const run = () => withFile(O.RDWR, PAGE_SIZE, (fd) => mmap(null, PAGE_SIZE, RW, MAP.SHARED_VALIDATE | MAP.SYNC, fd, 0));
  expect(run).toThrow(expect.objectContaining({ code: "EOPNOTSUPP" }));
});

test("calls on memory that is there succeed, and a second munmap of it does no harm", () => {
  const at = mmap(null, 2 * PAGE_SIZE, RW, ANON, -1, 0);
  mprotect(at, PAGE_SIZE, PROT.READ);
  mlock(at, PAGE_SIZE);
  expect([...mincore(at, 2 * PAGE_SIZE)]).toEqual([1, 0]);
  munlock(at, PAGE_SIZE);
  msync(at, 2 * PAGE_SIZE, MS.ASYNC);
  madvise(at, PAGE_SIZE, MADV.DONTNEED);
  expect([...mincore(at, 2 * PAGE_SIZE)]).toEqual([0, 0]);
  munmap(at, 2 * PAGE_SIZE);
  munmap(at, 2 * PAGE_SIZE);
  expect(() => mincore(at, 2 * PAGE_SIZE)).toThrow(expect.objectContaining({ code: "ENOMEM" }));
});

test("an unaligned length is rounded up, and a length of 0 is no error where the man page says so", () => {
  withPages(2, (at) => {
    expect(mincore(at, PAGE_SIZE + 1)).toHaveLength(2);
    expect(mincore(at, 0)).toHaveLength(0);
    mprotect(at, 0, PROT.NONE);
  });
});
