/** The readers of /proc on the live system: what they say agrees with what was done, and a refusal says why. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { MAP, O, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import {
  CAP,
  Errno,
  diskOf,
  externalBytes,
  fileFacts,
  firstGuard,
  hasCapability,
  mapsOfRange,
  mmap,
  munmap,
  pageFlagNames,
  queryMap,
  readDiskstats,
  readMaps,
  readMeminfo,
  readPageCounts,
  readPageFlags,
  readPagemap,
  readSmaps,
  readSmapsRollup,
  readStat,
  readStatm,
  readVmstat,
  type MapsEntry,
} from "../../../kernel/src/linux/index.js";
import { withFile } from "./temporary-files.js";

const RW = PROT.READ | PROT.WRITE;
const PAGE = BigInt(PAGE_SIZE);

function errnoOf(call: () => unknown): Errno {
  try {
    call();
  } catch (error) {
    if (error instanceof Errno) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

/** Runs `use` with anonymous memory of which the first `written` pages are written. */
function withMemory<T>(pages: number, written: number, use: (at: bigint) => T, flags = MAP.PRIVATE): T {
  const at = mmap(null, pages * PAGE_SIZE, RW, flags | MAP.ANONYMOUS, -1, 0);
  try {
    const memory = externalBytes(at, pages * PAGE_SIZE);
    for (let page = 0; page < written; page++) memory[page * PAGE_SIZE] = 1;
    return use(at);
  } finally {
    munmap(at, pages * PAGE_SIZE);
  }
}

describe("PROCMAP_QUERY", () => {
  const same = ({ start, end, perms, offset, device, inode, path }: MapsEntry): MapsEntry => ({
    start,
    end,
    perms,
    offset,
    device,
    inode,
    path,
  });

  test("says the same as the line of maps, for every VMA that holds still", (context) => {
    const lines = readMaps().filter(({ path }) => path.startsWith("/") || path === "[stack]");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      let found;
      try {
        found = queryMap(line.start);
      } catch (error) {
        if (error instanceof Errno && error.code === "ENOTTY") context.skip("this kernel has no PROCMAP_QUERY (6.11)");
        throw error;
      }
      expect(found).toBeDefined();
      if (found !== undefined && line.path !== "[stack]") expect(same(found)).toEqual(line);
      expect(found?.pageSize).toBe(PAGE);
    }
  });

  test("finds the next VMA where none holds the address, if asked to", (context) => {
    try {
      expect(queryMap(0n)).toBeUndefined();
    } catch (error) {
      if (error instanceof Errno && error.code === "ENOTTY") context.skip("this kernel has no PROCMAP_QUERY (6.11)");
      throw error;
    }
    expect(queryMap(0n, "holding or next")?.start).toBe(readMaps()[0]?.start);
    expect(queryMap((1n << 64n) - 1n, "holding or next")).toBeUndefined();
  });
});

test("the VMAs of a range are those of the maps file, holes left out", () => {
  withMemory(4, 0, (at) => {
    munmap(at + PAGE, PAGE_SIZE);
    expect(
      mapsOfRange(at, at + 4n * PAGE).map(({ start, end }) => [start < at ? at : start, end > at + 4n * PAGE ? at + 4n * PAGE : end]),
    ).toEqual([
      [at, at + PAGE],
      [at + 2n * PAGE, at + 4n * PAGE],
    ]);
    expect(mapsOfRange(at + PAGE, at + 2n * PAGE)).toEqual([]);
  });
  const all = readMaps();
  expect(mapsOfRange(0n, 1n << 56n).filter(({ path }) => path.startsWith("/"))).toMatchObject(
    all.filter(({ path, start }) => path.startsWith("/") && start < 1n << 56n),
  );
});

test("smaps_rollup holds the sums of smaps", () => {
  withMemory(512, 512, () => {
    const rollup = readSmapsRollup();
    const rss = readSmaps().reduce((sum, { kib }) => sum + (kib["Rss"] ?? 0), 0);
    expect(rollup["Anonymous"]).toBeGreaterThan(2048);
    // Node breathes between the two.
    expect(Math.abs((rollup["Rss"] ?? 0) - rss)).toBeLessThan(rss / 4);
  });
});

