import { describe, expect, it } from "vitest";
import { MADV, MAP, PROT } from "../../../kernel/src/abi/index.js";
import { Model } from "../../../kernel/src/model/index.js";
import { ANON, at, ended, faults, mmap, mprotect, open, pages, resident, RW, SHARED_ANON, touch } from "./calls.js";

const SHARED = MAP.SHARED | MAP.FIXED;
const PRIVATE = MAP.PRIVATE | MAP.FIXED;

const lastRule = (model: Model, ...operation: Parameters<Model["run"]>): string | undefined => model.run(...operation).reason.at(-1)?.rule;

describe("a fault in private anonymous memory", () => {
  it("maps the zero page for a read and a new page for a write", () => {
    const model = new Model();
    model.run(mmap(0, 4));
    expect(lastRule(model, touch(0, "read"))).toBe("fault/anon-read-zero-page");
    expect(lastRule(model, touch(1, "write"))).toBe("fault/anon-write-new-page");
    expect(lastRule(model, touch(0, "write"))).toBe("fault/cow-from-zero-page");
    expect(lastRule(model, touch(0, "write"))).toBe("fault/none-pte-permits");
    expect(resident(model, 4)).toBe("aa..");
  });

  it("lists each fault of a run with its address and its chain of decisions", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(mmap(2, 2, PROT.READ));
    const result = model.run(touch(0, "write", 4));
    expect(ended(result)).toBe("SIGSEGV SEGV_ACCERR");
    expect(faults(result)).toBe("2/0");
    expect(result.faults.map(({ address, kind, reason }) => [address, kind, reason?.map(({ rule }) => rule)])).toEqual([
      [at(0), "minor", ["fault/vma", "fault/permitted", "fault/anon-write-new-page"]],
      [at(1), "minor", ["fault/vma", "fault/permitted", "fault/anon-write-new-page"]],
      [at(2), "signal", ["fault/vma", "fault/access-denied"]],
    ]);
    expect(result.reason.at(0)?.text).toContain("0x600000002000-0x600000004000 r--p");
  });

  it("copies after fork while both sides have the page, and reuses it when one is left", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(touch(0, "write", 2));
    model.run({ op: "fork", child: 1 });
    expect(resident(model, 2)).toBe("AA");
    expect(lastRule(model, touch(0, "write"))).toBe("fault/cow-copy");
    expect(lastRule(model, { ...touch(0, "write"), process: 1 })).toBe("fault/cow-reuse");
    model.run({ op: "exit", process: 1 });
    expect(ended(model.run({ op: "wait", child: 1 }))).toBe(1n);
    expect(lastRule(model, touch(1, "write"))).toBe("fault/cow-reuse");
    expect(resident(model, 2)).toBe("aa");
  });

  it("needs no new fault after mprotect took the right to write and gave it back", () => {
    const counts = (release: string): string => {
      const model = new Model({ release });
      model.run(mmap(0, 1));
      model.run(touch(0, "write"));
      model.run(mprotect(0, 1, PROT.READ));
      model.run(mprotect(0, 1, RW));
      return faults(model.run(touch(0, "write")));
    };
    expect([counts("6.18.44"), counts("5.10.262")]).toEqual(["0/0", "1/0"]);
  });
});

describe("a fault in a file mapping", () => {
  it("maps the cached pages of the 64 KiB window with a read", () => {
    const model = new Model();
    model.run(open("a", { size: 40 * 4096 }));
    model.run(mmap(5, 35, PROT.READ, PRIVATE, "a"));
    expect(faults(model.run(touch(7, "read")))).toBe("1/0");
    expect(resident(model, 40)).toBe(`${".".repeat(5)}${"f".repeat(16)}${".".repeat(19)}`);
  });

  it("is major where the page comes from disk, and one read brings its neighbours", () => {
    const model = new Model();
    model.run(open("a", { backing: "ext4", data: "cold" }));
    model.run(mmap(0, 16, PROT.READ, SHARED, "a"));
    const result = model.run(touch(3, "read"));
    expect([faults(result), result.reason.at(-1)?.rule]).toEqual(["0/1", "fault/file-read-from-disk"]);
    expect(resident(model, 16)).toBe("f".repeat(16));
  });

  it("is taken again by the first write after write-back on ext4, and never on tmpfs", () => {
    const counts = (backing: "ext4" | "tmpfs"): string[] => {
      const model = new Model();
      model.run(open("a", { backing }));
      model.run(mmap(0, 4, RW, SHARED, "a"));
      const sync = { op: "msync", at: at(0), length: pages(4), flags: 4 } as const;
      return [touch(0, "write"), touch(0, "write"), sync, touch(0, "write")].map((operation) => faults(model.run(operation)));
    };
    expect(counts("ext4")).toEqual(["1/0", "0/0", "0/0", "1/0"]);
    expect(counts("tmpfs")).toEqual(["1/0", "0/0", "0/0", "0/0"]);
  });

  it("ends with SIGBUS past the end, after mapping what is cached near by", () => {
    const model = new Model();
    model.run(open("a", { size: 6 * 4096 }));
    model.run(mmap(0, 16, PROT.READ, SHARED, "a"));
    const result = model.run(touch(9, "read"));
    expect([ended(result), faults(result)]).toEqual(["SIGBUS BUS_ADRERR", "0/0"]);
    expect(resident(model, 16)).toBe("ffffff..........");
  });

  it("gives a private mapping its anon_vma even where the write is past the end", () => {
    const model = new Model();
    model.run(open("a", { size: 4096 }));
    model.run(mmap(0, 4, RW, PRIVATE, "a"));
    expect(ended(model.run(touch(2, "write")))).toBe("SIGBUS BUS_ADRERR");
    expect(model.vmas()[0]?.anonVma).not.toBeNull();
  });

  it("reads ahead only forward in an executable mapping, and only one page after MADV_RANDOM", () => {
    const cached = (prot: number, advice: number): string => {
      const model = new Model();
      model.run(open("a", { backing: "ext4", data: "cold" }));
      model.run(mmap(0, 16, prot, SHARED, "a"));
      model.run({ op: "madvise", at: at(0), length: pages(16), advice });
      model.run(touch(5, "read"));
      const { seen } = model.run({ op: "mincore", at: at(0), length: pages(16) });
      return seen?.kind === "mincore" ? seen.pages.join("") : "";
    };
    expect(cached(PROT.READ, MADV.NORMAL)).toBe("1".repeat(16));
    expect(cached(PROT.READ | PROT.EXEC, MADV.NORMAL)).toBe(`${"0".repeat(5)}${"1".repeat(11)}`);
    expect(cached(PROT.READ, MADV.RANDOM)).toBe(`${"0".repeat(5)}1${"0".repeat(10)}`);
  });

  it("is written back by the flusher after 30 seconds, and not by MS_ASYNC", () => {
    const model = new Model();
    model.run(open("a", { backing: "ext4", data: "clean" }));
    model.run(mmap(0, 1, RW, SHARED, "a"));
    model.run(touch(0, "write"));
    model.run({ op: "msync", at: at(0), length: pages(1), flags: 1 });
    model.run({ op: "advance", seconds: 20 });
    expect([model.pages(at(0), pages(1)).dirty, faults(model.run(touch(0, "write")))]).toEqual(["d", "0/0"]);
    model.run({ op: "advance", seconds: 20 });
    expect([model.pages(at(0), pages(1)).dirty, faults(model.run(touch(0, "write")))]).toEqual([".", "1/0"]);
  });
});

