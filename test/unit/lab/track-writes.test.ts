/** Which pages were written, told by the write-protect mode of userfaultfd. */
import { readdirSync, readSync, openSync, closeSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import {
  MADV,
  MAP,
  PAGE_SIZE,
  PROT,
  close,
  lab,
  mmap,
  munmap,
  pager,
  scratchFile,
  trackWrites,
  type Mapping,
} from "../../../kernel/src/lab/index.js";
import { madvise } from "../../../kernel/src/linux/index.js";
import { userfaultfdAbility } from "../../../kernel/src/probe/index.js";

const READ_WRITE = PROT.READ | PROT.WRITE;
const { writeTracking, how } = userfaultfdAbility();

function memory(pages: number, flags: number = MAP.PRIVATE): Mapping {
  return mmap(null, pages * PAGE_SIZE, READ_WRITE, flags | MAP.ANONYMOUS);
}

afterEach(() => {
  lab.reset();
});

const WAYS = [
  ["asynchronous", writeTracking === "asynchronous" ? "" : " (needs Linux 6.7 with userfaultfd)"],
  ["by events", writeTracking === "none" ? ` (needs userfaultfd with write-protect faults: ${how ?? ""})` : ""],
] as const;

describe.each(WAYS)("writes tracked: %s", (way, needs) => {
  const run = test.skipIf(needs !== "");

  run.each([
    ["private anonymous", () => memory(16)],
    ["shared anonymous", () => memory(16, MAP.SHARED)],
  ] as const)(`tells the written pages of %s memory, since the beginning and since a reset${needs}`, (_what, make) => {
    const m = make();
    m.touch({ pages: 8, access: "write" });
    using w = trackWrites(m, { how: way });
    expect(w.how).toBe(way);
    expect(w.written()).toEqual([]);
    for (const page of [3, 7, 12]) m.store(page * PAGE_SIZE + 5, page);
    m.touch({ from: 13, pages: 2 });
    expect(w.written()).toEqual([3, 7, 12]);
    m.store(3 * PAGE_SIZE, 1);
    expect(w.written()).toEqual([3, 7, 12]);
    w.reset();
    expect(w.written()).toEqual([]);
    m.store(7 * PAGE_SIZE, 2);
    m.touch({ from: 9, pages: 2, access: "write" });
    expect(w.written()).toEqual([7, 9, 10]);
    expect([m.load(3 * PAGE_SIZE + 5), m.load(7 * PAGE_SIZE)]).toEqual([3, 2]);
  });

  run(`tracks only the pages it was given, counted from the start of the mapping${needs}`, () => {
    const m = memory(8);
    using w = trackWrites(m, { how: way, from: 2, pages: 3 });
    m.touch({ access: "write" });
    expect(w.written()).toEqual([2, 3, 4]);
  });

  run(`an unmapped part is tracked no longer, and nothing of it is told${needs}`, () => {
    const m = memory(6);
    const w = trackWrites(m, { how: way });
    m.touch({ access: "write" });
    munmap(m.addr + BigInt(2 * PAGE_SIZE), 2 * PAGE_SIZE);
    expect(w.written()).toEqual([0, 1, 4, 5]);
    w.reset();
    m.store(4 * PAGE_SIZE, 1);
    expect(w.written()).toEqual([4]);
    munmap(m);
    expect(w.open).toBe(false);
    expect(() => w.written()).toThrow(/not tracked any more.*trackWrites again/);
    expect(() => w.reset()).toThrow(/not tracked any more/);
  });

  run(`differences from the model are explained, and end with it${needs}`, () => {
    const m = memory(6);
    const w = trackWrites(m, { how: way });
    m.touch({ pages: 4 });
    m.touch({ pages: 3, access: "write" });
    expect(lab.compare().unexplained).toEqual([]);
    w.close();
    expect(lab.compare().unexplained).toEqual([]);
    m.touch({ pages: 1 });
    expect(lab.compare().unexplained).toEqual([]);
  });

  run(`leaves no thread and no descriptor${needs}`, () => {
    const look = (): number[] => ["task", "fd"].map((what) => readdirSync(`/proc/self/${what}`).length);
    const m = memory(4);
    m.touch();
    const before = look();
    for (let round = 0; round < 5; round++) {
      using w = trackWrites(m, { how: way });
      m.store(0, round);
      expect(w.written()).toEqual([0]);
    }
    expect(look()).toEqual(before);
  });
});

test.skipIf(writeTracking !== "asynchronous")(
  "asynchronous tracking sees writes through views and by system calls (needs Linux 6.7)",
  () => {
    const m = memory(8);
    using w = trackWrites(m);
    const view = m.bytes();
    view[2 * PAGE_SIZE] = 1;
    const zero = openSync("/dev/zero", "r");
    try {
      readSync(zero, view, 5 * PAGE_SIZE, 10, null);
    } finally {
      closeSync(zero);
    }
    expect(w.written()).toEqual([2, 5]);
    madvise(m.addr + BigInt(6 * PAGE_SIZE), PAGE_SIZE, MADV.DONTNEED);
  },
);

test.skipIf(writeTracking !== "asynchronous")("asynchronous tracking follows a file mapping (needs Linux 6.7)", () => {
  const fd = scratchFile(4);
  const m = mmap(null, 4 * PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
  close(fd);
  using w = trackWrites(m);
  m.store(PAGE_SIZE, 1);
  expect(w.written()).toEqual([1]);
});

test.skipIf(WAYS[1][1] !== "")(`tracking by events refuses views${WAYS[1][1]}`, () => {
  const m = memory(2);
  const view = m.bytes();
  const w = trackWrites(m, { how: "by events" });
  expect(view).toHaveLength(0);
  expect(() => m.bytes()).toThrow(/tracked by events.*load, store and touch/);
  w.close();
  expect(m.bytes()).toHaveLength(2 * PAGE_SIZE);
});

test.skipIf(WAYS[1][1] !== "")(`bad requests are refused with the reason${WAYS[1][1]}`, () => {
  const m = memory(4);
  pager(m, () => null);
  expect(() => trackWrites(m, { how: "by events" })).toThrow(/another pager or tracking has part/);
  expect(() => trackWrites(m, { how: "somehow" as never })).toThrow(TypeError);
  expect(() => trackWrites(m, { from: 4 })).toThrow(RangeError);
  expect(() => trackWrites(null as never)).toThrow(TypeError);
});
