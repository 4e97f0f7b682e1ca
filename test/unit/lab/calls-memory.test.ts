/** The calls of a cell on memory, beyond mmap and munmap, on the live kernel with the model beside it. */
import { afterEach, describe, expect, test } from "vitest";
import {
  Errno,
  MADV,
  MAP,
  MCL,
  MLOCK,
  MREMAP,
  PAGE_SIZE,
  PROT,
  RLIMIT,
  RUSAGE,
  brk,
  getrlimit,
  getrusage,
  lab,
  madvise,
  mincore,
  mlock,
  mlock2,
  mlockall,
  mmap,
  mprotect,
  mremap,
  mseal,
  munlock,
  munlockall,
  munmap,
  pidfd_open,
  predict,
  process_madvise,
  setrlimit,
  type Mapping,
} from "../../../kernel/src/lab/index.js";
import { readStatus, readVmFlags } from "../../../kernel/src/linux/index.js";
import { errnoOf, signalOf, thrown, withFile } from "./outcomes.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, RW, ANON);
}

/** The model followed everything so far. */
function expectNoDifference(): void {
  expect(lab.compare().unexplained).toEqual([]);
}

afterEach(() => {
  expectNoDifference();
  lab.reset();
});

describe("mremap", () => {
  test("grows a mapping: its bytes come along, and the label stays", () => {
    const m = memory(2);
    m.label = "grown";
    m.store(0, 42);
    const longer = mremap(m, 6 * PAGE_SIZE, MREMAP.MAYMOVE);
    expect([longer.load(0), longer.load(5 * PAGE_SIZE)]).toEqual([42, 0]);
    expect([longer.label, longer.pages]).toEqual(["grown", 6]);
  });

  test("shrinks in place: the tail is gone", () => {
    const m = memory(4);
    const shorter = mremap(m, PAGE_SIZE);
    expect(shorter.addr).toBe(m.addr);
    expect(signalOf(() => m.load(3 * PAGE_SIZE)).code).toBe("SEGV_MAPERR");
  });

  test("FIXED moves onto another mapping, which it replaces", () => {
    const [m, target] = [memory(2), memory(4)];
    m.store(PAGE_SIZE, 7);
    const moved = mremap(m, m.length, m.length, MREMAP.MAYMOVE | MREMAP.FIXED, target.addr);
    expect(moved.addr).toBe(target.addr);
    expect(moved.load(PAGE_SIZE)).toBe(7);
  });

  test("DONTUNMAP leaves the old range mapped and empty, and both have labels of their own", () => {
    const m = memory(1);
    m.store(0, 9);
    const moved = mremap(m, m.length, m.length, MREMAP.MAYMOVE | MREMAP.DONTUNMAP);
    expect([moved.load(0), m.load(0)]).toEqual([9, 0]);
    expect(moved.label).not.toBe(m.label);
  });

  test("takes views back, whether it moves or not", () => {
    const m = memory(2);
    const view = m.bytes();
    mremap(m, 3 * PAGE_SIZE, MREMAP.MAYMOVE);
    expect(view.length).toBe(0);
  });

  test("an error shows the arguments in the order of the man page", () => {
    const m = memory(1);
    const error = errnoOf(() => mremap(m, m.length, 0, MREMAP.MAYMOVE));
    expect(error.message).toContain(`mremap(0x${m.addr.toString(16)}, 4096, 0, MREMAP_MAYMOVE, 0x0)`);
    expect(error.code).toBe("EINVAL");
  });

  test("in a prediction only the model moves", () => {
    const m = memory(1);
    const { value } = predict(() => mremap(m, 3 * PAGE_SIZE, MREMAP.MAYMOVE).pages);
    expect(value).toBe(3);
    expect(m.load(0)).toBe(0);
  });
});

