/** A cell's function as a pager: real page faults resolved by JavaScript, with the model beside them. */
import { readdirSync } from "node:fs";
import { Script, createContext } from "node:vm";
import { afterEach, describe, expect, test } from "vitest";
import {
  MADV,
  MAP,
  MREMAP,
  PAGE_SIZE,
  PROT,
  PagerError,
  Signal,
  close,
  ftruncate,
  lab,
  memfd_create,
  mmap,
  mprotect,
  mremap,
  munmap,
  observe,
  pager,
  predict,
  scratchFile,
  type Mapping,
  type Pager,
  type WantedPage,
} from "../../../kernel/src/lab/index.js";
import { madvise, readMaps } from "../../../kernel/src/linux/index.js";
import { userfaultfdAbility } from "../../../kernel/src/probe/index.js";
import { validateBundle } from "../../../kernel/src/views/index.js";

const READ_WRITE = PROT.READ | PROT.WRITE;
const { allowed, how } = userfaultfdAbility();
const needs = allowed === "no" ? ` (needs userfaultfd: ${how ?? ""})` : "";

function memory(pages: number, flags: number = MAP.PRIVATE): Mapping {
  return mmap(null, pages * PAGE_SIZE, READ_WRITE, flags | MAP.ANONYMOUS);
}