describe("explain", () => {
  it("tells what an access would do and changes nothing", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    expect(model.explain(at(0), "write").map(({ rule }) => rule)).toEqual(["fault/vma", "fault/permitted", "fault/anon-write-new-page"]);
    expect(model.explain(at(5), "read").map(({ rule }) => rule)).toEqual(["fault/no-vma"]);
    expect(resident(model, 2)).toBe("..");
    expect(model.vmas()[0]?.anonVma).toBeNull();
  });
});

describe("memory that grows, is locked, or is guarded", () => {
  it("grows down to a touched page, up to the gap of 256 pages", () => {
    const model = new Model();
    model.run(mmap(400, 4, RW, ANON | MAP.GROWSDOWN));
    model.run(mmap(100, 4));
    expect(faults(model.run(touch(360, "write")))).toBe("1/0");
    expect(ended(model.run(touch(359, "write")))).toBe("SIGSEGV SEGV_MAPERR");
    expect(model.vmas().at(-1)?.start).toBe(at(360));
  });

  it("is faulted in by mlock, whose faults count although no instruction took them", () => {
    const model = new Model();
    model.run(mmap(0, 4));
    const result = model.run({ op: "mlock", at: at(0), length: pages(4) });
    expect([faults(result), result.faults, resident(model, 4)]).toEqual(["4/0", [], "aaaa"]);
    expect(model.run({ op: "status" }).seen).toEqual({ kind: "status", vmLckKb: 16 });
  });

  it("ends accesses at a guard with SEGV_MAPERR, and the kernel's own with EFAULT", () => {
    const model = new Model();
    model.run(mmap(0, 4, RW, SHARED_ANON));
    model.run({ op: "madvise", at: at(1), length: pages(1), advice: MADV.GUARD_INSTALL });
    expect(ended(model.run(touch(1, "read")))).toBe("SIGSEGV SEGV_MAPERR");
    expect(ended(model.run({ op: "kernel_copy", at: at(1), direction: "to_user" }))).toBe("EFAULT");
    expect(ended(model.run({ op: "madvise", at: at(0), length: pages(4), advice: MADV.POPULATE_READ }))).toBe("EFAULT");
  });

  it("maps 512 pages with one fault where huge pages are allowed", () => {
    const model = new Model({ thp: "madvise" });
    model.run(mmap(0, 1024));
    model.run({ op: "madvise", at: at(512), length: pages(512), advice: MADV.HUGEPAGE });
    expect(faults(model.run(touch(0, "write", 4)))).toBe("4/0");
    expect(faults(model.run(touch(512, "write", 512)))).toBe("1/0");
    model.run({ op: "munmap", at: at(600), length: pages(1) });
    expect(resident(model, 1024).slice(512)).toBe(`${"a".repeat(88)}.${"a".repeat(423)}`);
  });

  it("goes to swap where there is some, and comes back with a major fault and its contents", () => {
    const model = new Model({ swapPages: 100 });
    model.run(mmap(0, 2));
    model.run(touch(0, "write", 2, 9));
    model.run({ op: "madvise", at: at(0), length: pages(2), advice: MADV.PAGEOUT });
    expect(resident(model, 2)).toBe("ss");
    const back = model.run(touch(0, "read"));
    expect([faults(back), back.seen]).toEqual(["0/1", { kind: "bytes", bytes: new Uint8Array([9]) }]);
  });
});