describe("madvise", () => {
  test("DONTNEED makes private memory zero again, and the view stays valid", () => {
    const m = memory(2);
    m.store(0, 5);
    const view = m.bytes();
    madvise(m, MADV.DONTNEED);
    expect([view.length, view[0]]).toEqual([2 * PAGE_SIZE, 0]);
  });

  test("unknown advice is EINVAL, with the number", () => {
    const m = memory(1);
    expect(errnoOf(() => madvise(m, 77)).message).toContain(", 4096, 77)");
  });

  test("a guard page refuses every access, and no view of it can be had", (context) => {
    const m = memory(3);
    try {
      madvise(m.addr + BigInt(PAGE_SIZE), PAGE_SIZE, MADV.GUARD_INSTALL);
    } catch (error) {
      if (error instanceof Errno && error.code === "EINVAL") context.skip("this kernel has no MADV_GUARD_INSTALL (6.13)");
      throw error;
    }
    expect(signalOf(() => m.load(PAGE_SIZE)).code).toBe("SEGV_MAPERR");
    expect(() => m.bytes()).toThrow(/guard marker.*SIGSEGV/);
    expect(m.bytes(0, PAGE_SIZE).length).toBe(PAGE_SIZE);
  });

  test("process_madvise on this process reaches the lab's memory, and never the runtime's", (context) => {
    const m = memory(2);
    m.touch({ access: "write" });
    withFile(pidfd_open(process.pid), (pidfd) => {
      try {
        expect(process_madvise(pidfd, [m], MADV.COLD)).toBe(BigInt(2 * PAGE_SIZE));
      } catch (error) {
        if (error instanceof Errno && error.code === "ENOSYS") context.skip("this kernel has no process_madvise (5.10)");
        throw error;
      }
      expect(String(thrown(() => process_madvise(pidfd, [{ addr: brk() - BigInt(PAGE_SIZE), length: PAGE_SIZE }], MADV.COLD)))).toMatch(
        /ForeignMemory: process_madvise/,
      );
    });
    expect(lab.compare().explained).toContainEqual(expect.objectContaining({ what: "process_madvise MADV_COLD", model: "not followed" }));
  });
});

describe("locks", () => {
  test("mlock faults pages in and sets the flag; munlock takes it off", () => {
    const m = memory(4);
    mlock(m);
    expect(mincore(m)).toEqual([true, true, true, true]);
    expect(readVmFlags(m.addr)).toContain("lo");
    munlock(m);
    expect(readVmFlags(m.addr)).not.toContain("lo");
  });

  test("mlock2 ONFAULT locks pages as they are touched", () => {
    const m = memory(4);
    mlock2(m, MLOCK.ONFAULT);
    expect(mincore(m)).toEqual([false, false, false, false]);
    m.touch({ pages: 1, access: "write" });
    expect(mincore(m)).toEqual([true, false, false, false]);
  });

  test("munlockall unlocks everything", () => {
    mlock(memory(2));
    munlockall();
    expect(readStatus().kib["VmLck"]).toBe(0);
  });

  test("mlockall of everything there is can be predicted", () => {
    const m = memory(2);
    const { error } = predict(() => {
      mlockall(MCL.CURRENT | MCL.FUTURE);
      m.load(0);
    });
    expect(error === null || error instanceof Errno).toBe(true);
    expect(errnoOf(() => mlockall(MCL.ONFAULT)).code).toBe("EINVAL");
  });

  test("mlockall reaches Node's memory too, which the comparison explains; the lab's mappings are locked where the limit allows it", () => {
    const m = memory(2);
    let refused: unknown;
    try {
      mlockall(MCL.CURRENT | MCL.ONFAULT);
    } catch (error) {
      refused = error;
    }
    if (refused === undefined) expect(readVmFlags(m.addr)).toContain("lo");
    else expect(refused).toMatchObject({ syscall: "mlockall", code: "ENOMEM" });
    const rows = lab.compare().rows.filter(({ what }) => what.startsWith("mlockall"));
    expect(rows.map(({ verdict }) => verdict)).toEqual(rows.map(() => "explained"));
    munlockall();
    expect(readVmFlags(m.addr)).not.toContain("lo");
  });

  test("the runtime's own memory is not locked by a cell", () => {
    expect(String(thrown(() => mlock(brk() - 1n, 1)))).toContain("ForeignMemory: mlock");
  });

  test.skipIf(process.getuid?.() === 0)(
    "beyond RLIMIT_MEMLOCK mlock is ENOMEM, and MCL_FUTURE is refused (needs an unprivileged user)",
    () => {
      setrlimit(RLIMIT.MEMLOCK, 8 * PAGE_SIZE);
      const m = memory(16);
      expect(errnoOf(() => mlock(m)).code).toBe("ENOMEM");
      expect(String(thrown(() => mlockall(MCL.FUTURE)))).toMatch(/would end this process.*predict/);
    },
  );
});

