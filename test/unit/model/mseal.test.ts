/** mseal: which calls a seal refuses, release by release. What Linux 6.18.44 answered is in conformance/found-by-fuzzing.json. */
import { describe, expect, it } from "vitest";
import { MADV, MREMAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model, type Operation } from "../../../kernel/src/model/index.js";
import { at, ended, mmap, mprotect, munmap, pages, RW, touch, vmas } from "./calls.js";

const mseal = (page: number, length: number, flags = 0): Operation => ({ op: "mseal", at: at(page), length: pages(length), flags });
const madvise = (page: number, length: number, advice: number): Operation => ({
  op: "madvise",
  at: at(page),
  length: pages(length),
  advice,
});

function sealed(release?: string): Model {
  const model = new Model(release === undefined ? {} : { release });
  model.run(mmap(0, 8));
  model.run(mseal(3, 2));
  return model;
}

describe("a sealed mapping", () => {
  it("is a VMA of its own, with sl in its flags", () => {
    const model = sealed();
    expect(vmas(model)).toEqual(["0-3 rw-p", "3-5 rw-p", "5-8 rw-p"]);
    const { seen } = model.run({ op: "vmflags", at: at(3) });
    expect(seen?.kind === "vmflags" && seen.flags.includes("sl")).toBe(true);
  });

  it.each<{ name: string; call: Operation }>([
    { name: "munmap", call: munmap(4, 1) },
    { name: "mprotect", call: mprotect(3, 1, PROT.READ) },
    { name: "mprotect to the same rights", call: mprotect(3, 1, RW) },
    { name: "mmap with MAP_FIXED", call: mmap(4, 4) },
    {
      name: "mremap from it",
      call: { op: "mremap", at: at(3), oldLength: pages(1), newLength: pages(4), flags: MREMAP.MAYMOVE, to: 0n },
    },
    {
      name: "mremap onto it",
      call: { op: "mremap", at: at(6), oldLength: pages(1), newLength: pages(1), flags: MREMAP.MAYMOVE | MREMAP.FIXED, to: at(3) },
    },
  ])("refuses $name with EPERM", ({ call }) => {
    expect(ended(sealed().run(call))).toBe("EPERM");
  });

  it("may be written, and locked, and advised, as long as it is writable", () => {
    const model = sealed();
    expect(ended(model.run(touch(3, "write")))).toBe(0n);
    expect(ended(model.run({ op: "mlock", at: at(3), length: pages(2) }))).toBe(0n);
    expect(ended(model.run(madvise(3, 1, MADV.DONTNEED_LOCKED)))).toBe(0n);
  });

  it("keeps its pages where it is anonymous and read-only", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(touch(0, "write"));
    model.run(mprotect(0, 2, PROT.READ));
    model.run(mseal(0, 2));
    for (const advice of [MADV.DONTNEED, MADV.FREE, MADV.WIPEONFORK, MADV.GUARD_INSTALL])
      expect(ended(model.run(madvise(0, 1, advice)))).toBe("EPERM");
    expect(ended(model.run(madvise(0, 1, MADV.COLD)))).toBe(0n);
  });

  it("stops mprotect half way since 6.12, and before anything is done up to 6.11", () => {
    const call = mprotect(0, 8, PROT.READ);
    const now = sealed();
    expect(ended(now.run(call))).toBe("EPERM");
    expect(vmas(now)).toEqual(["0-3 r--p", "3-5 rw-p", "5-8 rw-p"]);
    const then = sealed("6.11.4");
    expect(ended(then.run(call))).toBe("EPERM");
    expect(vmas(then)).toEqual(["0-3 rw-p", "3-5 rw-p", "5-8 rw-p"]);
  });

  it("leaves the cut of a refused munmap behind", () => {
    const model = sealed();
    expect(ended(model.run(munmap(1, 4)))).toBe("EPERM");
    expect(vmas(model)).toEqual(["0-1 rw-p", "1-3 rw-p", "3-5 rw-p", "5-8 rw-p"]);
  });

  it("lets the heap not shrink", () => {
    const model = new Model({ heapStart: 0x10_0000n });
    model.run({ op: "brk", to: 0x10_4000n });
    model.run({ op: "mseal", at: 0x10_0000n, length: 0x4000n, flags: 0 });
    expect(ended(model.run({ op: "brk", to: 0x10_1000n }))).toBe(0x10_4000n);
  });
});

describe("the arguments of mseal", () => {
  it.each([
    { name: "a flag", call: mseal(0, 1, 1), ends: "EINVAL" },
    { name: "an unaligned address", call: { ...mseal(0, 1), at: at(0, 1) } as Operation, ends: "EINVAL" },
    { name: "a length that overflows", call: { ...mseal(0, 1), length: (1n << 64n) - 1n } as Operation, ends: "EINVAL" },
    { name: "a hole", call: mseal(6, 4), ends: "ENOMEM" },
    { name: "nothing", call: mseal(20, 0), ends: 0n },
  ])("$name: $ends", ({ call, ends }) => {
    expect(ended(sealed().run(call))).toBe(ends);
  });

  it("do not matter before 6.10, which has no such call", () => {
    expect(ended(new Model({ release: "6.9.3" }).run(mseal(0, 1)))).toBe("ENOSYS");
  });
});
