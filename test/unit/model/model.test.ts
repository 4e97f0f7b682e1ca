import { describe, expect, it } from "vitest";
import { MAP, MREMAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model, parseRelease, profileOf } from "../../../kernel/src/model/index.js";
import { ANON, at, ended, mmap, pages, RW, touch, vmas } from "./calls.js";

const ANYWHERE = MAP.PRIVATE | MAP.ANONYMOUS;

function anywhere(model: Model, length: number, hint = 0n, flags: number = ANYWHERE): bigint {
  const { outcome } = model.run({ op: "mmap", at: hint, length: pages(length), prot: RW, flags, file: null, offset: 0n });
  if (outcome.kind !== "value") throw new Error("mmap failed");
  return outcome.value;
}

describe("the address of a mapping", () => {
  const base = 0x7fff_0000_0000n;

  it("is the top end of the highest gap that fits", () => {
    const model = new Model({ mmapBase: base });
    expect(anywhere(model, 4)).toBe(base - pages(4));
    expect(anywhere(model, 2)).toBe(base - pages(6));
    model.run({ op: "munmap", at: base - pages(3), length: pages(2) });
    expect(anywhere(model, 3)).toBe(base - pages(9));
    expect(anywhere(model, 2)).toBe(base - pages(3));
  });

  it("is the hint rounded down, where it is free and far enough from a stack", () => {
    const model = new Model({ mmapBase: base });
    expect(anywhere(model, 1, at(10, 5))).toBe(at(10));
    expect(anywhere(model, 1, at(10))).toBe(base - pages(1));
    model.run(mmap(1000, 4, RW, ANON | MAP.GROWSDOWN));
    expect(anywhere(model, 1, at(999))).toBe(base - pages(2));
    expect(anywhere(model, 1, at(743))).toBe(at(743));
  });

  it("passes over small gaps that lie within the guard gap of a stack, even behind another mapping", () => {
    const model = new Model({ mmapBase: base });
    const put = (above: number, length: number, flags: number): void => {
      model.run({ op: "mmap", at: base - pages(above), length: pages(length), prot: PROT.READ, flags, file: null, offset: 0n });
    };
    put(4, 4, ANON | MAP.GROWSDOWN);
    put(10, 4, ANON);
    // Free: 2 pages right below the stack, and everything below the other mapping, of which 250 pages are the guard gap's.
    expect(anywhere(model, 1)).toBe(base - pages(4 + 256 + 1));
    put(6, 2, ANON);
    expect(anywhere(model, 1)).toBe(base - pages(11));
  });

  it("is aligned to 2 MiB for private anonymous memory of a multiple of 2 MiB", () => {
    const model = new Model({ mmapBase: base });
    expect(anywhere(model, 1)).toBe(base - pages(1));
    expect(anywhere(model, 512) % (1n << 21n)).toBe(0n);
    expect(anywhere(model, 513)).not.toBe(0n);
    expect(anywhere(new Model({ mmapBase: base - pages(1), release: "6.1.176" }), 512)).toBe(base - pages(513));
  });

  it("is taken from the kernel where the caller knows it", () => {
    const model = new Model();
    const mmapCall = { op: "mmap", at: 0n, length: pages(2), prot: RW, flags: ANYWHERE, file: null, offset: 0n } as const;
    expect(ended(model.run(mmapCall, { placedAt: at(50) }))).toBe(at(50));
    expect(ended(model.run({ ...mmapCall, length: 0n }, { placedAt: at(50) }))).toBe("EINVAL");
    const grow = { op: "mremap", at: at(50), oldLength: pages(1), newLength: pages(3), flags: MREMAP.MAYMOVE, to: 0n } as const;
    expect(ended(model.run(grow, { placedAt: at(80) }))).toBe(at(80));
    expect(vmas(model)).toEqual(["51-52 rw-p", "80-83 rw-p"]);
  });

  it("is taken from the kernel for mremap too, whether it grew where it was or moved", () => {
    const grow = { op: "mremap", at: at(0), oldLength: pages(2), newLength: pages(4), flags: MREMAP.MAYMOVE, to: 0n } as const;
    const ends = [at(0), at(40)].map((placedAt) => {
      const model = new Model();
      model.run(mmap(0, 2));
      model.run(mmap(41, 1, PROT.READ));
      model.importForeign([{ start: at(3), end: at(5), perms: "rw-p", object: "stale" }]);
      return [ended(model.run(grow, { placedAt })), vmas(model)];
    });
    expect(ends).toEqual([
      [at(0), ["0-4 rw-p", "4-5 rw-p", "41-42 r--p"]],
      [at(40), ["3-5 rw-p", "40-44 rw-p"]],
    ]);
  });

  it("stays out of the way of mappings that are not the lab's, which are neither merged nor listed", () => {
    const model = new Model({ mmapBase: base });
    model.importForeign([{ start: base - pages(8), end: base, perms: "rw-p", object: null }]);
    expect(anywhere(model, 1)).toBe(base - pages(9));
    expect(model.vmas().map(({ foreign }) => foreign)).toEqual([false, true]);
    expect(model.run({ op: "maps", at: base - pages(20), length: pages(20) }).seen).toMatchObject({
      vmas: [{ start: base - pages(9), end: base - pages(8) }],
    });
    model.importForeign([]);
    expect(model.vmas()).toHaveLength(1);
  });
});

