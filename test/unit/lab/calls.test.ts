/** The functions of a cell, on the live kernel with the model beside it. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { Mapping } from "../../../kernel/src/lab/index.js";
import {
  Errno,
  MAP,
  MS,
  O,
  PAGE_SIZE,
  PROT,
  Signal,
  close,
  explain,
  ftruncate,
  lab,
  memfd_create,
  mincore,
  mmap,
  mprotect,
  msync,
  munmap,
  observe,
  open,
  predict,
  scratchFile,
} from "../../../kernel/src/lab/index.js";

const READ_WRITE = PROT.READ | PROT.WRITE;
const PRIVATE_MEMORY = MAP.PRIVATE | MAP.ANONYMOUS;

function memory(pages: number, prot = READ_WRITE): Mapping {
  return mmap(null, pages * PAGE_SIZE, prot, PRIVATE_MEMORY);
}

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function signalOf(action: () => unknown): Signal {
  const error = thrown(action);
  if (!(error instanceof Signal)) throw new Error(`expected a Signal, not ${String(error)}`);
  return error;
}

function errnoOf(action: () => unknown): Errno {
  const error = thrown(action);
  if (!(error instanceof Errno)) throw new Error(`expected an Errno, not ${String(error)}`);
  return error;
}

afterEach(() => {
  lab.reset();
});

describe("memory", () => {
  test("a byte that was stored is loaded again, and the rest is zero", () => {
    const m = memory(2);
    m.store(PAGE_SIZE + 5, 42);
    expect([m.load(PAGE_SIZE + 5), m.load(0)]).toEqual([42, 0]);
  });

  test("the mapping is a line of /proc/self/maps, and munmap removes it", () => {
    const m = memory(3);
    const start = m.addr.toString(16);
    const holds = (): boolean => readFileSync("/proc/self/maps", "utf8").includes(start);
    // A neighbour of the runtime may merge with it, so the start or the end is to be found.
    expect(holds() || readFileSync("/proc/self/maps", "utf8").includes(m.end.toString(16))).toBe(true);
    munmap(m);
    expect(lab.compare().unexplained).toEqual([]);
    expect(signalOf(() => m.load(0)).code).toBe("SEGV_MAPERR");
  });

  test("mincore tells which pages were touched", () => {
    const m = memory(4);
    m.touch({ from: 1, pages: 2, access: "write" });
    expect(mincore(m)).toEqual([false, true, true, false]);
  });

  test("a view shows the bytes without a copy and is emptied by munmap", () => {
    const m = memory(1);
    m.store(7, 9);
    const view = m.bytes();
    expect(view[7]).toBe(9);
    view[8] = 10;
    expect(m.load(8)).toBe(10);
    munmap(m);
    expect(view.length).toBe(0);
  });

  test("a `using` mapping is gone at the end of its block", () => {
    const m = memory(1);
    m[Symbol.dispose]();
    expect(signalOf(() => m.load(0)).signal).toBe("SIGSEGV");
  });
});

describe("refused accesses are signals that can be caught", () => {
  test("writing to a read-only mapping: SEGV_ACCERR, with the address and the model's reason", () => {
    const m = memory(2, PROT.READ);
    const error = signalOf(() => {
      m.store(PAGE_SIZE + 1, 1);
    });
    expect(error).toMatchObject({ signal: "SIGSEGV", code: "SEGV_ACCERR", address: m.addr + BigInt(PAGE_SIZE + 1), access: "write" });
    expect(error.message).toContain(`${m.label}+0x1001`);
    expect(error.reason.length).toBeGreaterThan(0);
  });

  test("touching PROT_NONE: SEGV_ACCERR; after mprotect it works", () => {
    const m = memory(1, PROT.NONE);
    expect(signalOf(() => m.load(0)).code).toBe("SEGV_ACCERR");
    mprotect(m, PROT.READ);
    expect(m.load(0)).toBe(0);
  });

  test("a page wholly beyond the end of the file: SIGBUS", () => {
    const fd = scratchFile(1);
    const f = mmap(null, 2 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd);
    expect(f.load(0)).toBe(0);
    expect(signalOf(() => f.load(PAGE_SIZE))).toMatchObject({ signal: "SIGBUS", code: "BUS_ADRERR" });
    munmap(f);
    close(fd);
  });
});

describe("failed calls are Errno errors with decoded arguments", () => {
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ["length 0", () => mmap(null, 0, PROT.READ, PRIVATE_MEMORY), "EINVAL"],
    ["no type in flags", () => mmap(null, PAGE_SIZE, PROT.READ, MAP.ANONYMOUS), "EINVAL"],
    ["a descriptor that is not open", () => mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, 999_999), "EBADF"],
    ["an offset inside a page", () => mmap(null, PAGE_SIZE, PROT.READ, PRIVATE_MEMORY, -1, 5), "EINVAL"],
    ["more than the address space", () => mmap(null, 1n << 47n, PROT.READ, PRIVATE_MEMORY), "ENOMEM"],
    [
      "msync with both SYNC and ASYNC",
      () => {
        msync(memory(1), MS.SYNC | MS.ASYNC);
      },
      "EINVAL",
    ],
    [
      "munmap of length 0",
      () => {
        munmap(memory(1), 0);
      },
      "EINVAL",
    ],
    ["mincore at an odd address", () => mincore(memory(1).addr + 1n, PAGE_SIZE), "EINVAL"],
    [
      "ftruncate of a descriptor that is not open",
      () => {
        ftruncate(999_999, 1);
      },
      "EBADF",
    ],
  ];
  test.each(cases)("%s", (_name, action, code) => {
    expect(errnoOf(action).code).toBe(code);
    expect(lab.compare().unexplained).toEqual([]);
  });

  test("a directory cannot be mapped: ENODEV", () => {
    const fd = open("/", O.RDONLY);
    expect(errnoOf(() => mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE, fd)).code).toBe("ENODEV");
    close(fd);
    expect(lab.compare().unexplained).toEqual([]);
  });

  test("the message names the call and its arguments as C would write them", () => {
    const error = errnoOf(() => mmap(null, 0, READ_WRITE, PRIVATE_MEMORY));
    expect(error.message).toContain("mmap(0x0, 0, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
    expect(error.reason).toBeDefined();
  });
});

describe("what no register can hold is refused before the kernel", () => {
  const bad: readonly (readonly [string, () => unknown])[] = [
    ["a string as address", () => mmap("0" as unknown as null, 1, 1, 1)],
    ["NaN as length", () => mmap(null, NaN, PROT.READ, PRIVATE_MEMORY)],
    ["a fraction as length", () => mmap(null, 0.5, PROT.READ, PRIVATE_MEMORY)],
    ["a negative length", () => mmap(null, -1, PROT.READ, PRIVATE_MEMORY)],
    ["a length of 2^64", () => mmap(null, 1n << 64n, PROT.READ, PRIVATE_MEMORY)],
    ["undefined as prot", () => mmap(null, 1, undefined as unknown as number, PRIVATE_MEMORY)],
    [
      "a store of 256",
      () => {
        memory(1).store(0, 256);
      },
    ],
    ["a fractional offset", () => memory(1).load(0.5)],
    [
      "a touch of -1 pages",
      () => {
        memory(1).touch({ pages: -1 });
      },
    ],
    [
      "an access nobody knows",
      () => {
        memory(1).touch({ access: "exec" as "read" });
      },
    ],
    [
      "munmap of an address without a length",
      () => {
        munmap(4096);
      },
    ],
    [
      "a touch of 10^12 pages",
      () => {
        memory(1).touch({ pages: 1e12 });
      },
    ],
    ["something to observe that is no function", () => observe("x", 5 as unknown as () => void)],
    ["something to predict that is no function", () => predict(5 as unknown as () => void)],
    ["a view past the end", () => memory(1).bytes(0, 5000)],
  ];
  test.each(bad)("%s", (_name, action) => {
    expect(thrown(action)).toSatisfy((error) => error instanceof TypeError || error instanceof RangeError);
  });
});

describe("the runtime's own memory is safe from a cell", () => {
  const heap = (): bigint => {
    const line =
      readFileSync("/proc/self/maps", "utf8")
        .split("\n")
        .find((text) => text.includes("[heap]")) ?? "";
    return BigInt(`0x${line.split("-")[0] ?? ""}`);
  };
  const calls: readonly (readonly [string, (at: bigint) => void])[] = [
    [
      "munmap",
      (at) => {
        munmap(at, PAGE_SIZE);
      },
    ],
    [
      "mprotect",
      (at) => {
        mprotect(at, PAGE_SIZE, PROT.NONE);
      },
    ],
    [
      "mmap with MAP_FIXED",
      (at) => {
        mmap(at, PAGE_SIZE, PROT.READ, PRIVATE_MEMORY | MAP.FIXED);
      },
    ],
  ];
  test.each(calls)("%s on the heap is refused, and says whose memory it is", (_name, call) => {
    const error = thrown(() => {
      call(heap());
    });
    expect(String(error)).toMatch(/ForeignMemory: .*notebook's own process/);
  });

  test("a store into the heap through a mapping's offset is refused", () => {
    const m = memory(1);
    const far = Number(heap() - m.addr);
    expect(
      String(
        thrown(() => {
          m.store(far, 1);
        }),
      ),
    ).toContain("ForeignMemory");
  });
});

describe("explain", () => {
  test("names the VMA, the page and the rule, and touches nothing", () => {
    const m = memory(1);
    const before = mincore(m);
    const text = String(explain(m, "write"));
    expect(text).toContain("rw-p");
    expect(mincore(m)).toEqual(before);
    expect(explain(m, "write").reason.length).toBeGreaterThan(0);
  });

  test("of memory that is not the lab's it says so", () => {
    const line = readFileSync("/proc/self/maps", "utf8").split("\n")[0] ?? "";
    expect(String(explain(BigInt(`0x${line.split("-")[0] ?? ""}`)))).toContain("not the lab's");
  });
});

describe("files", () => {
  test("a store into a shared mapping is a store into the file", () => {
    const fd = memfd_create("shared");
    ftruncate(fd, PAGE_SIZE);
    const a = mmap(null, PAGE_SIZE, READ_WRITE, MAP.SHARED, fd);
    const b = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, fd);
    a.store(3, 77);
    expect(b.load(3)).toBe(77);
    expect(lab.compare().unexplained).toEqual([]);
    munmap(a);
    munmap(b);
    close(fd);
  });

  test("a store into a private mapping stays private", () => {
    const fd = scratchFile(2);
    const p = mmap(null, 2 * PAGE_SIZE, READ_WRITE, MAP.PRIVATE, fd);
    const s = mmap(null, 2 * PAGE_SIZE, PROT.READ, MAP.SHARED, fd);
    p.store(PAGE_SIZE, 200);
    expect([p.load(PAGE_SIZE), s.load(PAGE_SIZE)]).toEqual([200, 1]);
    expect(lab.compare().unexplained).toEqual([]);
    munmap(p);
    munmap(s);
    close(fd);
  });

  test("a scratch file leaves nothing in its folder", () => {
    const fd = scratchFile(1);
    expect(readFileSync(`/proc/self/fdinfo/${String(fd)}`, "utf8")).toContain("flags");
    close(fd);
  });
});
