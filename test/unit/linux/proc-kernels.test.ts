/** The readers of /proc on files as several kernels print them, and on odd ones. */
import { describe, expect, test } from "vitest";
import {
  diskOf,
  fileNameOf,
  pageFlagNames,
  parseDiskstats,
  parseMaps,
  parseMapsLine,
  parseMeminfo,
  parseSmaps,
  parseSmapsRollup,
  parseStat,
  parseStatm,
  parseStatus,
  parseVmstat,
} from "../../../kernel/src/linux/index.js";

describe("file names in maps", () => {
  const line = (path: string): string => `7f0000000000-7f0000001000 r--p 00000000 fe:01 12 ${" ".repeat(20)}${path}`;

  test.each([
    ["/lib/plain", { name: "/lib/plain", deleted: false }],
    ["/with two  spaces", { name: "/with two  spaces", deleted: false }],
    ["/ends with a space ", { name: "/ends with a space ", deleted: false }],
    ["/line\\012break", { name: "/line\nbreak", deleted: false }],
    ["/gone (deleted)", { name: "/gone", deleted: true }],
    ["/gone\\012too (deleted)", { name: "/gone\ntoo", deleted: true }],
    ["/twice (deleted) (deleted)", { name: "/twice (deleted)", deleted: true }],
    ["/#1234 (deleted)", { name: "/#1234", deleted: true }],
    ["/Übung/日本", { name: "/Übung/日本", deleted: false }],
  ])("%j", (path, expected) => {
    const entry = parseMapsLine(line(path));
    expect(entry?.path).toBe(path);
    expect(entry === undefined ? undefined : fileNameOf(entry)).toEqual(expected);
  });

  test.each(["", "[heap]", "[stack]", "[anon:lab]", "[anon_shmem:lab]", "anon_inode:[perf_event]"])("%j is no file name", (path) => {
    const entry = parseMapsLine(line(path));
    expect(entry?.path).toBe(path);
    expect(entry === undefined ? "" : fileNameOf(entry)).toBeUndefined();
  });

  test("every kernel's widths are read: 2.6 on 32 bits, 6.x on five levels of page tables", () => {
    const [small, wide] = parseMaps(
      "08048000-0804c000 r-xp 00000000 03:0c 64593      /usr/sbin/gpm\nff10000000000000-ff10000000200000 rw-p 00000000 00:00 0 \n",
    );
    expect(small).toMatchObject({ start: 0x8048000n, device: "03:0c", path: "/usr/sbin/gpm" });
    expect(wide).toMatchObject({ start: 0xff10000000000000n, path: "" });
  });

  test.each(["garbage", "7f00-7f01", "7f00-7f01 rw-p 0 0 0 0 0", "7f00-7f01 rw-pp 00000000 00:00 0", "zz-zz rw-p 00000000 00:00 0"])(
    "%j is no line of maps",
    (text) => {
      expect(parseMapsLine(text)).toBeUndefined();
      expect(() => parseMaps(`7f0000000000-7f0000001000 r--p 00000000 00:00 0\n${text}\n`)).toThrow(SyntaxError);
    },
  );
});

describe("smaps of several kernels", () => {
  const V26 = "08048000-0804c000 r-xp 00000000 03:0c 64593      /sbin/gpm\nSize:                16 kB\nRss:                 12 kB\n";
  const V618 =
    "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \nSize:               2048 kB\nPss_Dirty:             8 kB\nKSM:                   4 kB\n" +
    "THPeligible:           1\nProtectionKey:         0\nVmFlags: rd wr mr mw me ac sl gu \n";

  test("2.6 has neither VmFlags nor many figures", () => {
    expect(parseSmaps(V26)).toEqual([expect.objectContaining({ kib: { Size: 16, Rss: 12 }, vmFlags: [], path: "/sbin/gpm" })]);
  });

  test("6.18 has more figures, some without a unit, and new flags", () => {
    const [vma] = parseSmaps(V618);
    expect(vma?.kib).toEqual({ Size: 2048, Pss_Dirty: 8, KSM: 4 });
    expect(vma?.vmFlags).toEqual(["rd", "wr", "mr", "mw", "me", "ac", "sl", "gu"]);
  });

  test("odd lines, and a file cut short, lose nothing that is whole", () => {
    expect(parseSmaps("")).toEqual([]);
    expect(parseSmaps("Rss: 4 kB\n")).toEqual([]);
    expect(parseSmaps(`${V618.slice(0, 60)}`)).toHaveLength(1);
    expect(parseSmaps(`${V26}Rss:              lots kB\nno colon here\n${V618}`).map(({ kib }) => kib["Rss"])).toEqual([12, undefined]);
  });

  test("a mapped file named like a figure is a VMA", () => {
    const [vma] = parseSmaps("7f0000000000-7f0000001000 r--p 00000000 fe:01 12     /tmp/Rss: 9 kB\nSize:  4 kB\n");
    expect(vma).toMatchObject({ path: "/tmp/Rss: 9 kB", kib: { Size: 4 } });
  });

  test("smaps_rollup is sums, and starts with a line of its own", () => {
    const head = "55f9bbc95000-7fff11bc9000 ---p 00000000 00:00 0                          [rollup]\n";
    expect(parseSmapsRollup(`${head}Rss:    1700 kB\nPss:     209 kB\nPss_Anon: 116 kB\n`)).toEqual({ Rss: 1700, Pss: 209, Pss_Anon: 116 });
    expect(() => parseSmapsRollup("Rss:    1700 kB\n")).toThrow(/not the start of .*Rss/);
    expect(() => parseSmapsRollup("")).toThrow(SyntaxError);
  });
});

