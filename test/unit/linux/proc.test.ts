/** The readers of /proc, on recorded text and on this process. */
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { MADV, MAP, MFD, O, PAGE_SIZE, POSIX_FADV, PROT } from "../../../kernel/src/abi/index.js";
import {
  PAGE_IS,
  RUSAGE,
  cachedPages,
  close,
  externalBytes,
  fileFacts,
  fileSystemKind,
  fsync,
  ftruncate,
  getrusage,
  madvise,
  memfd_create,
  mlock,
  mmap,
  munmap,
  open,
  parseMaps,
  parsePagemapEntry,
  parseRusage,
  parseSmaps,
  parseStatus,
  posix_fadvise,
  readMaps,
  readPagemap,
  readSmaps,
  readStatus,
  readVmFlags,
  scanPagemap,
} from "../../../kernel/src/linux/index.js";
import { withFile } from "./temporary-files.js";

const RECORDED_MAPS = `55d0c4a00000-55d0c4a01000 r--p 00000000 fe:00 1234567                    /usr/bin/a name with spaces
55d0c4a01000-55d0c4a02000 rw-p 00001000 fe:00 1234567                    /usr/bin/a name with spaces
55d0c5b10000-55d0c5b31000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000200000 rw-p 00000000 00:00 0 
7f0000200000-7f0000201000 rw-s 00000000 00:01 42                         /dev/zero (deleted)
7f0000300000-7f0000302000 r--s 7ffffffff000 00:01 99                     /memfd:lab\\012x (deleted)
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;

describe("/proc/pid/maps", () => {
  test("a recorded file is read field by field", () => {
    const entries = parseMaps(RECORDED_MAPS);
    expect(entries).toHaveLength(7);
    expect(entries[0]).toEqual({
      start: 0x55d0c4a00000n,
      end: 0x55d0c4a01000n,
      perms: "r--p",
      offset: 0n,
      device: "fe:00",
      inode: 1234567n,
      path: "/usr/bin/a name with spaces",
    });
    expect(entries[1]?.offset).toBe(0x1000n);
    expect(entries[3]).toMatchObject({ path: "", inode: 0n });
    expect(entries[5]).toMatchObject({ offset: 0x7ffffffff000n, path: "/memfd:lab\\012x (deleted)" });
    expect(entries[6]).toMatchObject({ start: 0xffffffffff600000n, path: "[vsyscall]" });
  });

  test("a line that is none is named", () => {
    expect(() => parseMaps("7f00-7f01 rw-p\n")).toThrow(/not a line of .*7f00-7f01 rw-p/);
  });

  test("a new mapping appears, with its rights and length", () => {
    const at = mmap(null, 3 * PAGE_SIZE, PROT.READ, MAP.SHARED | MAP.ANONYMOUS, -1, 0);
    try {
      expect(readMaps().find((vma) => vma.start === at)).toMatchObject({
        end: at + 3n * BigInt(PAGE_SIZE),
        perms: "r--s",
        path: "/dev/zero (deleted)",
      });
      expect(readMaps(process.pid).some((vma) => vma.start === at)).toBe(true);
    } finally {
      munmap(at, 3 * PAGE_SIZE);
    }
    expect(readMaps().some((vma) => vma.start === at)).toBe(false);
  });
});

const RECORDED_SMAPS = `7f0000000000-7f0000200000 rw-p 00000000 00:00 0 
Size:               2048 kB
KernelPageSize:        4 kB
Rss:                  12 kB
Private_Dirty:         8 kB
ProtectionKey:         0
VmFlags: rd wr mr mw me ac 
7f0000200000-7f0000201000 rw-s 00000000 00:01 42                         /dev/zero (deleted)
Size:                  4 kB
Rss:                   0 kB
VmFlags: rd wr sh mr mw me ms 
`;

describe("/proc/pid/smaps", () => {
  test("a recorded file is read with figures in KiB and flags", () => {
    const [first, second] = parseSmaps(RECORDED_SMAPS);
    expect(first).toMatchObject({
      start: 0x7f0000000000n,
      kib: { Size: 2048, Rss: 12, Private_Dirty: 8 },
      vmFlags: ["rd", "wr", "mr", "mw", "me", "ac"],
    });
    expect(first?.kib).not.toHaveProperty("ProtectionKey");
    expect(second).toMatchObject({
      path: "/dev/zero (deleted)",
      kib: { Size: 4, Rss: 0 },
      vmFlags: ["rd", "wr", "sh", "mr", "mw", "me", "ms"],
    });
  });

  test("a locked mapping has the flag lo, and its resident size", () => {
    const at = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
    try {
      mlock(at, 4 * PAGE_SIZE);
      expect(readVmFlags(at)).toContain("lo");
      expect(readSmaps().find((vma) => vma.start === at)?.kib).toMatchObject({ Size: 16, Rss: 16, Locked: 16 });
    } finally {
      munmap(at, 4 * PAGE_SIZE);
    }
    expect(readVmFlags(at)).toBeUndefined();
  });
});

describe("/proc/pid/status", () => {
  test("sizes are numbers in KiB, the rest is text", () => {
    const { kib, text } = parseStatus("Name:\tnode\nVmLck:\t      64 kB\nThreads:\t11\nCapEff:\t000001ffffffffff\n");
    expect(kib).toEqual({ VmLck: 64 });
    expect(text).toEqual({ Name: "node", Threads: "11", CapEff: "000001ffffffffff" });
  });

  test("VmLck grows by what is locked", () => {
    const before = readStatus().kib["VmLck"] ?? Number.NaN;
    const at = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
    try {
      mlock(at, 4 * PAGE_SIZE);
      expect(readStatus().kib["VmLck"]).toBe(before + 16);
    } finally {
      munmap(at, 4 * PAGE_SIZE);
    }
  });
});

describe("/proc/pid/pagemap", () => {
  test.each([
    [0n, { present: false, swapped: false, file: false, exclusive: false, guard: false, pfn: 0n }],
    [0x8100000000012345n, { present: true, exclusive: true, file: false, pfn: 0x12345n }],
    [0xa000000000000001n, { present: true, file: true, exclusive: false, pfn: 1n }],
    [0x4400000000000000n, { present: false, swapped: true, guard: true }],
    [0x4000000000000123n, { present: false, swapped: true, guard: false, pfn: 0n }],
    [0x8280000000000000n, { present: true, uffdWp: true, softDirty: true }],
  ])("entry %s", (entry, expected) => {
    expect(parsePagemapEntry(entry)).toMatchObject(expected);
  });

  test("shows which pages of a range are present, and whose", () => {
    const at = mmap(null, 4 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
    try {
      externalBytes(at, 4 * PAGE_SIZE)[PAGE_SIZE] = 1;
      const entries = readPagemap(at, 4);
      expect(entries.map(({ present }) => present)).toEqual([false, true, false, false]);
      expect(entries[1]).toMatchObject({ exclusive: true, file: false });
    } finally {
      munmap(at, 4 * PAGE_SIZE);
    }
  });

  test("PAGEMAP_SCAN finds the pages that are the zero page", (context) => {
    const at = mmap(null, 8 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
    try {
      const memory = externalBytes(at, 8 * PAGE_SIZE);
      memory[0] = 1;
      expect(memory[2 * PAGE_SIZE]).toBe(0);
      expect(memory[3 * PAGE_SIZE]).toBe(0);
      const end = at + 8n * BigInt(PAGE_SIZE);
      let regions;
      try {
        regions = scanPagemap(at, end, PAGE_IS.PFNZERO);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOTTY") context.skip("this kernel has no PAGEMAP_SCAN (6.7)");
        throw error;
      }
      expect(regions).toEqual([{ start: at + 2n * BigInt(PAGE_SIZE), end: at + 4n * BigInt(PAGE_SIZE), categories: PAGE_IS.PFNZERO }]);
    } finally {
      munmap(at, 8 * PAGE_SIZE);
    }
  });
});

describe("getrusage", () => {
  test("a recorded structure is read with units", () => {
    const view = new DataView(new ArrayBuffer(144));
    [3, 500, 1, 250_000, 2048, 0, 0, 0, 77, 5, 0, 16, 8, 0, 0, 0, 9, 4].forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true));
    expect(parseRusage(view)).toEqual({
      userTimeUs: 3_000_500,
      systemTimeUs: 1_250_000,
      maxRssKib: 2048,
      minorFaults: 77,
      majorFaults: 5,
      blocksRead: 16,
      blocksWritten: 8,
      voluntarySwitches: 9,
      involuntarySwitches: 4,
    });
  });

  test("counts at least the faults of touching fresh pages", () => {
    const at = mmap(null, 512 * PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
    try {
      madvise(at, 512 * PAGE_SIZE, MADV.NOHUGEPAGE);
      const memory = externalBytes(at, 512 * PAGE_SIZE);
      const before = getrusage(RUSAGE.THREAD).minorFaults;
      for (let page = 0; page < 512; page++) memory[page * PAGE_SIZE] = 1;
      expect(getrusage(RUSAGE.THREAD).minorFaults - before).toBeGreaterThanOrEqual(512);
    } finally {
      munmap(at, 512 * PAGE_SIZE);
    }
  });

  test("refuses a `who` that does not exist", () => {
    expect(() => getrusage(17)).toThrow(/getrusage: EINVAL.*getrusage\(17, usage\)/);
  });
});

describe("the file behind a descriptor", () => {
  test("a memfd, a tmpfs file and a directory are told apart", () => {
    const memfd = memfd_create("kind", MFD.CLOEXEC);
    try {
      ftruncate(memfd, 5000);
      expect(fileFacts(memfd)).toMatchObject({ kind: "memfd", size: 5000n, isRegular: true, path: "/memfd:kind (deleted)" });
    } finally {
      close(memfd);
    }
    withFile(O.RDONLY, 10, (fd) => expect(fileFacts(fd)).toMatchObject({ kind: "tmpfs", size: 10n }), "/dev/shm");
    withFile(O.RDONLY, 10, (fd) => expect(fileFacts(fd).kind).toBe(fileSystemKind(tmpdir())));
    const root = open("/", O.RDONLY);
    try {
      expect(fileFacts(root).isRegular).toBe(false);
    } finally {
      close(root);
    }
    expect(() => fileFacts(999_999)).toThrow(expect.objectContaining({ code: "EBADF", syscall: "fstat" }));
  });

  test.skipIf(fileSystemKind(tmpdir()) === "tmpfs")(
    "its cached pages are those read or written (needs a temporary directory on a disk)",
    () => {
      withFile(O.RDWR, 8 * PAGE_SIZE + 1, (fd) => {
        expect([...cachedPages(fd)]).toEqual(new Array(9).fill(1));
        fsync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV.DONTNEED);
        expect([...cachedPages(fd)]).toEqual(new Array(9).fill(0));
      });
    },
  );

  test("a write-only descriptor cannot be asked for its cached pages", () => {
    withFile(O.WRONLY, PAGE_SIZE, (fd) => expect(() => cachedPages(fd)).toThrow(expect.objectContaining({ code: "EACCES" })));
  });
});