test("stat and statm count the faults and pages of touching memory", () => {
  const before = readStat();
  const sizes = readStatm();
  withMemory(1024, 1024, () => {
    expect(readStat().minorFaults + 0n).toBeGreaterThan(before.minorFaults);
    expect(readStatm().total).toBeGreaterThanOrEqual(sizes.total + 512);
  });
  expect(before).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(before.threads).toBeGreaterThan(1);
});

test("vmstat, meminfo and diskstats count", () => {
  const before = readVmstat()["pgfault"] ?? -1n;
  withMemory(256, 256, () => expect(readVmstat()["pgfault"] ?? -1n).toBeGreaterThanOrEqual(before));
  expect(before).toBeGreaterThan(0n);
  expect(readMeminfo()["MemTotal"]).toBeGreaterThan(readMeminfo()["MemFree"] ?? Infinity);
  withFile(O.RDONLY, 10, (fd) => {
    const disk = diskOf(fileFacts(fd).device, readDiskstats());
    if (disk !== undefined) expect(disk.writes).toBeGreaterThan(0n);
    expect(new Set(readDiskstats().map(({ name }) => name)).size).toBe(readDiskstats().length);
  });
});

describe("page frames", () => {
  test.runIf(hasCapability(CAP.SYS_ADMIN))("kpageflags and kpagecount know a page of this process (needs CAP_SYS_ADMIN)", (context) => {
    withMemory(1, 1, (at) => {
      const [entry] = readPagemap(at, 1);
      expect(entry?.pfn).toBeGreaterThan(0n);
      try {
        expect(pageFlagNames(readPageFlags([entry?.pfn ?? 0n])[0] ?? 0n)).toEqual(expect.arrayContaining(["MMAP", "ANON"]));
        expect(readPageCounts([entry?.pfn ?? 0n])).toEqual([1n]);
      } catch (error) {
        if (error instanceof Errno && ["EPERM", "EACCES", "ENOENT"].includes(error.code))
          context.skip(`no page flags here: ${error.message}`);
        throw error;
      }
    });
  });

  test.skipIf(hasCapability(CAP.SYS_ADMIN))(
    "without privileges both say who may read them, and frame numbers are 0 (needs an unprivileged user)",
    () => {
      for (const read of [readPageFlags, readPageCounts]) {
        const error = errnoOf(() => read([1n]));
        expect(["EACCES", "EPERM", "ENOENT"]).toContain(error.code);
        if (error.code !== "ENOENT") expect(error.reason).toMatch(/root only.*Run as root/);
      }
      withMemory(1, 1, (at) => expect(readPagemap(at, 1)).toMatchObject([{ present: true, pfn: 0n }]));
    },
  );

  test.each([-1n, 1n << 55n])("frame %s does not exist", (frame) => {
    expect(() => readPageFlags([frame])).toThrow(hasCapability(CAP.SYS_ADMIN) ? RangeError : /frame|root only/);
  });

  test("a range larger than one read is read whole", () => {
    const pages = 70_000;
    const at = mmap(null, pages * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE, -1, 0);
    try {
      externalBytes(at + BigInt(69_999 * PAGE_SIZE), 1)[0] = 1;
      const entries = readPagemap(at, pages);
      expect(entries).toHaveLength(pages);
      expect(entries.at(-1)?.present).toBe(true);
      expect(firstGuard(at, at + BigInt(pages * PAGE_SIZE))).toBeUndefined();
    } finally {
      munmap(at, pages * PAGE_SIZE);
    }
  });
});

describe("what cannot be read says why", () => {
  test("a process that is gone", async () => {
    const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
    const { pid = -1 } = child;
    await once(child, "exit");
    for (const read of [readMaps, readSmaps, readSmapsRollup, readStat, readStatm]) {
      expect(errnoOf(() => read(pid)).reason).toMatch(/process is gone/);
    }
    expect(errnoOf(() => readPagemap(0n, 1, pid)).reason).toMatch(/process is gone/);
  });

  test.skipIf(process.getuid?.() === 0)("a process of somebody else (needs an unprivileged user)", () => {
    expect(errnoOf(() => readPagemap(0n, 1, 1)).reason).toMatch(/trace the process/);
    expect(errnoOf(() => readSmaps(1)).code).toBe("EACCES");
  });

  test.each([0, -1, 1.5, Number.NaN, "../1", null])("pid %j", (pid) => {
    expect(() => readMaps(pid as number)).toThrow(/pid must be the number of a process or "self"/);
  });
});
