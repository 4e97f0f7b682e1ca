/** Zero-copy views, and that none outlives its memory. */
import { beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, MREMAP, O, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import {
  bytes,
  close,
  Errno,
  detachAllViews,
  ftruncate,
  madvise,
  memfd_create,
  mmap,
  mprotect,
  mremap,
  munmap,
  open,
  viewedRanges,
} from "../../../kernel/src/linux/index.js";
import { withFile } from "./temporary-files.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const PAGE = BigInt(PAGE_SIZE);

beforeEach(() => {
  detachAllViews();
});

function pages(count: number): bigint {
  return mmap(null, count * PAGE_SIZE, RW, ANON, -1, 0);
}

test("a view shows the memory itself, without a copy", () => {
  const at = pages(2);
  const [one, two] = [bytes(at, 2 * PAGE_SIZE), bytes(at + PAGE, PAGE_SIZE)];
  one[PAGE_SIZE] = 77;
  expect(two[0]).toBe(77);
  expect(viewedRanges()).toEqual([
    { start: at, end: at + 2n * PAGE },
    { start: at + PAGE, end: at + 2n * PAGE },
  ]);
  munmap(at, 2 * PAGE_SIZE);
});

type Row = readonly [what: string, call: (at: bigint) => unknown, detached: readonly boolean[]];

/** Four pages, one view on each. */
const ROWS: readonly Row[] = [
  ["munmap of the second page", (at) => munmap(at + PAGE, PAGE_SIZE), [false, true, false, false]],
  ["munmap of an odd length reaches to the end of the page", (at) => munmap(at, PAGE_SIZE + 1), [true, true, false, false]],
  ["mprotect to read-only", (at) => mprotect(at + PAGE, 2 * PAGE_SIZE, PROT.READ), [false, true, true, false]],
  ["mprotect to nothing", (at) => mprotect(at, 4 * PAGE_SIZE, PROT.NONE), [true, true, true, true]],
  ["mprotect that keeps both rights", (at) => mprotect(at, 4 * PAGE_SIZE, RW), [false, false, false, false]],
  ["mmap FIXED over the last page", (at) => mmap(at + 3n * PAGE, PAGE_SIZE, RW, ANON | MAP.FIXED, -1, 0), [false, false, false, true]],
  ["mmap with a hint replaces nothing", (at) => munmap(mmap(at, PAGE_SIZE, RW, ANON, -1, 0), PAGE_SIZE), [false, false, false, false]],
  ["mremap shrinking", (at) => mremap(at, 4 * PAGE_SIZE, PAGE_SIZE, 0), [true, true, true, true]],
  [
    "mremap FIXED onto the first page",
    (at) => mremap(at + 3n * PAGE, PAGE_SIZE, PAGE_SIZE, MREMAP.MAYMOVE | MREMAP.FIXED, at),
    [true, false, false, true],
  ],
  ["madvise DONTNEED leaves the range mapped", (at) => madvise(at, 4 * PAGE_SIZE, MADV.DONTNEED), [false, false, false, false]],
  // Which pages a refused MREMAP_FIXED has emptied depends on the release: the views go to be safe.
  [
    "mremap FIXED that is refused",
    (at) => expect(() => mremap(at, 0, PAGE_SIZE, MREMAP.MAYMOVE | MREMAP.FIXED, at + 3n * PAGE)).toThrow("EINVAL"),
    [false, false, false, true],
  ],
  ["a range of no length", (at) => mprotect(at + PAGE, 0, PROT.NONE), [false, false, false, false]],
  ["a munmap that fails changes nothing", (at) => expect(() => munmap(at + 1n, PAGE_SIZE)).toThrow("EINVAL"), [false, false, false, false]],
];

describe("views are detached when their range goes or loses rights", () => {
  test.each(ROWS)("%s", (_what, call, detached) => {
    const at = pages(4);
    const views = [0n, 1n, 2n, 3n].map((page) => bytes(at + page * PAGE, PAGE_SIZE));
    const windows = views.map((view) => new DataView(view.buffer));
    call(at);
    expect(views.map((view) => view.length === 0)).toEqual(detached);
    detached.forEach((gone, i) => {
      if (!gone) return;
      expect(views[i]?.[0]).toBeUndefined();
      expect(() => windows[i]?.getUint8(0)).toThrow(TypeError);
    });
    detachAllViews();
    munmap(at, 4 * PAGE_SIZE);
  });
});

test("two thousand cycles of view, hot reads, unmap and stale read neither crash nor read anything", { timeout: 60_000 }, () => {
  // An indexed loop, as V8 compiles it to bare loads once it is hot.
  const sum = (view: Uint8Array): number => {
    let total = 0;
    for (let i = 0; i < view.length; i++) total += view[i] ?? 0;
    return total;
  };
  for (let cycle = 0; cycle < 2000; cycle++) {
    const at = pages(1);
    const view = bytes(at, PAGE_SIZE);
    view[5] = 9;
    expect(sum(view)).toBe(9);
    munmap(at, PAGE_SIZE);
    view[5] = 9;
    expect(sum(view)).toBe(0);
  }
  expect(viewedRanges()).toEqual([]);
});

test("a file that becomes shorter takes the views past its end", () => {
  withFile(O.RDWR, 4 * PAGE_SIZE, (fd) => {
    const at = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
    const tail = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, fd, 3 * PAGE_SIZE);
    const views = [bytes(at, PAGE_SIZE), bytes(at + PAGE, PAGE_SIZE), bytes(at, 4 * PAGE_SIZE), bytes(tail, PAGE_SIZE)];
    ftruncate(fd, PAGE_SIZE + 1);
    expect(views.map((view) => view.length === 0)).toEqual([false, false, true, true]);
    close(open(`/proc/self/fd/${String(fd)}`, O.RDWR | O.TRUNC));
    expect(views.map((view) => view.length === 0)).toEqual([true, true, true, true]);
    munmap(at, 4 * PAGE_SIZE);
    munmap(tail, PAGE_SIZE);
  });
});

