/** Which check of a call comes first: each case breaks at least two, and the earlier one must decide. */
import { describe, expect, it } from "vitest";
import { F_SEAL, MADV, MAP, MCL, MS, PROT } from "../../../kernel/src/abi/index.js";
import { Model, type Operation } from "../../../kernel/src/model/index.js";
import { ANON, at, ended, mmap, mprotect, munmap, open, pages, RW, touch, vmas } from "./calls.js";

const anonymous = (more: Partial<Extract<Operation, { op: "mmap" }>>): Operation => ({
  op: "mmap",
  at: at(0),
  length: pages(1),
  prot: RW,
  flags: ANON,
  file: null,
  offset: 0n,
  ...more,
});
const WRAPS = (1n << 64n) - 4096n;

const cases: readonly {
  readonly name: string;
  readonly before?: readonly Operation[];
  readonly call: Operation;
  readonly ends: string | bigint;
}[] = [
  { name: "mmap: an unaligned offset before a bad descriptor", call: anonymous({ flags: MAP.SHARED, offset: 1n }), ends: "EINVAL" },
  { name: "mmap: a bad descriptor before an empty length", call: anonymous({ flags: MAP.SHARED, length: 0n }), ends: "EBADF" },
  { name: "mmap: an empty length before a bad type", call: anonymous({ flags: MAP.ANONYMOUS, length: 0n }), ends: "EINVAL" },
  { name: "mmap: a length that overflows", call: anonymous({ length: (1n << 64n) - 1n }), ends: "ENOMEM" },
  { name: "mmap: MAP_FIXED beyond user space before being unaligned", call: anonymous({ at: (1n << 47n) + 1n }), ends: "ENOMEM" },
  { name: "mmap: MAP_FIXED unaligned", call: anonymous({ at: at(0, 1) }), ends: "EINVAL" },
  {
    name: "mmap: MAP_FIXED_NOREPLACE over a mapping",
    before: [mmap(0, 1)],
    call: anonymous({ flags: ANON | MAP.FIXED_NOREPLACE }),
    ends: "EEXIST",
  },
  { name: "mmap: a type of neither shared nor private", call: anonymous({ flags: MAP.ANONYMOUS | MAP.FIXED }), ends: "EINVAL" },
  {
    name: "mmap: MAP_SHARED_VALIDATE without a file",
    call: anonymous({ flags: MAP.SHARED_VALIDATE | MAP.ANONYMOUS | MAP.FIXED }),
    ends: "EINVAL",
  },
  {
    name: "mmap: shared and growing down",
    call: anonymous({ flags: MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED | MAP.GROWSDOWN }),
    ends: "EINVAL",
  },
  {
    name: "mmap: an unknown flag with MAP_SHARED_VALIDATE",
    before: [open("a")],
    call: anonymous({ flags: MAP.SHARED_VALIDATE | MAP.FIXED | 0x400, file: "a" }),
    ends: "EOPNOTSUPP",
  },
  {
    name: "mmap: shared writable through a read-only descriptor",
    before: [open("a", { access: "ro" })],
    call: anonymous({ flags: MAP.SHARED | MAP.FIXED, file: "a" }),
    ends: "EACCES",
  },
  {
    name: "mmap: private through a write-only descriptor",
    before: [open("a", { access: "wo" })],
    call: anonymous({ flags: MAP.PRIVATE | MAP.FIXED, file: "a" }),
    ends: "EACCES",
  },
  {
    name: "mmap: past the largest offset before the descriptor's rights",
    before: [open("a", { access: "wo" })],
    call: anonymous({ flags: MAP.SHARED | MAP.FIXED, file: "a", offset: WRAPS }),
    ends: "EOVERFLOW",
  },
  {
    name: "mmap: an offset far past the end of the file is no error",
    before: [open("a", { backing: "ext4" })],
    call: anonymous({ flags: MAP.PRIVATE | MAP.FIXED, file: "a", offset: 1n << 62n }),
    ends: at(0),
  },
  {
    name: "mmap: MAP_SYNC of a file that is not on DAX",
    before: [open("a", { backing: "ext4" })],
    call: anonymous({ flags: MAP.SHARED | MAP.FIXED | MAP.SYNC, file: "a" }),
    ends: "EOPNOTSUPP",
  },
  {
    name: "msync: a length that rounds up to 0 is empty, even over locked memory",
    before: [mmap(0, 1, RW, ANON | MAP.LOCKED)],
    call: { op: "msync", at: at(0), length: (1n << 64n) - 1n, flags: MS.INVALIDATE },
    ends: 0n,
  },
  {
    name: "mmap: shared writable of a sealed memfd",
    before: [open("a", { sealable: true }), { op: "seal", file: "a", seals: F_SEAL.WRITE }],
    call: anonymous({ flags: MAP.SHARED | MAP.FIXED, file: "a" }),
    ends: "EPERM",
  },
  { name: "munmap: unaligned before empty", call: { op: "munmap", at: at(0, 1), length: 0n }, ends: "EINVAL" },
  { name: "munmap: nothing mapped is no error", call: munmap(0, 4), ends: 0n },
  { name: "mprotect: unaligned before empty", call: { op: "mprotect", at: at(0, 1), length: 0n, prot: 0 }, ends: "EINVAL" },
  { name: "mprotect: empty before unknown rights", call: { op: "mprotect", at: at(0), length: 0n, prot: 0x100 }, ends: 0n },
  { name: "mprotect: wrapping before unknown rights", call: { op: "mprotect", at: at(0), length: WRAPS, prot: 0x100 }, ends: "ENOMEM" },
  { name: "mprotect: unknown rights before a hole", call: mprotect(0, 1, 0x100), ends: "EINVAL" },
  {
    name: "mprotect: PROT_GROWSDOWN of what does not grow",
    before: [mmap(0, 1)],
    call: mprotect(0, 1, RW | PROT.GROWSDOWN),
    ends: "EINVAL",
  },
  { name: "msync: an unknown flag before being unaligned", call: { op: "msync", at: at(0, 1), length: 1n, flags: 8 }, ends: "EINVAL" },
  { name: "msync: both ways before a hole", call: { op: "msync", at: at(0), length: pages(1), flags: MS.ASYNC | MS.SYNC }, ends: "EINVAL" },
  { name: "msync: a hole", before: [mmap(0, 1)], call: { op: "msync", at: at(0), length: pages(2), flags: MS.SYNC }, ends: "ENOMEM" },
  {
    name: "msync: locked before a later hole",
    before: [mmap(0, 1), { op: "mlock", at: at(0), length: 1n }],
    call: { op: "msync", at: at(0), length: pages(2), flags: MS.INVALIDATE },
    ends: "EBUSY",
  },
  { name: "mincore: unaligned before beyond user space", call: { op: "mincore", at: 1n, length: WRAPS }, ends: "EINVAL" },
  { name: "mincore: beyond user space", call: { op: "mincore", at: at(0), length: WRAPS }, ends: "ENOMEM" },
  { name: "madvise: unknown advice before being unaligned", call: { op: "madvise", at: at(0, 1), length: 0n, advice: 99 }, ends: "EINVAL" },
  {
    name: "madvise: MADV_REMOVE of private anonymous memory",
    before: [mmap(0, 1)],
    call: { op: "madvise", at: at(0), length: pages(1), advice: MADV.REMOVE },
    ends: "EINVAL",
  },
  {
    name: "madvise: MADV_DONTNEED of locked memory",
    before: [mmap(0, 1), { op: "mlock", at: at(0), length: 1n }],
    call: { op: "madvise", at: at(0), length: pages(1), advice: MADV.DONTNEED },
    ends: "EINVAL",
  },
  {
    name: "mremap: an unmapped address",
    call: { op: "mremap", at: at(0), oldLength: pages(1), newLength: pages(1), flags: 0, to: 0n },
    ends: "EFAULT",
  },
  {
    name: "mremap: overlap before an unmapped address",
    call: { op: "mremap", at: at(0), oldLength: pages(2), newLength: pages(2), flags: 3, to: at(1) },
    ends: "EINVAL",
  },
  {
    name: "mremap: growing past the end of the VMA",
    before: [mmap(0, 1)],
    call: { op: "mremap", at: at(0), oldLength: pages(2), newLength: pages(3), flags: 1, to: 0n },
    ends: "EFAULT",
  },
  {
    name: "mremap: duplicating private memory",
    before: [mmap(0, 1)],
    call: { op: "mremap", at: at(0), oldLength: 0n, newLength: pages(1), flags: 1, to: 0n },
    ends: "EINVAL",
  },
  {
    name: "mlock: a hole in the middle",
    before: [mmap(0, 1), mmap(2, 1)],
    call: { op: "mlock", at: at(0), length: pages(3) },
    ends: "ENOMEM",
  },
  { name: "mlockall: MCL_ONFAULT alone", call: { op: "mlockall", flags: MCL.ONFAULT }, ends: "EINVAL" },
  { name: "mlock2: an unknown flag before a hole", call: { op: "mlock2", at: at(0), length: pages(1), flags: 2 }, ends: "EINVAL" },
  {
    name: "ftruncate: a descriptor not open for writing",
    before: [open("a", { access: "ro" })],
    call: { op: "ftruncate", file: "a", size: 0 },
    ends: "EINVAL",
  },
  { name: "touch: an address no page table can describe", call: { op: "touch", at: 1n << 60n, access: "read" }, ends: "SIGSEGV SI_KERNEL" },
];