describe("mremap", () => {
  const move = (from: number, old: number, length: number, flags: number, to = 0) =>
    ({ op: "mremap", at: at(from), oldLength: pages(old), newLength: pages(length), flags, to: to === 0 ? 0n : at(to) }) as const;

  it("moves several mappings and the holes between them since 6.17", () => {
    const results = ["6.17.13", "6.16.12"].map((release) => {
      const model = new Model({ release });
      model.run(mmap(0, 2));
      model.run(mmap(4, 2, PROT.READ));
      const result = ended(model.run(move(0, 6, 6, MREMAP.MAYMOVE | MREMAP.FIXED, 20)));
      return [result, vmas(model)];
    });
    expect(results).toEqual([
      [at(20), ["20-22 rw-p", "24-26 r--p"]],
      ["EFAULT", ["0-2 rw-p", "4-6 r--p"]],
    ]);
  });

  it("with MREMAP_DONTUNMAP leaves the old range mapped and empty", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(touch(0, "write", 2, 8));
    expect(ended(model.run(move(0, 2, 2, MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP, 20)))).toBe(at(20));
    expect(vmas(model)).toEqual(["0-2 rw-p", "20-22 rw-p"]);
    expect(model.vmas().map(({ anonVma }) => anonVma !== null)).toEqual([false, true]);
    expect([model.pages(at(0), pages(2)).states, model.pages(at(20), pages(2)).states]).toEqual(["..", "aa"]);
  });

  it("grows in place where the pages behind are free, and takes in the next mapping it reaches", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(mmap(4, 2));
    expect(ended(model.run(move(0, 2, 4, 0)))).toBe(at(0));
    expect(vmas(model)).toEqual(["0-6 rw-p"]);
    model.run(mmap(6, 1, PROT.READ));
    expect(ended(model.run(move(0, 6, 7, 0)))).toBe("ENOMEM");
  });
});

describe("a process", () => {
  it("moves its break up and down, and is told the old one where it may not", () => {
    const model = new Model({ heapStart: 0x5555_0000_0000n });
    const brk = (to: bigint): string | bigint => ended(model.run({ op: "brk", to }));
    const start = brk(0n);
    expect(start).toBe(0x5555_0000_0000n);
    expect(brk(0x5555_0000_2345n)).toBe(0x5555_0000_2345n);
    expect(model.vmas()).toMatchObject([{ start: 0x5555_0000_0000n, end: 0x5555_0000_3000n, perms: "rw-p" }]);
    model.run({ op: "mmap", at: 0x5555_0000_5000n, length: pages(1), prot: RW, flags: ANON, file: null, offset: 0n });
    expect(brk(0x5555_0000_8000n)).toBe(0x5555_0000_2345n);
    expect(brk(0x5555_0000_1000n)).toBe(0x5555_0000_1000n);
  });

  it("that does not run is named in the error", () => {
    expect(() => new Model().run({ op: "munlockall", process: 9 })).toThrow("no running process 9");
  });

  it("gets new mappings locked after mlockall(MCL_FUTURE), and its children do not", () => {
    const model = new Model();
    model.run({ op: "mlockall", flags: 2 });
    expect(model.run(mmap(0, 2)).counts.minor).toBe(2);
    model.run({ op: "fork", child: 1 });
    expect(model.run({ ...mmap(8, 2), process: 1 }).counts.minor).toBe(0);
    expect(model.run({ op: "status", process: 1 }).seen).toEqual({ kind: "status", vmLckKb: 0 });
  });
});

describe("kernel profiles", () => {
  it("read a release in the forms uname and Debian give", () => {
    expect(parseRelease("6.18.44-fc-v669")).toEqual({ major: 6, minor: 18, stable: 44 });
    expect(parseRelease("5.10.0-46-cloud-amd64 (#1 SMP Debian 5.10.262-1 (2026-07-31))")).toEqual({ major: 5, minor: 10, stable: 262 });
    expect(parseRelease("7.3")).toEqual({ major: 7, minor: 3, stable: 0 });
    expect(() => parseRelease("trixie")).toThrow("6.18.44");
  });

  it("let a stable release have what its first did not", () => {
    expect([profileOf("6.18.15").stickyGuardFlag, profileOf("6.18.44").stickyGuardFlag, profileOf("6.19").stickyGuardFlag]).toEqual([
      false,
      true,
      true,
    ]);
    expect([
      profileOf("6.12.43").dontunmapOnlyMovedPart,
      profileOf("6.12.117").dontunmapOnlyMovedPart,
      profileOf("6.18.44").dontunmapOnlyMovedPart,
    ]).toEqual([false, true, false]);
  });
});
