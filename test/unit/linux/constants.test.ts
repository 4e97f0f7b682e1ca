/** The constants against the headers of the kernel's user interface, where they are installed: values, and that none is missing. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  F,
  FALLOC_FL,
  F_SEAL,
  MADV,
  MAP,
  MCL,
  MFD,
  MLOCK,
  MREMAP,
  MS,
  POSIX_FADV,
  PROT,
  RLIMIT,
  RUSAGE,
  SYNC_FILE_RANGE,
} from "../../../kernel/src/abi/index.js";
import { KPF } from "../../../kernel/src/linux/index.js";

const FILES = [
  "asm-generic/mman-common.h",
  "asm-generic/mman.h",
  "asm-generic/resource.h",
  "linux/mman.h",
  "linux/falloc.h",
  "linux/fadvise.h",
  "linux/fcntl.h",
  "linux/fs.h",
  "linux/memfd.h",
  "linux/resource.h",
  "linux/kernel-page-flags.h",
].map((name) => `/usr/include/${name}`);

const missing = FILES.filter((file) => !existsSync(file));

/** `#define NAME number` of all files; the first definition counts, as on x86. */
function definitions(): Map<string, number> {
  const found = new Map<string, number>();
  for (const file of FILES) {
    for (const [, name = "", value = ""] of readFileSync(file, "utf8").matchAll(
      /^#\s*define\s+(\w+)\s+\(?(-?(?:0x)?[0-9a-fA-F]+)U?\)?(?=\s|$)/gm,
    )) {
      const number = /^0[0-7]+$/.test(value) ? Number.parseInt(value, 8) : Number(value);
      if (!found.has(name) && Number.isInteger(number)) found.set(name, number);
    }
  }
  return found;
}

/** Tables with the prefix of their names in the headers, and names that are left out there on purpose. */
const TABLES: readonly (readonly [prefix: string, table: Readonly<Record<string, unknown>>, left: readonly string[]])[] = [
  ["PROT_", PROT, []],
  ["MAP_", MAP, []],
  ["MADV_", MADV, []],
  ["MREMAP_", MREMAP, []],
  ["MS_", MS, []],
  ["MCL_", MCL, []],
  ["MFD_", MFD, []],
  ["MLOCK_", MLOCK, []],
  ["FALLOC_FL_", FALLOC_FL, []],
  ["POSIX_FADV_", POSIX_FADV, []],
  ["SYNC_FILE_RANGE_", SYNC_FILE_RANGE, []],
  ["RLIMIT_", RLIMIT, []],
  // What wait4(2) uses inside the kernel.
  ["RUSAGE_", RUSAGE, ["BOTH"]],
  ["F_SEAL_", F_SEAL, []],
  ["KPF_", KPF, []],
];

/** The header has the values of s390 first. */
const OTHER_MEANING: readonly string[] = ["POSIX_FADV_DONTNEED", "POSIX_FADV_NOREUSE"];
/** fs.h and mount.h have mount flags under the same prefix. */
const MSYNC: readonly string[] = ["ASYNC", "INVALIDATE", "SYNC"];

describe.skipIf(missing.length > 0)(`constants (needs the kernel's headers${missing.length > 0 ? `: ${missing.join(", ")}` : ""})`, () => {
  const defined = missing.length > 0 ? new Map<string, number>() : definitions();

  test.each(TABLES)("%s* have the values of the headers", (prefix, table) => {
    let compared = 0;
    for (const [name, value] of Object.entries(table)) {
      const expected = defined.get(prefix + name);
      if (expected === undefined || OTHER_MEANING.includes(prefix + name)) continue;
      expect([name, value]).toEqual([name, expected]);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });

  test.each(TABLES)("no %s* of the headers is missing", (prefix, table, left) => {
    const names = [...defined.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const wanted = prefix === "MS_" ? names.filter((name) => MSYNC.includes(name)) : names;
    expect(wanted.filter((name) => !(name in table) && !left.includes(name))).toEqual([]);
  });

  test("the numbers of fcntl follow from its base", () => {
    const base = defined.get("F_LINUX_SPECIFIC_BASE") ?? 1024;
    expect([F.ADD_SEALS, F.GET_SEALS]).toEqual([base + 9, base + 10]);
  });
});

test("values the headers of this machine may be too old for", () => {
  expect([MADV.GUARD_INSTALL, MADV.GUARD_REMOVE, MAP.DROPPABLE, MAP.ABOVE4G, MFD.NOEXEC_SEAL, MFD.EXEC, F_SEAL.EXEC]).toEqual([
    102, 103, 8, 0x80, 8, 16, 0x20,
  ]);
  expect([MAP.HUGE_2MB, MAP.HUGE_1GB, MFD.HUGE_2MB].map((flag) => flag >>> MAP.HUGE_SHIFT)).toEqual([21, 30, 21]);
  expect([POSIX_FADV.DONTNEED, POSIX_FADV.NOREUSE, FALLOC_FL.WRITE_ZEROES]).toEqual([4, 5, 0x80]);
});

test("no table can be changed", () => {
  for (const [, table] of TABLES) expect(Object.isFrozen(table)).toBe(true);
});