describe("the first failing check decides", () => {
  it.each(cases)("$name: $ends", ({ before = [], call, ends }) => {
    const model = new Model();
    for (const operation of before) model.run(operation);
    const result = model.run(call);
    expect(ended(result)).toBe(ends);
    expect(result.reason.length).toBeGreaterThan(0);
  });
});

describe("partial effects", () => {
  it("mprotect leaves changed what lies before a hole", () => {
    const model = new Model();
    model.run(mmap(0, 2));
    model.run(mmap(4, 2));
    expect(ended(model.run(mprotect(0, 6, PROT.READ)))).toBe("ENOMEM");
    expect(vmas(model)).toEqual(["0-2 r--p", "4-6 rw-p"]);
  });

  it("mmap that fails replaces nothing", () => {
    const model = new Model();
    model.run(open("a", { access: "ro" }));
    model.run(mmap(0, 2));
    model.run(touch(0, "write", 2));
    expect(ended(model.run(mmap(0, 2, RW, MAP.SHARED | MAP.FIXED, "a")))).toBe("EACCES");
    expect([vmas(model), ended(model.run(touch(0, "read", 2)))]).toEqual([["0-2 rw-p"], 0n]);
  });

  it("at the map limit a hole is refused, an edge is not, and mprotect says ENOMEM where madvise says EAGAIN", () => {
    const model = new Model({ maxMapCount: 4 });
    for (const page of [0, 10, 20, 30]) model.run(mmap(page, 4));
    expect(ended(model.run(munmap(1, 1)))).toBe("ENOMEM");
    expect(ended(model.run(munmap(3, 1)))).toBe(0n);
    expect(ended(model.run(mprotect(0, 1, PROT.READ)))).toBe("ENOMEM");
    expect(ended(model.run({ op: "madvise", at: at(0), length: pages(1), advice: MADV.RANDOM }))).toBe("EAGAIN");
  });

  it("limits hold: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK", () => {
    const model = new Model({ privileged: false });
    model.run({ op: "rlimit", which: "AS", value: { currentTotalVmPlusPages: 8 } });
    model.run({ op: "rlimit", which: "MEMLOCK", value: pages(2) });
    expect(ended(model.run(mmap(0, 9)))).toBe("ENOMEM");
    expect(ended(model.run(mmap(0, 8)))).toBe(at(0));
    expect(ended(model.run({ op: "mlock", at: at(0), length: pages(3) }))).toBe("ENOMEM");
    expect(ended(model.run({ op: "mlock", at: at(0), length: pages(2) }))).toBe(0n);
    model.run({ op: "rlimit", which: "DATA", value: 0n });
    expect(ended(model.run({ op: "munmap", at: at(4), length: pages(4) }))).toBe(0n);
    expect(ended(model.run(mmap(4, 1)))).toBe("ENOMEM");
    expect(ended(model.run(mmap(4, 1, PROT.READ)))).toBe(at(4));
  });

  it("a hard limit apart from the soft one: an unprivileged process raises up to it, and lowers it for good", () => {
    const rlimit = (value: bigint) => ({ op: "rlimit", which: "MEMLOCK", value }) as const;
    const model = new Model({ privileged: false, memlockLimit: pages(1), hardLimits: { MEMLOCK: pages(4), STACK: pages(2048) } });
    model.run(mmap(0, 4));
    expect(ended(model.run({ op: "mlock", at: at(0), length: pages(2) }))).toBe("ENOMEM");
    expect(ended(model.run(rlimit(pages(5))))).toBe("EPERM");
    expect(ended(model.run(rlimit(pages(4))))).toBe(0n);
    expect(ended(model.run({ op: "mlock", at: at(0), length: pages(4) }))).toBe(0n);
    expect(ended(model.run(rlimit(pages(3))))).toBe(0n);
    expect(ended(model.run(rlimit(pages(4))))).toBe("EPERM");
    expect(ended(model.run({ op: "rlimit", which: "STACK", value: pages(2049) }))).toBe("EPERM");
  });
});