describe("limits", () => {
  test("the soft limit is set, the hard one stays, and reset puts it back", () => {
    const before = getrlimit(RLIMIT.MEMLOCK);
    setrlimit(RLIMIT.MEMLOCK, PAGE_SIZE);
    expect(getrlimit(RLIMIT.MEMLOCK)).toEqual({ soft: BigInt(PAGE_SIZE), hard: before.hard });
    lab.reset();
    expect(getrlimit(RLIMIT.MEMLOCK)).toEqual(before);
  });

  test("a mapping beyond RLIMIT_AS is ENOMEM, for the kernel and for the model", () => {
    const inUse = BigInt(readStatus().kib["VmSize"] ?? 0) * 1024n;
    setrlimit(RLIMIT.AS, inUse + (1n << 30n));
    expect(errnoOf(() => mmap(null, 2n << 30n, PROT.NONE, ANON | MAP.NORESERVE)).code).toBe("ENOMEM");
    expect(memory(1).load(0)).toBe(0);
  });

  test.each([
    ["AS", RLIMIT.AS],
    ["DATA", RLIMIT.DATA],
    ["STACK", RLIMIT.STACK],
  ] as const)("RLIMIT_%s too small for Node itself is refused, and works in a prediction", (_name, resource) => {
    expect(() => setrlimit(resource, PAGE_SIZE)).toThrow(/Node too.*predict/);
    expect(getrlimit(resource).soft).toBeGreaterThan(BigInt(PAGE_SIZE));
    if (resource === RLIMIT.STACK) return;
    const { error } = predict(() => {
      setrlimit(resource, PAGE_SIZE);
      memory(64);
    });
    expect(error).toMatchObject({ code: "ENOMEM" });
  });

  test("limits that have no bearing on memory are left alone", () => {
    expect(() => setrlimit(RLIMIT.CPU, 1)).toThrow(/RLIMIT_CPU.*AS, DATA, STACK and MEMLOCK/);
  });

  test("getrusage counts the faults of touching pages", () => {
    const m = memory(64);
    const before = getrusage(RUSAGE.THREAD).minorFaults;
    m.touch({ access: "write" });
    expect(getrusage(RUSAGE.THREAD).minorFaults - before).toBeGreaterThanOrEqual(64);
  });
});

describe("brk", () => {
  test("can be looked at, and moved in a prediction only", () => {
    const end = brk();
    expect(end).toBeGreaterThan(0n);
    expect(() => brk(end + 4096n)).toThrow(/Node's own.*predict/);
    expect(brk()).toBe(end);
    const prediction = predict(() => {
      const start = brk();
      return brk(start + BigInt(PAGE_SIZE)) - start;
    });
    expect([prediction.value, prediction.events.at(-1)?.model.reason.at(-1)?.rule]).toEqual([BigInt(PAGE_SIZE), "brk/grown"]);
  });
});

describe("mseal", () => {
  test("a sealed mapping can be neither unmapped nor given other rights, and reset leaves it", (context) => {
    const m = memory(1);
    try {
      mseal(m);
    } catch (error) {
      if (error instanceof Errno && error.code === "ENOSYS") context.skip("this kernel has no mseal (6.10)");
      throw error;
    }
    expect(errnoOf(() => munmap(m)).code).toBe("EPERM");
    expect(errnoOf(() => mprotect(m, PROT.NONE)).code).toBe("EPERM");
    lab.reset();
    expect(m.load(0)).toBe(0);
  });
});
