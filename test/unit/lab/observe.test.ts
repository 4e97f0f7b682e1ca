/** `observe` and `predict`, on the live kernel with the model beside it. */
import { afterEach, expect, test } from "vitest";
import {
  MAP,
  MS,
  O,
  PAGE_SIZE,
  POSIX_FADV,
  PROT,
  Signal,
  close,
  fdatasync,
  fsync,
  ftruncate,
  lab,
  mmap,
  msync,
  memfd_create,
  mincore,
  munmap,
  observe,
  open,
  posix_fadvise,
  predict,
  scratchFile,
  type Mapping,
} from "../../../kernel/src/lab/index.js";
import { validateBundle, type FaultsView, type FigureView, type LatencyView, type MappingsView } from "../../../kernel/src/views/index.js";

const READ_WRITE = PROT.READ | PROT.WRITE;

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, READ_WRITE, MAP.PRIVATE | MAP.ANONYMOUS);
}

function part<K extends FigureView["kind"]>(views: readonly FigureView[], kind: K): Extract<FigureView, { kind: K }> {
  const found = views.find((view): view is Extract<FigureView, { kind: K }> => view.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} view among ${views.map((view) => view.kind).join(", ")}`);
  return found;
}

afterEach(() => {
  lab.reset();
});

test("reading and then writing four pages is eight minor faults, for the kernel and for the model", () => {
  const m = memory(8);
  const seen = observe("touch", () => {
    m.touch({ pages: 4 });
    m.touch({ pages: 4, access: "write" });
  });
  expect(seen.kernel).toEqual({ minor: 8, major: 0 });
  expect(seen.model).toEqual({ minor: 8, major: 0 });
});

test("each fault has its address, kind and access, and the mappings view shows what was mapped", () => {
  const m = memory(8);
  const seen = observe("touch", () => {
    m.touch({ pages: 3, access: "write" });
  });
  const faults: FaultsView = part(seen.view.views, "faults");
  const kernel = faults.sources.find(({ source }) => source === "kernel");
  const base = BigInt(faults.base);
  expect(kernel?.page.map((page) => base + BigInt(page * PAGE_SIZE) - m.addr)).toEqual([0n, 4096n, 8192n]);
  expect(kernel?.faultKind).toBe("mmm");
  expect(kernel?.access).toBe("www");
  const mappings: MappingsView = part(seen.view.views, "mappings");
  for (const state of mappings.states) {
    const pages = state.after.map((vma) => vma.pages ?? "").join("");
    expect([state.source, pages.replaceAll("A", "a")]).toEqual([state.source, "aaa....."]);
  }
});

test("faults stand in the order they happened, over several operations", () => {
  const m = memory(8);
  const seen = observe("several", () => {
    m.touch({ pages: 4 });
    m.touch({ pages: 4, access: "write" });
    m.touch({ from: 4, pages: 4, access: "write" });
  });
  const kernel = part(seen.view.views, "faults").sources.find(({ source }) => source === "kernel");
  const times = [...(kernel?.atNs ?? [])];
  expect(times).toHaveLength(12);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test("a mapping made inside appears after and not before", () => {
  const seen = observe("map", () => memory(2));
  const mappings = part(seen.view.views, "mappings");
  for (const { before, after } of mappings.states) {
    expect(before.some(({ start }) => BigInt(start) === seen.value.addr)).toBe(false);
    expect(after.some(({ start, end }) => BigInt(start) <= seen.value.addr && BigInt(end) >= seen.value.end)).toBe(true);
  }
});

test("msync calls become latency series, one a kind of call, with the dirty pages before each", () => {
  const fd = scratchFile(8);
  const f = mmap(null, 8 * PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
  const seen = observe("msync", () => {
    for (const pages of [1, 4]) {
      f.touch({ pages, access: "write" });
      msync(f, MS.SYNC);
    }
    msync(f, MS.ASYNC);
  });
  const latency: LatencyView = part(seen.view.views, "latency");
  expect(latency.series.map(({ label, ns, dirtyPages }) => [label, ns.length, dirtyPages])).toEqual([
    ["msync MS_SYNC", 2, [1, 4]],
    ["msync MS_ASYNC", 1, [0]],
  ]);
  expect(latency.series.every(({ ns }) => ns.every((time) => time > 0))).toBe(true);
  munmap(f);
  close(fd);
});

test("fsync and fdatasync tell the dirty pages of the whole file before each", () => {
  const fd = scratchFile(8);
  const f = mmap(null, 8 * PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
  fsync(fd);
  const seen = observe("fsync", () => {
    f.touch({ pages: 3, access: "write" });
    fsync(fd);
    f.touch({ pages: 5, access: "write" });
    fdatasync(fd);
    fsync(fd);
  });
  expect(part(seen.view.views, "latency").series.map(({ label, dirtyPages }) => [label, dirtyPages])).toEqual([
    ["fsync", [3, 0]],
    ["fdatasync", [5]],
  ]);
  munmap(f);
  close(fd);
});

test("the reasons name a file, whichever of its descriptors was mapped", () => {
  const fd = memfd_create("book", 0);
  ftruncate(fd, PAGE_SIZE);
  const again = open(`/proc/self/fd/${String(fd)}`, O.RDWR);
  const first = mmap(null, PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
  const second = mmap(null, PAGE_SIZE, READ_WRITE, MAP.SHARED, again);
  const seen = observe("touch", () => {
    second.touch({ access: "read" });
  });
  const reasons = part(seen.view.views, "faults").sources.flatMap((source) => source.reasons);
  expect(reasons.join(" ")).toContain("a shared mapping of memfd:book.");
  expect(reasons.join(" ")).not.toContain("#2");
  munmap(first);
  munmap(second);
  close(fd);
  close(again);
});

test("every observation is a valid view", () => {
  const seen = observe("touch", () => {
    memory(4).touch({ access: "write" });
  });
  expect(validateBundle(JSON.parse(JSON.stringify({ version: 1, ...seen.view })))).toMatchObject({ ok: true });
});

test("an error inside is thrown on, after what happened was recorded", () => {
  const m = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS);
  expect(() =>
    observe("fails", () => {
      m.store(0, 1);
    }),
  ).toThrow(Signal);
});

test("an async function is observed until it ends", async () => {
  const m = memory(2);
  const seen = await observe("later", async () => {
    m.touch({ pages: 1, access: "write" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    m.touch({ from: 1, pages: 1, access: "write" });
  });
  expect(seen.kernel?.minor).toBe(2);
});

test("a prediction changes nothing, and says what then really happens", () => {
  const m = memory(4);
  const action = (): void => {
    m.touch({ access: "write" });
  };
  const predicted = predict(action);
  expect(predicted.kernel).toBeNull();
  expect(predicted.model.minor).toBe(4);
  expect(observe("really", action).kernel).toEqual(predicted.model);
});

test("a mapping made in a prediction never exists", () => {
  const { value } = predict(() => memory(4));
  expect(value).toBeDefined();
  expect(() => value?.load(0)).toThrow(/prediction/);
  expect(lab.compare().unexplained).toEqual([]);
});

test("a prediction that ends in a signal says so and does not throw", () => {
  const m = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS);
  const { error, view } = predict(() => {
    m.store(0, 1);
  });
  expect(error).toBeInstanceOf(Signal);
  expect(view.note).toContain("SEGV_ACCERR");
});

test("a file that is mapped through two descriptors has one name, on both sides and in a prediction", () => {
  const fd = memfd_create("twice");
  ftruncate(fd, PAGE_SIZE);
  const again = open(`/proc/self/fd/${String(fd)}`, O.RDWR);
  try {
    mmap(null, PAGE_SIZE, READ_WRITE, MAP.SHARED, fd, 0);
    const second = mmap(null, PAGE_SIZE, READ_WRITE, MAP.SHARED, again, 0);
    const touch = (): void => {
      second.touch({ access: "write" });
    };
    for (const { view } of [predict(touch), observe("touch", touch)])
      for (const { source, before, after } of part(view.views, "mappings").states)
        expect([source, ...[...before, ...after].map(({ object }) => object)]).toEqual([source, ...Array(4).fill("memfd:twice")]);
  } finally {
    close(again);
    close(fd);
  }
});

test("a cold read brings in as many pages as the disk of this folder reads ahead, in the model too", () => {
  const fd = scratchFile(128);
  try {
    posix_fadvise(fd, 0, 0, POSIX_FADV.DONTNEED);
    const file = mmap(null, 128 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd, 0);
    file.load(60 * PAGE_SIZE);
    const [asked] = observe("mincore", () => mincore(file)).events;
    expect(asked?.model.seen).toEqual(asked?.kernel?.seen);
  } finally {
    close(fd);
  }
});
