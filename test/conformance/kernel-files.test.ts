/** The executor on the live kernel: files, and what looking at memory shows. */
import { describe, expect, test } from "vitest";
import { F_SEAL, MAP, MFD, MLOCK, MS, PAGE_SIZE, PROT } from "../../kernel/src/abi/index.js";
import { bytes, close, memfd_create } from "../../kernel/src/linux/index.js";
import { backingDirectory } from "../../kernel/src/lab/kernel/index.js";
import { PAGE, RW, at, kernel, mmapFile, openFile, run, useKernel, value } from "./kernel-fixture.js";

useKernel();

describe("looking", () => {
  test("maps are clipped to the range, with the file's name", () => {
    openFile("memfd", 4, "data");
    const m = mmapFile("F", 4);
    expect(run({ op: "maps", at: m + PAGE, length: 2n * PAGE }).seen).toEqual({
      kind: "maps",
      vmas: [{ start: m + PAGE, end: m + 3n * PAGE, perms: "rw-s", offset: PAGE, object: "F" }],
    });
    value({ op: "munmap", at: m, length: 4n * PAGE });
    expect(run({ op: "maps", at: m, length: 4n * PAGE }).seen).toEqual({ kind: "maps", vmas: [] });
  });

  test("maps name shared anonymous memory /dev/zero and private anonymous memory nothing", () => {
    value({ op: "mmap", at, length: PAGE, prot: RW, flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED, file: null, offset: 0n });
    const { seen } = run({ op: "maps", at, length: 2n * PAGE });
    expect(seen?.kind === "maps" ? seen.vmas.map(({ object, perms }) => [object, perms]) : []).toEqual([
      ["/dev/zero", "rw-s"],
      [null, "rw-p"],
    ]);
  });

  test("resident shows nothing, zero page, anonymous and file pages", () => {
    run({ op: "touch", at: at + PAGE, access: "read" });
    run({ op: "touch", at: at + 2n * PAGE, access: "write" });
    openFile("memfd", 1, "data");
    value({ op: "mmap", at: at + 3n * PAGE, length: PAGE, prot: RW, flags: MAP.SHARED | MAP.FIXED, file: "F", offset: 0n });
    run({ op: "touch", at: at + 3n * PAGE, access: "read" });
    expect(run({ op: "resident", at, length: 5n * PAGE }).seen).toEqual({ kind: "resident", pages: ".zaf." });
  });

  test("mincore, peek, vmflags and status", () => {
    run({ op: "touch", at: at + PAGE, access: "write", byte: 0x42 });
    expect(run({ op: "mincore", at, length: 3n * PAGE }).seen).toEqual({ kind: "mincore", pages: Uint8Array.of(0, 1, 0) });
    expect(run({ op: "peek", at: at + PAGE, length: 3 })).toMatchObject({
      seen: { bytes: Uint8Array.of(0x42, 0, 0) },
      counts: { minor: 0, major: 0 },
    });
    expect(run({ op: "peek", at: 0n }).outcome).toMatchObject({ kind: "signal", code: "SEGV_MAPERR" });
    const before = run({ op: "status" }).seen;
    value({ op: "mlock2", at, length: 2n * PAGE, flags: MLOCK.ONFAULT });
    const after = run({ op: "status" }).seen;
    expect(before?.kind === "status" && after?.kind === "status" ? after.vmLckKb - before.vmLckKb : undefined).toBe(8);
    const flags = run({ op: "vmflags", at }).seen;
    expect(flags?.kind === "vmflags" ? flags.flags : []).toContain("lo");
    value({ op: "munlock", at, length: 2n * PAGE });
  });

  test("a touch by reading shows the bytes it read", () => {
    run({ op: "touch", at, access: "write", byte: 7 });
    expect(run({ op: "touch", at, access: "read", count: 3 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(7, 0, 0) });
  });
});

describe("files", () => {
  for (const backing of ["memfd", "tmpfs", "ext4"] as const) {
    const there = backing === "memfd" || backingDirectory(backing) !== undefined;
    const lacking = there ? "" : ` (needs a writable directory on ${backing})`;

    test.skipIf(!there)(`${backing}: a read of a cached page maps the 16 around it, a write one${lacking}`, () => {
      openFile(backing, 64, "data");
      const m = mmapFile("F", 64, MAP.PRIVATE);
      expect(run({ op: "touch", at: m + 20n * PAGE, access: "read" }).counts).toEqual({ minor: 1, major: 0 });
      const { seen } = run({ op: "resident", at: m, length: 64n * PAGE });
      expect(seen?.kind === "resident" ? [...seen.pages].filter((page) => page === "f") : []).toHaveLength(16);
      expect(run({ op: "touch", at: m + 60n * PAGE, access: "write" }).counts).toEqual({ minor: 1, major: 0 });
      value({ op: "munmap", at: m, length: 64n * PAGE });
    });

    test.skipIf(!there)(
      `${backing}: stores through a shared mapping are seen by pread, and past the new end there is SIGBUS${lacking}`,
      () => {
        openFile(backing, 4, "hole");
        const m = mmapFile("F", 4);
        const stale = bytes(m, 4 * PAGE_SIZE);
        run({ op: "touch", at: m + PAGE, access: "write", byte: 0x42 });
        value({ op: "msync", at: m, length: 4n * PAGE, flags: MS.SYNC });
        expect(run({ op: "pread", file: "F", offset: PAGE_SIZE, length: 2 })).toMatchObject({
          outcome: { kind: "value", value: 2n },
          seen: { kind: "bytes", bytes: Uint8Array.of(0x42, 0) },
        });
        value({ op: "pwrite", file: "F", offset: 2 * PAGE_SIZE, length: 2 });
        expect(run({ op: "peek", at: m + 2n * PAGE, length: 3 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x5a, 0x5a, 0) });
        value({ op: "punch", file: "F", offset: PAGE_SIZE, length: PAGE_SIZE });
        expect(run({ op: "peek", at: m + PAGE }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0) });
        value({ op: "ftruncate", file: "F", size: PAGE_SIZE });
        expect(stale).toHaveLength(0);
        expect(run({ op: "touch", at: m + PAGE, access: "read" }).outcome).toMatchObject({
          kind: "signal",
          signal: "SIGBUS",
          code: "BUS_ADRERR",
          address: m + PAGE,
        });
        value({ op: "munmap", at: m, length: 4n * PAGE });
      },
    );
  }

  test.skipIf(backingDirectory("ext4") === undefined)(
    "ext4: a cold page is a major fault, an evicted one again (needs a writable directory on ext4)",
    () => {
      openFile("ext4", 64, "cold");
      const m = mmapFile("F", 64, MAP.PRIVATE);
      const first = run({ op: "touch", at: m, access: "read" });
      expect(first.counts).toEqual({ minor: 0, major: 1 });
      if (first.faults.length > 0) expect(first.faults.map(({ kind }) => kind)).toEqual(["major"]);
      value({ op: "munmap", at: m, length: 64n * PAGE });
      value({ op: "fsync", file: "F" });
      value({ op: "evict", file: "F" });
      const again = mmapFile("F", 64, MAP.PRIVATE);
      expect(run({ op: "touch", at: again, access: "read" }).counts.major).toBe(1);
      value({ op: "munmap", at: again, length: 64n * PAGE });
    },
  );

  test.skipIf(backingDirectory("ext4") === undefined)(
    "ext4: `cached` says which pages are in the page cache (needs a writable directory on ext4)",
    () => {
      const content = Uint8Array.of(1, 2, 3);
      value({
        op: "open",
        file: "F",
        backing: "ext4",
        access: "ro",
        size: 8 * PAGE_SIZE,
        data: "clean",
        fill: 9,
        content,
        cached: [
          [2, 4],
          [6, 7],
        ],
      });
      const m = mmapFile("F", 8, MAP.SHARED, PROT.READ);
      expect(run({ op: "mincore", at: m, length: 8n * PAGE }).seen).toEqual({
        kind: "mincore",
        pages: Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 0),
      });
      expect(run({ op: "peek", at: m, length: 5 }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(1, 2, 3, 9, 9) });
      value({ op: "munmap", at: m, length: 8n * PAGE });
    },
  );

  test("a second name of one inode shares its pages; a sealed memfd refuses writable shared maps", () => {
    openFile("memfd", 2, "data", { sealable: true });
    value({ op: "open", file: "G", backing: "memfd", access: "ro", size: 0, data: "hole", sameInodeAs: "F" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: RW, flags: MAP.SHARED, file: "G", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EACCES",
    });
    value({ op: "pwrite", file: "F", offset: 0, length: 1, byte: 0x11 });
    const m = mmapFile("G", 1, MAP.SHARED, PROT.READ);
    expect(run({ op: "peek", at: m }).seen).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x11) });
    value({ op: "seal", file: "F", seals: F_SEAL.WRITE });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: RW, flags: MAP.SHARED, file: "F", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EPERM",
    });
    value({ op: "munmap", at: m, length: PAGE });
  });

  test("a write-only file cannot be mapped, an unmappable one gives ENODEV", () => {
    openFile("memfd", 1, "data", { access: "wo" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: PROT.READ, flags: MAP.PRIVATE, file: "F", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "EACCES",
    });
    value({ op: "open", file: "N", backing: "unmappable", access: "rw", size: 0, data: "hole" });
    expect(run({ op: "mmap", at: 0n, length: PAGE, prot: PROT.READ, flags: MAP.PRIVATE, file: "N", offset: 0n }).outcome).toEqual({
      kind: "errno",
      code: "ENODEV",
    });
  });

  test("a descriptor that the cell opened can be adopted, and stays the cell's", () => {
    const fd = memfd_create("mine", MFD.CLOEXEC);
    try {
      const file = kernel.adopt(fd);
      expect(file).toBe("memfd:mine");
      expect(kernel.adopt(fd)).toBe("memfd:mine#2");
      value({ op: "ftruncate", file, size: PAGE_SIZE });
      const m = mmapFile(file, 1);
      expect(run({ op: "maps", at: m, length: PAGE }).seen).toMatchObject({ vmas: [{ object: file }] });
      kernel.disown(file);
      expect(() => run({ op: "fsync", file })).toThrow(/no file memfd:mine is open here/);
      value({ op: "munmap", at: m, length: PAGE });
      kernel.close();
    } finally {
      close(fd);
    }
    expect(() => kernel.adopt(fd)).toThrow("EBADF");
  });

  test("a closed file is gone, its mapping is not", () => {
    openFile("memfd", 1, "data");
    const m = mmapFile("F", 1);
    value({ op: "close", file: "F" });
    expect(() => run({ op: "fsync", file: "F" })).toThrow(/no file F is open here: open it/);
    expect(run({ op: "touch", at: m, access: "read" }).outcome.kind).toBe("value");
    value({ op: "munmap", at: m, length: PAGE });
  });
});

test("open of a name that is taken is refused with what to do", () => {
  openFile("memfd", 1, "data");
  expect(() => openFile("memfd", 1, "data")).toThrow(/file F is open already: close it first/);
});
