/** What somebody writes to a mapped file past the lab, the model learns; what it cannot know is not taken for agreement. */
import { closeSync, fsyncSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { O, POSIX_FADV } from "../../../kernel/src/abi/index.js";
import { posix_fadvise } from "../../../kernel/src/linux/index.js";
import { backingDirectory } from "../../../kernel/src/lab/kernel/index.js";
import {
  MAP,
  MFD,
  PAGE_SIZE,
  PROT,
  close,
  explain,
  lab,
  memfd_create,
  mmap,
  open,
  predict,
  scratchFile,
} from "../../../kernel/src/lab/index.js";
import { theLab } from "../../../kernel/src/lab/the-lab.js";

const RW = PROT.READ | PROT.WRITE;
const disk = backingDirectory("ext4");
let known = 0;

afterEach(() => {
  lab.reset();
});

/** Lines that nothing explains, of what happened since the last time. */
function news(): readonly unknown[] {
  const { unexplained } = lab.compare();
  const fresh = unexplained.slice(known);
  known = unexplained.length;
  return fresh;
}

const kinds = [
  { kind: "a memfd", make: () => memfd_create("written", MFD.CLOEXEC), lacks: false },
  { kind: "a file on ext4", make: () => scratchFile(4, disk), lacks: disk === undefined },
];

describe.each(kinds)("$kind", ({ make, lacks }) => {
  it.skipIf(lacks)("shows the model what fs.writeSync wrote, in shared pages and not in copies (needs a place for the file)", () => {
    const fd = make();
    ftruncateSync(fd, 4 * PAGE_SIZE);
    const shared = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd);
    const copied = mmap(null, 4 * PAGE_SIZE, RW, MAP.PRIVATE, fd);
    shared.store(0, 1);
    copied.store(0, 2);
    writeSync(fd, Uint8Array.of(77, 78), 0, 2, 0);
    expect(shared.load(0)).toBe(77);
    expect(shared.load(1)).toBe(78);
    expect(copied.load(0)).toBe(2);
    expect(news()).toEqual([]);
    expect(predict(() => [shared.load(0), copied.load(0)]).value).toEqual([77, 2]);
    close(fd);
  });

  it.skipIf(lacks)("learns a new size before it predicts or explains (needs a place for the file)", () => {
    const fd = make();
    ftruncateSync(fd, 2 * PAGE_SIZE);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    m.touch();
    ftruncateSync(fd, PAGE_SIZE);
    expect(explain(m.addr + BigInt(PAGE_SIZE)).reason.map(({ rule }) => rule)).toContain("fault/beyond-eof");
    writeSync(fd, Uint8Array.of(9), 0, 1, PAGE_SIZE);
    expect(predict(() => m.load(PAGE_SIZE)).value).toBe(9);
    expect(m.load(PAGE_SIZE)).toBe(9);
    expect(news()).toEqual([]);
    close(fd);
  });
});

describe("a file with a name", () => {
  it("is learnt from where another program wrote it, and written anew", () => {
    const folder = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
    const path = join(folder, "named");
    writeFileSync(path, "A".repeat(2 * PAGE_SIZE));
    const fd = open(path, O.RDWR);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    expect(m.load(0)).toBe(65);
    spawnSync("/bin/sh", ["-c", 'printf B | dd of="$0" conv=notrunc status=none', path]);
    expect(m.load(0)).toBe(66);
    expect(news()).toEqual([]);
    writeFileSync(path, "C".repeat(2 * PAGE_SIZE));
    expect(m.load(PAGE_SIZE)).toBe(67);
    expect(news()).toEqual([]);
    close(fd);
    rmSync(folder, { recursive: true });
  });

  it.skipIf(disk === undefined)("is not compared where its bytes were on disk when it was first mapped (needs ext4)", () => {
    const path = join(disk ?? "", `mmaplab-cold-${String(process.pid)}`);
    const made = openSync(path, "w+");
    writeSync(made, "D".repeat(2 * PAGE_SIZE));
    fsyncSync(made);
    posix_fadvise(made, 0, 0, POSIX_FADV.DONTNEED);
    closeSync(made);
    const fd = open(path, O.RDWR);
    rmSync(path);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    expect(m.load(0)).toBe(68);
    expect(news()).toEqual([]);
    expect(lab.compare().rows.map(({ kernel }) => kernel)).toContain(
      "0 pages; 2 not compared, since they were not in memory when the lab read their file",
    );
    close(fd);
  });
});

it("is a difference nobody can explain where the model has other bytes and nobody else wrote", () => {
  const m = mmap(null, PAGE_SIZE, RW, MAP.SHARED, empty(PAGE_SIZE));
  m.store(0, 1);
  // Only the model is told of this store.
  theLab().live.model.run({ op: "touch", at: m.addr, access: "write", byte: 9 });
  expect(m.load(0)).toBe(1);
  expect(news()).toMatchObject([
    { kernel: expect.stringContaining("touch 1 1") as string },
    { what: expect.stringContaining("bytes of") as string },
  ]);
});

function empty(size: number): number {
  const fd = memfd_create("told-wrongly", MFD.CLOEXEC);
  ftruncateSync(fd, size);
  return fd;
}