describe("a view of what cannot be read is refused", () => {
  test("nothing mapped there", () => {
    const at = pages(2);
    munmap(at + PAGE, PAGE_SIZE);
    expect(() => bytes(at, 2 * PAGE_SIZE)).toThrow(/nothing is mapped at 0x/);
    munmap(at, PAGE_SIZE);
  });

  test("no right to read", () => {
    const at = mmap(null, PAGE_SIZE, PROT.NONE, ANON, -1, 0);
    expect(() => bytes(at, 1)).toThrow(/mapped ---p, so a read .* SIGSEGV/);
    munmap(at, PAGE_SIZE);
  });

  test("past the end of the file", () => {
    withFile(O.RDWR, PAGE_SIZE + 1, (fd) => {
      const at = mmap(null, 4 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
      expect(bytes(at, 2 * PAGE_SIZE)[PAGE_SIZE]).toBe(0x5a);
      expect(() => bytes(at, 3 * PAGE_SIZE)).toThrow(/has no page for .* SIGBUS/);
      munmap(at, 4 * PAGE_SIZE);
    });
  });

  test.each([
    ["a file that has lost its name", "closed"],
    ["a file whose descriptor is still open", "open"],
  ])("past the end of %s", (_what, descriptor) => {
    const fd = memfd_create("short", 0);
    ftruncate(fd, PAGE_SIZE);
    const at = mmap(null, 3 * PAGE_SIZE, RW, MAP.SHARED, fd, 0);
    if (descriptor === "closed") close(fd);
    expect(bytes(at, PAGE_SIZE)[0]).toBe(0);
    expect(() => bytes(at, 3 * PAGE_SIZE)).toThrow(/memfd:short.*SIGBUS/);
    munmap(at, 3 * PAGE_SIZE);
    if (descriptor === "open") close(fd);
  });

  test("a guard marker anywhere in it", (context) => {
    const at = pages(4);
    try {
      madvise(at + 2n * PAGE, PAGE_SIZE, MADV.GUARD_INSTALL);
    } catch (error) {
      munmap(at, 4 * PAGE_SIZE);
      if (error instanceof Errno && error.code === "EINVAL") context.skip("this kernel has no MADV_GUARD_INSTALL (6.13)");
      throw error;
    }
    expect(() => bytes(at, 4 * PAGE_SIZE)).toThrow(/guard marker.*SIGSEGV/);
    expect(bytes(at, 2 * PAGE_SIZE).length).toBe(2 * PAGE_SIZE);
    madvise(at + 2n * PAGE, PAGE_SIZE, MADV.GUARD_REMOVE);
    expect(bytes(at, 4 * PAGE_SIZE).length).toBe(4 * PAGE_SIZE);
    munmap(at, 4 * PAGE_SIZE);
  });

  test.each([0, -1, Number.NaN, 2 ** 33])("length %s", (length) => {
    const at = pages(1);
    expect(() => bytes(at, length)).toThrow(RangeError);
    munmap(at, PAGE_SIZE);
  });
});