describe("stat, statm and status", () => {
  const after = (state: string): string =>
    `${state} 1 2 3 0 -1 4194304 1000 2000 30 40 5 6 7 8 20 0 11 0 900 765000000 18000 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0`;

  test("the fields are those of the man page", () => {
    expect(parseStat(`42 (node) ${after("S")}\n`)).toEqual({
      pid: 42,
      name: "node",
      state: "S",
      parent: 1,
      minorFaults: 1000n,
      childMinorFaults: 2000n,
      majorFaults: 30n,
      childMajorFaults: 40n,
      threads: 11,
      virtualBytes: 765000000n,
      residentPages: 18000n,
    });
  });

  test.each(["a b", "a) R 1 (b", "two\nlines", ""])("a program may be named %j", (name) => {
    expect(parseStat(`42 (${name}) ${after("R")}\n`)).toMatchObject({ name, state: "R", minorFaults: 1000n });
  });

  test.each(["", "42 (node) S", "42 node S 1 2 3", "x (node) S 1"])("%j is no stat", (text) => {
    expect(() => parseStat(text)).toThrow(SyntaxError);
  });

  test("statm is pages", () => {
    expect(parseStatm("765 403 375 5 0 123 0\n")).toEqual({ total: 765, resident: 403, shared: 375, text: 5, data: 123 });
  });

  test.each(["", "765", "a b c d e f g", "1 2 3 4 5 6"])("%j is no statm", (text) => {
    expect(() => parseStatm(text)).toThrow(SyntaxError);
  });

  test("status keeps fields it does not know, with colons and spaces in them", () => {
    const { kib, text } = parseStatus("Name:\ta: b\nVmSize:\t  12 kB\nSeccomp_filters:\t0\nodd line\nx86_Thread_features:\t\n");
    expect(kib).toEqual({ VmSize: 12 });
    expect(text).toEqual({ Name: "a: b", Seccomp_filters: "0", x86_Thread_features: "" });
  });
});

describe("the whole machine", () => {
  test("meminfo has kibibytes, and counts of huge pages", () => {
    expect(parseMeminfo("MemTotal:       24684084 kB\nActive(anon):        12 kB\nHugePages_Total:       8\nodd\nX: -1 kB\n")).toEqual({
      MemTotal: 24684084,
      "Active(anon)": 12,
      HugePages_Total: 8,
    });
  });

  test("vmstat counts beyond 2^53 exactly, and may be below zero", () => {
    expect(parseVmstat("pgfault 9007199254740993\nnr_dirty 5\nnr_unstable -3\nodd line here\n\n")).toEqual({
      pgfault: 9007199254740993n,
      nr_dirty: 5n,
      nr_unstable: -3n,
    });
  });

  const V618 =
    " 254       0 vda 623379 101813 30629130 1455546 319441 902422 39150568 330400 2 302288 1895821 743577 194 31109216 100558 49922 9316";
  const V44 = "   8       1 sda1 10 0 80 5 20 0 160 9 0 14 14";
  const V24 = "   8       2 sda2 10 20 30 40";

  test("diskstats of 6.18 have flushes, those of 4.4 have none, and a short line is passed over", () => {
    const [vda, sda1, none] = parseDiskstats(`${V618}\n${V44}\n${V24}\n   7 0 loop0 x\n`);
    expect(vda).toEqual({
      device: "254:0",
      name: "vda",
      reads: 623379n,
      readBytes: 30629130n * 512n,
      readMs: 1455546n,
      writes: 319441n,
      writtenBytes: 39150568n * 512n,
      writeMs: 330400n,
      inProgress: 2n,
      busyMs: 302288n,
      flushes: 49922n,
      flushMs: 9316n,
    });
    expect(sda1).toMatchObject({ name: "sda1", readBytes: 80n * 512n, writtenBytes: 160n * 512n, flushes: undefined });
    expect(none).toBeUndefined();
  });

  test("a disk is found by the device number of fstat", () => {
    const disks = parseDiskstats(`${V618}\n${V44}\n`);
    expect(diskOf(0xfe00n, disks)?.name).toBe("vda");
    expect(diskOf(0x0801n, disks)?.name).toBe("sda1");
    expect(diskOf(0x0802n, disks)).toBeUndefined();
  });

  test("page flags have the names of the kernel's header", () => {
    expect(pageFlagNames((1n << 3n) | (1n << 12n) | (1n << 24n) | (1n << 40n))).toEqual(["UPTODATE", "ANON", "ZERO_PAGE"]);
    expect(pageFlagNames(0n)).toEqual([]);
  });
});
