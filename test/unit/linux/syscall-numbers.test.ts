/** The system call numbers are those of the kernel's own headers. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SYSCALL_NAMES, syscallNumber } from "../../../kernel/src/linux/syscall-numbers.js";

/** From the Debian package linux-libc-dev; the generic one is there on all machines. */
const HEADERS = [
  { architecture: "arm64", path: "/usr/include/asm-generic/unistd.h" },
  { architecture: "x64", path: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h" },
];

/** Calls newer than the headers of some distributions; their numbers are the same everywhere (Linux 6.5 and 6.10). */
const NEW: ReadonlyMap<string, number> = new Map([
  ["cachestat", 451],
  ["mseal", 462],
]);

describe.each(HEADERS)("the numbers of $architecture", ({ architecture, path }) => {
  test.skipIf(!existsSync(path))("are those of the header (needs linux-libc-dev)", () => {
    const header = readFileSync(path, "utf8");
    const differing = SYSCALL_NAMES.filter((name) => {
      const found = new RegExp(`^#define __NR(?:3264)?_${name} (\\d+)$`, "m").exec(header)?.[1];
      return syscallNumber(name, architecture) !== (found === undefined ? NEW.get(name) : Number(found));
    });
    expect(differing).toEqual([]);
  });

  test("are each of one call", () => {
    const numbers = SYSCALL_NAMES.map((name) => syscallNumber(name, architecture));
    expect(new Set(numbers).size).toBe(SYSCALL_NAMES.length);
    expect(numbers.length).toBeGreaterThan(50);
  });
});

test("this machine's are taken unless told otherwise", () => {
  expect(syscallNumber("mmap")).toBe(syscallNumber("mmap", process.arch));
});

test.each(["riscv64", "", "constructor"])("for %o there are none, which says what to do", (architecture) => {
  expect(() => syscallNumber("mmap", architecture)).toThrow(/knows the system call numbers of x64, arm64, not of .*use the model alone/);
});
