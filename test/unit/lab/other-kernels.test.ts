/** A prediction under another release's rules, time that passes in a prediction, and what is known of the live release. */
import { release } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import {
  MADV,
  MAP,
  PAGE_SIZE,
  PROT,
  advance,
  explain,
  lab,
  madvise,
  mmap,
  predict,
  scratchFile,
  close,
} from "../../../kernel/src/lab/index.js";

const RW = PROT.READ | PROT.WRITE;

afterEach(() => {
  lab.reset();
});

function tableOf(observation: ReturnType<typeof predict>) {
  const table = observation.view.views.find(({ kind }) => kind === "table");
  if (table?.kind !== "table") throw new Error("the prediction has no table");
  return table;
}

describe("predict with a kernel", () => {
  it("follows that release's rules, and says what changes", () => {
    const m = mmap(null, 4 * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
    const then = predict(() => madvise(m, MADV.POPULATE_WRITE), { kernel: "5.10", title: "before 5.14" });
    expect(then.error?.message).toContain("EINVAL");
    const table = tableOf(then);
    expect(table.headings).toEqual(["operation", release(), "5.10"]);
    const texts = table.rows.map((row) => row.map(({ text }) => text));
    expect(texts).toHaveLength(1);
    expect(texts[0]?.[0]).toContain("madvise");
    expect(texts[0]?.[2]).toContain("EINVAL");
  });

  it("says so where nothing changes", () => {
    const table = tableOf(predict(() => mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS).store(0, 1), { kernel: release() }));
    expect(table.rows).toEqual([]);
    expect(table.caption).toContain("Both do the same in all 2 operations.");
  });

  it("says of linux-2.4 that only index and struct are of that time", () => {
    const table = tableOf(predict(() => mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS), { kernel: "linux-2.4" }));
    expect(table.caption).toContain("Only the index and the struct are of that time");
  });

  it("needs a release, and leaves the live model as it is", () => {
    expect(() => predict(() => 1, { kernel: "newest" })).toThrow(/is no kernel release/);
    expect(lab.profile.release).toBe(release());
    expect(predict(() => 1, "a title").title).toBe("a title");
  });
});

describe("advance", () => {
  it("shows write-back without msync: the next write faults again", () => {
    const fd = scratchFile(2);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    const twice = (seconds: number): number =>
      predict(() => {
        m.store(0, 1);
        advance(seconds);
        m.store(0, 2);
      }).model.minor;
    const early = twice(3);
    // On a memory file system nothing is ever written back.
    const kind = m.toString().length > 0 && explain(m).vma?.object;
    expect(kind).not.toBeNull();
    expect([early, early + 1]).toContain(twice(60));
    close(fd);
  });

  it("is refused outside of a prediction, and for what is no time", () => {
    expect(() => advance(5)).toThrow(/inside predict\(\), or wait/);
    for (const seconds of [-1, Number.NaN, Infinity, 1e9]) expect(() => predict(() => advance(seconds))).toThrow(TypeError);
  });
});

describe("lab.profile", () => {
  it("names the live release and what was never seen on it", () => {
    const { release: named, note, checked, unchecked } = lab.profile;
    expect(named).toBe(release());
    expect(note).toMatch(/^Linux \d/);
    if (checked) expect(unchecked).toEqual([]);
  });

  it("is said by explain where the release was not checked", () => {
    const m = mmap(null, PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS);
    expect(explain(m).note).toBe(lab.profile.checked ? null : lab.profile.note);
  });
});
