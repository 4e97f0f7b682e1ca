/** The calls of a cell on files, and those that reach further than the notebook, on the live kernel. */
import { afterEach, describe, expect, test } from "vitest";
import {
  Errno,
  F,
  FALLOC_FL,
  F_SEAL,
  MAP,
  MFD,
  O,
  PAGE_SIZE,
  POSIX_FADV,
  PROT,
  SYNC_FILE_RANGE,
  cachestat,
  close,
  fallocate,
  fcntl,
  fdatasync,
  ftruncate,
  lab,
  memfd_create,
  mincore,
  mmap,
  munmap,
  observe,
  open,
  posix_fadvise,
  predict,
  scratchFile,
  shm_open,
  shm_unlink,
  swapoff,
  swapon,
  sync_file_range,
} from "../../../kernel/src/lab/index.js";
import { errnoOf, signalOf, withFile } from "./outcomes.js";

const RW = PROT.READ | PROT.WRITE;

/** The model followed everything so far. */
function expectNoDifference(): void {
  expect(lab.compare().unexplained).toEqual([]);
}

afterEach(() => {
  expectNoDifference();
  lab.reset();
});

describe("a file's space and cache", () => {
  test("a punched hole reads as zeros through every mapping; private copies stay", () => {
    withFile(scratchFile(3), (fd) => {
      const [shared, own] = [mmap(null, 3 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd), mmap(null, 3 * PAGE_SIZE, RW, MAP.PRIVATE, fd)];
      own.store(PAGE_SIZE, 77);
      expect(shared.load(PAGE_SIZE)).toBe(1);
      fallocate(fd, FALLOC_FL.PUNCH_HOLE | FALLOC_FL.KEEP_SIZE, PAGE_SIZE, PAGE_SIZE);
      expect([shared.load(PAGE_SIZE), own.load(PAGE_SIZE)]).toEqual([0, 77]);
      munmap(shared);
      munmap(own);
    });
  });

  test("fallocate makes a file longer, and the model follows", () => {
    withFile(memfd_create("long"), (fd) => {
      fallocate(fd, 0, 0, 2 * PAGE_SIZE);
      const m = mmap(null, 3 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd);
      expect(m.load(PAGE_SIZE)).toBe(0);
      expect(signalOf(() => m.load(2 * PAGE_SIZE)).signal).toBe("SIGBUS");
      munmap(m);
    });
  });

  test("more than the machine has is refused for a file in memory", () => {
    withFile(memfd_create("huge"), (fd) => {
      expect(() => fallocate(fd, 0, 0, 1n << 50n)).toThrow(/more than .* has free.*ftruncate/);
    });
  });

  test("an unknown mode is an Errno with the arguments", () => {
    withFile(scratchFile(1), (fd) => {
      expect(errnoOf(() => fallocate(fd, FALLOC_FL.PUNCH_HOLE, 0, PAGE_SIZE)).message).toContain("FALLOC_FL_PUNCH_HOLE, 0, 4096)");
    });
  });

  test("posix_fadvise DONTNEED empties the cache of a clean file, and fdatasync makes it clean", (context) => {
    withFile(scratchFile(4), (fd) => {
      const m = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd);
      m.store(0, 200);
      fdatasync(fd);
      expect(mincore(m)).toEqual([true, true, true, true]);
      munmap(m);
      posix_fadvise(fd, 0, 0, POSIX_FADV.DONTNEED);
      const again = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd);
      const cached = mincore(again);
      munmap(again);
      if (cached.every((page) => page)) context.skip("the notebook's folder is in memory: its pages cannot be dropped");
      expect(cached).toEqual([false, false, false, false]);
    });
  });

  test("fdatasync is a series of its own among the latencies", () => {
    withFile(scratchFile(1), (fd) => {
      const seen = observe("sync", () => fdatasync(fd));
      expect(JSON.stringify(seen.view)).toContain('"fdatasync"');
    });
  });

  test("cachestat counts cached and dirty pages", (context) => {
    withFile(scratchFile(4), (fd) => {
      const m = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd);
      m.touch({ pages: 2, access: "write" });
      try {
        const before = cachestat(fd);
        expect(before.cached).toBe(4);
        // The flusher may have been quicker.
        expect(before.dirty).toBeLessThanOrEqual(2);
      } catch (error) {
        if (error instanceof Errno && error.code === "ENOSYS") context.skip("this kernel has no cachestat (6.5)");
        throw error;
      } finally {
        munmap(m);
      }
    });
  });

  test("what the model does not follow is named by the comparison", () => {
    withFile(scratchFile(2), (fd) => {
      sync_file_range(fd, 0, 0, SYNC_FILE_RANGE.WRITE_AND_WAIT);
      sync_file_range(fd, 0, 0, SYNC_FILE_RANGE.WRITE_AND_WAIT);
      posix_fadvise(fd, 0, PAGE_SIZE, POSIX_FADV.WILLNEED);
    });
    const rows = lab.compare().explained.map(({ what, kernel }) => `${what}: ${kernel}`);
    expect(rows).toContain("sync_file_range SYNC_FILE_RANGE_WAIT_BEFORE|SYNC_FILE_RANGE_WRITE|SYNC_FILE_RANGE_WAIT_AFTER: done 2 times");
    expect(rows).toContain("posix_fadvise POSIX_FADV_WILLNEED: done once");
    lab.reset();
    expect(lab.compare().explained.filter(({ model }) => model === "not followed")).toEqual([]);
  });

  test("what is no regular file gets the kernel's own answer", () => {
    withFile(open("/", O.RDONLY), (fd) => {
      expect(errnoOf(() => ftruncate(fd, 0)).code).toBe("EINVAL");
      expect(errnoOf(() => fallocate(fd, 0, 0, 1)).code).toBe("EBADF");
    });
  });
});