function page(byte: number): Uint8Array {
  return new Uint8Array(PAGE_SIZE).fill(byte);
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

afterEach(() => {
  lab.reset();
});

describe.skipIf(allowed === "no")(`a pager${needs}`, () => {
  test("gives each page when it is first touched, and is not asked again", () => {
    const m = memory(8);
    const wanted: WantedPage[] = [];
    using p = pager(m, (it) => {
      wanted.push(it);
      return page(it.index + 100);
    });
    expect([m.load(0), m.load(5 * PAGE_SIZE + 17), m.load(1), m.load(5 * PAGE_SIZE)]).toEqual([100, 105, 100, 105]);
    m.store(2 * PAGE_SIZE + 3, 1);
    expect([m.load(2 * PAGE_SIZE + 3), m.load(2 * PAGE_SIZE + 4)]).toEqual([1, 102]);
    expect(wanted.map(({ index, access }) => [index, access])).toEqual([
      [0, "read"],
      [5, "read"],
      [2, "write"],
    ]);
    expect(wanted.map(({ address, index }) => address / BigInt(PAGE_SIZE) - m.addr / BigInt(PAGE_SIZE) - BigInt(index))).toEqual([
      0n,
      0n,
      0n,
    ]);
    expect(p.faults).toBe(3);
  });

  test.each([
    ["shared anonymous memory", () => memory(4, MAP.SHARED)],
    [
      "a memfd",
      () => {
        const fd = memfd_create("paged");
        ftruncate(fd, 4 * PAGE_SIZE);
        const m = mmap(null, 4 * PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
        close(fd);
        return m;
      },
    ],
  ] as const)("serves %s", (_what, make) => {
    const m = make();
    using p = pager(m, ({ index }) => page(index + 1));
    m.touch();
    expect([m.load(0), m.load(3 * PAGE_SIZE)]).toEqual([1, 4]);
    expect(p.faults).toBe(4);
  });

  test("fills a short page with zeros, and gives zeros for null and undefined", () => {
    const m = memory(4);
    const given = [Uint8Array.of(7, 8), null, undefined, new Uint8Array()];
    using p = pager(m, ({ index }) => given[index]);
    expect([m.load(0), m.load(1), m.load(2), m.load(PAGE_SIZE - 1)]).toEqual([7, 8, 0, 0]);
    expect([1, 2, 3].map((index) => m.load(index * PAGE_SIZE))).toEqual([0, 0, 0]);
    m.store(PAGE_SIZE, 9);
    expect(m.load(PAGE_SIZE)).toBe(9);
    expect(p.faults).toBe(4);
  });

  test("serves only the pages it was given", () => {
    const m = memory(10);
    using p = pager(m, ({ index }) => page(index), { from: 3, pages: 4 });
    m.touch();
    expect([2, 3, 6, 7].map((index) => m.load(index * PAGE_SIZE))).toEqual([0, 3, 6, 0]);
    expect(p.faults).toBe(4);
  });

  test("serves 10 000 pages", () => {
    const m = memory(10_000);
    using p = pager(m, ({ index }) => Uint8Array.of(index % 251));
    const { faults } = observe("paged", () => m.touch());
    expect(p.faults).toBe(10_000);
    expect(p.roundTripNs).toHaveLength(10_000);
    expect(new Set(faults.map(({ address }) => address)).size).toBe(10_000);
    const wrong = Array.from({ length: 100 }, (_, i) => i * 99).filter((index) => m.load(index * PAGE_SIZE) !== index % 251);
    expect(wrong).toEqual([]);
  }, 60_000);

  test("two pagers serve two mappings, and one touch across both", () => {
    const m = memory(8);
    using low = pager(m, () => page(1), { pages: 4 });
    using high = pager(m, () => page(2), { from: 4 });
    m.touch();
    expect([m.load(3 * PAGE_SIZE), m.load(4 * PAGE_SIZE)]).toEqual([1, 2]);
    expect([low.faults, high.faults]).toEqual([4, 4]);
  });

  test("a page dropped by madvise is asked for again", () => {
    const m = memory(1);
    let round = 0;
    pager(m, () => page(++round));
    expect(m.load(0)).toBe(1);
    madvise(m.addr, PAGE_SIZE, MADV.DONTNEED);
    expect(m.load(0)).toBe(2);
  });

  test("what its function throws ends the access as a PagerError with the cause, and the next access asks again", () => {
    const m = memory(4);
    const cause = new Error("the block is not there");
    let broken = true;
    using p = pager(m, ({ index }) => {
      if (broken && index === 2) throw cause;
      return page(index);
    });
    const error = thrown(() => m.touch());
    expect(error).toBeInstanceOf(PagerError);
    expect(error).toMatchObject({ cause, page: { index: 2, access: "read" } });
    expect(String(error)).toMatch(/page 2, reading mapping \d+\+0x2000 .*: the block is not there/);
    expect(p.faults).toBe(2);
    broken = false;
    expect(m.load(2 * PAGE_SIZE)).toBe(2);
    // The rights taken for the moment are back.
    expect(readMaps().filter(({ start, end, perms }) => start < m.end && end > m.addr && perms !== "rw-p")).toEqual([]);
  });

  const wrongly: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a promise", () => Promise.resolve(page(1)), /promise/],
    ["a rejected promise", () => Promise.reject(new Error("no")), /promise/],
    ["a string", () => "bytes", /must return a Uint8Array.*not string/],
    ["an array", () => [1, 2], /must return a Uint8Array.*not another object/],
    ["more than a page", () => new Uint8Array(PAGE_SIZE + 1), /4097 bytes, and a page has 4096/],
  ];

  test.each(wrongly)("a function that gives %s is an error, not the end", (_what, give, message) => {
    const m = memory(1);
    pager(m, give as () => Uint8Array);
    expect(() => m.load(0)).toThrow(message);
    expect(() => m.store(0, 1)).toThrow(PagerError);
  });

  test("its function may use the lab, but not paged memory", () => {
    const [m, plain] = [memory(4), memory(1)];
    plain.store(0, 42);
    pager(m, ({ index }) => (index === 0 ? Uint8Array.of(plain.load(0)) : Uint8Array.of(m.load(0) + m.load(3 * PAGE_SIZE))));
    expect(m.load(0)).toBe(42);
    expect(() => m.load(PAGE_SIZE)).toThrow(/a page fault is being answered/);
    expect(m.load(0)).toBe(42);
  });

  test("memory unmapped within the function is SIGSEGV for the access that waits", () => {
    const m = memory(2);
    const p: Pager = pager(m, () => {
      munmap(m);
      return page(1);
    });
    expect(thrown((): number => m.load(0))).toMatchObject({ name: "Signal", code: "SEGV_MAPERR" });
    expect(p.open).toBe(false);
  });

  test("a pager closed within its function leaves that fault to the kernel", () => {
    const m = memory(2);
    const p: Pager = pager(m, () => {
      p.close();
      return page(1);
    });
    expect(m.load(0)).toBe(0);
    expect(m.load(PAGE_SIZE)).toBe(0);
    expect(p.faults).toBe(1);
  });

  test("unmapping ends its service, of a part or of all", () => {
    const m = memory(4);
    const p = pager(m, ({ index }) => page(index + 1));
    munmap(m.addr + BigInt(PAGE_SIZE), PAGE_SIZE);
    expect(m.load(0)).toBe(1);
    expect(() => m.load(PAGE_SIZE)).toThrow(Signal);
    expect(m.load(2 * PAGE_SIZE)).toBe(3);
    expect(p.open).toBe(true);
    munmap(m);
    expect(p.open).toBe(false);
  });

  test("memory mapped anew over it is the kernel's", () => {
    const m = memory(2);
    using p = pager(m, () => page(9));
    mmap(m, PAGE_SIZE, READ_WRITE, MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED);
    expect([m.load(0), m.load(PAGE_SIZE)]).toEqual([0, 9]);
    expect(p.faults).toBe(1);
  });

  test.each([
    ["grows in place", 4, 6],
    ["shrinks", 4, 2],
    ["has to move", 2, 6],
  ] as const)("mremap ends its service where the mapping %s, and every page can be touched", (_what, pages, wanted) => {
    const whole = memory(8);
    const m = mmap(whole, pages * PAGE_SIZE, READ_WRITE, MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED);
    // Room to grow behind it, or an end that does not let it.
    const behind = whole.addr + BigInt(pages * PAGE_SIZE);
    if (pages === 4) munmap(behind, 4 * PAGE_SIZE);
    else mprotect(behind, 6 * PAGE_SIZE, PROT.NONE);
    const p = pager(m, ({ index }) => page(index + 1));
    m.load(0);
    const after = mremap(m, wanted * PAGE_SIZE - 100, MREMAP.MAYMOVE);
    after.touch({ access: "write" });
    expect([after.load(1), after.load(PAGE_SIZE), p.faults, p.open]).toEqual([1, 0xc3, 1, false]);
    expect(lab.compare().unexplained).toEqual([]);
  });

  test("accesses that the rights forbid are signals, without a question", () => {
    const m = memory(2);
    using p = pager(m, () => page(1));
    mprotect(m, PROT.READ);
    expect(thrown(() => m.store(0, 1))).toMatchObject({ name: "Signal", code: "SEGV_ACCERR" });
    expect(m.load(0)).toBe(1);
    expect(p.faults).toBe(1);
  });

  test("views are emptied and refused while it serves, and can be had again after", () => {
    const m = memory(2);
    const before = m.bytes();
    const p = pager(m, () => page(3));
    expect(before).toHaveLength(0);
    expect(() => m.bytes()).toThrow(/a pager serves this memory.*load, store and touch/);
    m.touch();
    p.close();
    expect(m.bytes()[PAGE_SIZE]).toBe(3);
  });

  test("system calls do not wait for it: they fail, and it serves on", () => {
    const m = memory(2);
    using p = pager(m, () => page(1));
    expect(() => madvise(m.addr, PAGE_SIZE, MADV.POPULATE_WRITE)).toThrow();
    expect(p.faults).toBe(0);
    expect(m.load(0)).toBe(1);
  });

  test("what it does to memory is explained, not a fault of the model", () => {
    const [plain, m] = [memory(2), memory(6)];
    const p = pager(m, ({ index }) => page(index + 1), { from: 2, pages: 2 });
    plain.touch();
    observe("paged", () => {
      m.touch();
      m.touch({ access: "write" });
    });
    const open = lab.compare();
    expect(open.unexplained).toEqual([]);
    expect(open.explained.filter(({ why }) => why?.includes("pager")).length).toBeGreaterThan(0);
    p.close();
    expect(lab.compare().unexplained).toEqual([]);
    munmap(m);
    const rows = lab.compare().rows.length;
    const later = memory(2);
    later.touch();
    expect(lab.compare().explained.filter(({ what }) => what.includes(later.label))).toEqual([]);
    expect(lab.compare().rows.length).toBeGreaterThanOrEqual(rows);
  });

  test("an observation names the instrument and holds each fault", () => {
    const m = memory(3);
    pager(m, ({ index }) => page(index));
    const seen = observe("paged", () => m.touch());
    const pages = new Set(seen.faults.map(({ address }) => Number((address - m.addr) / BigInt(PAGE_SIZE))));
    expect([...pages]).toEqual([0, 1, 2]);
    const faults = seen.view.views.find((view) => view.kind === "faults");
    expect(faults?.sources[0]?.instrument).toMatch(/second thread/);
  });

  test("its figure holds the round trips", () => {
    const m = memory(20);
    using p = pager(m, ({ index }) => page(index));
    expect(p.view).toBeNull();
    m.touch();
    const { view } = p;
    expect(view?.series.map(({ label, ns }) => [label, ns.length])).toEqual([
      ["fault served by the pager", 20],
      ["of it in its function", 20],
    ]);
    expect(view?.series[0]?.ns.every((ns, i) => ns > (view.series[1]?.ns[i] ?? Infinity))).toBe(true);
    expect(() => validateBundle({ version: 1, ...view! })).not.toThrow();
  });

  test("a prediction goes by the model and asks no function", () => {
    const m = memory(2);
    using p = pager(m, () => page(1));
    expect(predict(() => m.load(0)).value).toBe(0);
    expect(p.faults).toBe(0);
    expect(() => predict(() => pager(m, () => page(1)))).toThrow(/prediction/);
  });

  test("is refused for what cannot be served, with the reason", () => {
    const m = memory(4);
    const file = scratchFile(4);
    const mapped = mmap(null, 4 * PAGE_SIZE, READ_WRITE, MAP.SHARED, file);
    const tmpfs = readMaps().some(({ start, path }) => start === mapped.addr && path.startsWith("/dev/shm"));
    if (!tmpfs) expect(() => pager(mapped, () => page(1))).toThrow(/userfaultfd serves private anonymous memory.*maps/);
    close(file);
    pager(m, () => page(1));
    expect(() => pager(m, () => page(1))).toThrow(/another pager or tracking has part/);
    const gone = memory(1);
    munmap(gone);
    expect(() => pager(gone, () => page(1))).toThrow(/unmapped by now/);
    expect(() => pager(memory(1), "page" as never)).toThrow(TypeError);
    expect(() => pager(5n as never, () => page(1))).toThrow(TypeError);
    expect(() => pager(m, () => page(1), null as never)).toThrow(TypeError);
    for (const selection of [{ from: -1 }, { from: 0.5 }, { pages: 0 }, { pages: 5 }, { from: 4 }, { from: Number.NaN }])
      expect(() => pager(m, () => page(1), selection)).toThrow(RangeError);
  });

  test("an interrupt of a function that never ends frees the access, and the next one is served", async () => {
    const m = memory(4);
    let endless = true;
    using p = pager(m, ({ index }) => {
      while (endless);
      return page(index + 1);
    });
    // V8 ends the JavaScript as it does for an interrupted cell: no catch and no finally runs.
    const interrupted = (): unknown => new Script("access()").runInContext(createContext({ access: () => m.load(0) }), { timeout: 50 });
    expect(interrupted).toThrow(/timed out/);
    endless = false;
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect([m.load(0), m.load(3 * PAGE_SIZE)]).toEqual([1, 4]);
    expect(p.open).toBe(true);
    expect(readMaps().filter(({ start, end, perms }) => start < m.end && end > m.addr && perms !== "rw-p")).toEqual([]);
  });

  test("leaves no thread, no descriptor and no VMA of its own behind", () => {
    const m = memory(4);
    const look = (): unknown => [
      readdirSync("/proc/self/task").length,
      readdirSync("/proc/self/fd").length,
      readMaps().filter(({ start, end }) => start < m.end && end > m.addr).length,
    ];
    const before = look();
    for (let round = 0; round < 10; round++) {
      const p = pager(m, () => page(1), { from: 1, pages: 2 });
      m.touch();
      p.close();
      p.close();
      madvise(m.addr, m.length, MADV.DONTNEED);
    }
    expect(look()).toEqual(before);
  });
});
