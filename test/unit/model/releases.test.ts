/** Another release over the same state, and what is known of a release. */
import { describe, expect, it } from "vitest";
import { MADV } from "../../../kernel/src/abi/index.js";
import { CHECKED_RELEASES, Model, checkOf, profileNote } from "../../../kernel/src/model/index.js";
import { ended, mmap, mprotect, pages, at, RW, touch, vmas } from "./calls.js";

describe("a model under another release", () => {
  const model = new Model({ release: "6.18.44" });
  model.run(mmap(0, 3));
  model.run(mmap(3, 3, RW | 4));
  model.run(touch(3, "write"));

  it("begins with the same VMAs and pages", () => {
    const old = model.under("5.10");
    expect(vmas(old)).toEqual(vmas(model));
    expect(old.pages(at(0), pages(6)).states).toBe("...a..");
    expect(old.profile.release).toBe("5.10");
  });

  it("follows its rules from then on, and leaves the first model alone", () => {
    const old = model.under("6.12.117");
    old.run(mprotect(3, 3, RW));
    const now = model.clone();
    now.run(mprotect(3, 3, RW));
    expect([vmas(old).length, vmas(now).length, vmas(model).length]).toEqual([2, 1, 2]);
    expect(ended(model.under("5.10").run({ op: "madvise", at: at(0), length: pages(1), advice: MADV.POPULATE_READ }))).toBe("EINVAL");
  });

  it("has the index of the other kernel, with every VMA in it", () => {
    const then = model.under("linux-2.4");
    expect(model.index().kind).toBe("maple");
    // Below 32 VMAs the list has no tree beside it.
    expect(then.index().kind).toBe("list");
    expect(then.find(at(4)).visited.length).toBeGreaterThan(0);
    expect(vmas(then)).toEqual(vmas(model));
    expect(then.profileNote).toContain("Only the index and the struct are of that time");
  });

  it("names what is no release", () => {
    expect(() => model.under("newest")).toThrow(/"newest" is no kernel release/);
  });
});

describe("what is known of a release", () => {
  it("is all where it was checked itself", () => {
    for (const release of CHECKED_RELEASES) expect(checkOf(release)).toMatchObject({ checked: true, unchecked: [] });
    expect(profileNote("6.18.44-generic")).toBe("Linux 6.18.44: the model's rules were checked on this release.");
  });

  it("leaves out the fences its neighbours differ in", () => {
    const between = checkOf("6.14.2");
    expect(between).toMatchObject({ checked: false, below: "6.12.117", above: "6.16.12" });
    expect(between.unchecked).toContain("guards");
    expect(between.unchecked).not.toContain("madvPopulate");
    expect(profileNote("6.14.2")).toContain("6.12.117 and 6.16.12");
  });

  it("ends with the newest and the oldest release that was checked", () => {
    expect(profileNote("9.1")).toContain("newer than every release");
    expect(profileNote("4.19.3")).toContain("older than every release");
    expect(checkOf("9.1")).toMatchObject({ above: null, below: "7.3.4", unchecked: [] });
  });
});