describe("seals and shared memory", () => {
  test("F_SEAL_WRITE forbids writable mappings; the seals can be read", () => {
    withFile(memfd_create("sealed", MFD.ALLOW_SEALING), (fd) => {
      ftruncate(fd, PAGE_SIZE);
      expect(fcntl(fd, F.GET_SEALS)).toBe(0);
      fcntl(fd, F.ADD_SEALS, F_SEAL.WRITE);
      expect(fcntl(fd, F.GET_SEALS)).toBe(F_SEAL.WRITE);
      expect(errnoOf(() => mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd)).code).toBe("EPERM");
      munmap(mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, fd));
    });
  });

  test("a memfd sealed before it is first mapped is sealed for the model too", () => {
    withFile(memfd_create("sealed before", MFD.ALLOW_SEALING), (fd) => {
      fallocate(fd, 0, 0, PAGE_SIZE);
      fcntl(fd, F.ADD_SEALS, F_SEAL.SHRINK | F_SEAL.GROW);
      expect(errnoOf(() => ftruncate(fd, 0)).code).toBe("EPERM");
    });
    withFile(memfd_create("not sealable"), (fd) => {
      expect(errnoOf(() => fcntl(fd, F.ADD_SEALS, F_SEAL.SEAL)).code).toBe("EPERM");
    });
  });

  test("two opens of one name of shared memory share their pages", () => {
    const name = `/mmaplab-test-${String(process.pid)}`;
    const [one, two] = [shm_open(name, O.CREAT | O.EXCL | O.RDWR), shm_open(name, O.RDWR)];
    try {
      expect(errnoOf(() => shm_open(name, O.CREAT | O.EXCL | O.RDWR)).code).toBe("EEXIST");
    } finally {
      shm_unlink(name);
    }
    ftruncate(one, PAGE_SIZE);
    const a = mmap(null, PAGE_SIZE, RW, MAP.SHARED, one);
    const b = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, two);
    a.store(1, 99);
    expect(b.load(1)).toBe(99);
    munmap(a);
    munmap(b);
    close(one);
    close(two);
    expect(errnoOf(() => shm_open(name, O.RDWR)).code).toBe("ENOENT");
  });

  test.each(["", "/", "a/b", "//", `/${"x".repeat(256)}`])("shm_open refuses the name %j", (name) => {
    expect(errnoOf(() => shm_open(name, O.CREAT | O.RDWR)).code).toBe("EINVAL");
  });
});

describe("calls that would harm more than the notebook", () => {
  test("swapon and swapoff want it said", () => {
    const consent = undefined as unknown as { allowSystemChanges: true };
    expect(() => swapon("/nonexistent", 0, consent)).toThrow(/whole machine.*allowSystemChanges: true/);
    expect(() => swapoff("/nonexistent", consent)).toThrow(/whole machine/);
    expect(["EPERM", "ENOENT"]).toContain(errnoOf(() => swapon("/nonexistent", 0, { allowSystemChanges: true })).code);
  });

  test("a descriptor of the runtime itself is not closed", () => {
    expect(() => close(1)).toThrow(/notebook's own process/);
    const fd = open("/", O.RDONLY);
    close(fd);
    expect(errnoOf(() => close(fd)).code).toBe("EBADF");
  });

  test("in a prediction, calls the model does not know say so", () => {
    const fd = scratchFile(1);
    expect(() => predict(() => cachestat(fd))).toThrow(/cachestat: a prediction has no real memory/);
    close(fd);
  });
});
