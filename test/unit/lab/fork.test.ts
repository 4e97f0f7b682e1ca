/** fork in a cell: two processes on the live kernel, with the model beside both. */
import { readlinkSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import {
  MADV,
  MAP,
  MS,
  PAGE_SIZE,
  PROT,
  fork,
  lab,
  madvise,
  memfd_create,
  ftruncate,
  close,
  mmap,
  mprotect,
  msync,
  munmap,
  observe,
  open,
  pager,
  scratchFile,
  startProcess,
  waitpid,
  Signal,
  type Mapping,
  type Process,
} from "../../../kernel/src/lab/index.js";
import { readMaps, readProcessEnd } from "../../../kernel/src/linux/index.js";
import { runProgram } from "./child-program.js";
import { thrown } from "./outcomes.js";

const RW = PROT.READ | PROT.WRITE;
const PRIVATE = MAP.PRIVATE | MAP.ANONYMOUS;
const SHARED = MAP.SHARED | MAP.ANONYMOUS;

function memory(pages: number, flags = PRIVATE): Mapping {
  return mmap(null, pages * PAGE_SIZE, RW, flags);
}

/** Minor faults the kernel counted in a body, and those the model counted. */
function minorFaults(body: () => void): readonly [kernel: number | undefined, model: number] {
  const { kernel, model } = observe("faults", body);
  return [kernel?.minor, model.minor];
}

afterEach(() => {
  expect(lab.compare().unexplained).toEqual([]);
  lab.reset();
});

describe("memory of relatives", () => {
  test("MAP_SHARED stays shared: a store in either is a load in the other", () => {
    const m = memory(2, SHARED);
    m.store(0, 1);
    using child = fork();
    expect(child.run(() => m.load(0))).toBe(1);
    child.run(() => m.store(1, 2));
    expect(m.load(1)).toBe(2);
    m.store(PAGE_SIZE, 3);
    expect(child.run(() => m.load(PAGE_SIZE))).toBe(3);
  });

  test("MAP_PRIVATE diverges: each first write after the fork is a minor fault, on either side, and the last writer reuses the page", () => {
    const m = memory(4);
    m.touch({ access: "write" });
    m.store(0, 65);
    using child = fork();
    expect(minorFaults(() => child.run(() => m.store(0, 66)))).toEqual([1, 1]);
    expect(minorFaults(() => child.run(() => m.store(0, 67)))).toEqual([0, 0]);
    expect([m.load(0), child.run(() => m.load(0))]).toEqual([65, 67]);
    expect(minorFaults(() => m.store(0, 68))).toEqual([1, 1]);
    expect(child.run(() => m.load(0))).toBe(67);
    expect(minorFaults(() => m.touch({ access: "write" }))).toEqual([3, 3]);
    expect(minorFaults(() => child.run(() => m.touch({ access: "write" })))).toEqual([3, 3]);
    expect(minorFaults(() => child.run(() => m.touch({ access: "write" })))).toEqual([0, 0]);
  });

  test("a child's first accesses of shared memory fault, since fork does not copy its page table", () => {
    const m = memory(3, SHARED);
    m.touch({ access: "write" });
    using child = fork();
    expect(minorFaults(() => child.run(() => m.touch({ access: "write" })))).toEqual([3, 3]);
    expect(minorFaults(() => m.touch({ access: "write" }))).toEqual([0, 0]);
  });

  test("MADV_DONTFORK and MADV_WIPEONFORK keep memory from the child", () => {
    const [kept, wiped] = [memory(1), memory(1)];
    kept.store(0, 1);
    wiped.store(0, 2);
    madvise(kept, MADV.DONTFORK);
    madvise(wiped, MADV.WIPEONFORK);
    using child = fork();
    expect(thrown(() => child.run(() => kept.load(0)))).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR" });
    expect(child.run(() => wiped.load(0))).toBe(0);
    expect([kept.load(0), wiped.load(0)]).toEqual([1, 2]);
  });

  test("what a child maps, protects and unmaps changes nothing in its parent", () => {
    const m = memory(2);
    m.store(0, 1);
    using child = fork();
    const own = child.run(() => {
      mprotect(m, PROT.READ);
      return memory(1);
    });
    child.run(() => own.store(0, 9));
    m.store(0, 2);
    const refused = thrown(() => child.run(() => m.store(0, 3)));
    expect(refused).toBeInstanceOf(Signal);
    expect(refused).toMatchObject({ signal: "SIGSEGV", code: "SEGV_ACCERR", address: m.addr });
    expect(String(refused)).toMatch(/in child 1|in child \d+/);
    child.run(() => munmap(m));
    expect(m.load(0)).toBe(2);
    expect(thrown(() => child.run(() => m.load(0)))).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR" });
    expect(() => own.load(0)).toThrow(/was made in child \d+ and is mapped only there: use it inside the run\(\)/);
    expect(child.run(() => own.load(0))).toBe(9);
    expect(readMaps(child.pid).some(({ start }) => start === own.addr)).toBe(true);
  });

  test("a pager of the parent goes on serving it after a child has unmapped the memory", () => {
    const m = memory(2);
    pager(m, ({ index }) => new Uint8Array(PAGE_SIZE).fill(index + 1));
    using child = fork();
    child.run(() => munmap(m));
    expect(m.load(PAGE_SIZE)).toBe(2);
  });

  test("grandchildren see what their parent had, not what it did later", () => {
    const m = memory(1);
    m.store(0, 1);
    using child = fork();
    child.run(() => m.store(0, 2));
    using grandchild = child.run(() => fork());
    child.run(() => m.store(0, 3));
    expect([m.load(0), child.run(() => m.load(0)), grandchild.run(() => m.load(0))]).toEqual([1, 3, 2]);
  });
});

describe("memory of processes that are no relatives", () => {
  test("a file mapped shared by both: a store in one is a load in the other, at other addresses", () => {
    const fd = scratchFile(2);
    const m = mmap(null, 2 * PAGE_SIZE, RW, MAP.SHARED, fd);
    using other = startProcess();
    // A hole keeps the kernel from choosing the same address by chance.
    const theirs = other.run(() => mmap(m.addr + BigInt(64 * PAGE_SIZE), 2 * PAGE_SIZE, RW, MAP.SHARED, fd));
    expect(theirs.addr).not.toBe(m.addr);
    m.store(5, 77);
    expect(other.run(() => theirs.load(5))).toBe(77);
    other.run(() => theirs.store(PAGE_SIZE + 1, 78));
    expect(m.load(PAGE_SIZE + 1)).toBe(78);
    other.run(() => msync(theirs, MS.SYNC));
    close(fd);
  });

  test("a file mapped private by one: its stores stay its own", () => {
    const fd = scratchFile(1);
    const m = mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd);
    m.store(0, 5);
    using other = startProcess();
    const theirs = other.run(() => mmap(null, PAGE_SIZE, RW, MAP.PRIVATE, fd));
    other.run(() => theirs.store(0, 6));
    expect([m.load(0), other.run(() => theirs.load(0))]).toEqual([5, 6]);
    close(fd);
  });

  test("it opens a file by its path and maps that", () => {
    const fd = memfd_create("named", 0);
    ftruncate(fd, PAGE_SIZE);
    const m = mmap(null, PAGE_SIZE, RW, MAP.SHARED, fd);
    using other = startProcess();
    const theirs = other.run(() => mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, open(`/proc/self/fd/${String(fd)}`, 0)));
    m.store(0, 12);
    expect(other.run(() => theirs.load(0))).toBe(12);
    close(fd);
  });

  test("nothing of the notebook's memory is in it", () => {
    const m = memory(1);
    m.store(0, 1);
    using other = startProcess();
    expect(thrown(() => other.run(() => m.load(0)))).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR" });
    const paths = readMaps(other.pid).map(({ path }) => path);
    expect(paths.filter((path) => path === readlinkSync("/proc/self/exe") || path.includes(".so") || path === "[stack]")).toEqual([]);
  });
});

describe("the end of a child", () => {
  test("exit gives its status to waitpid, and lets go of its pages", () => {
    const m = memory(1);
    m.store(0, 1);
    const child = fork();
    const { pid } = child;
    expect(() => waitpid(child)).toThrow(/still runs.*exit\(\) or kill\(\)/);
    child.exit(7);
    expect(child.running).toBe(false);
    expect(() => child.run(() => 1)).toThrow(/has ended\. wait\(\) for it/);
    expect(waitpid(child)).toEqual({ status: 7, signal: null });
    expect(waitpid(child)).toEqual({ status: 7, signal: null });
    expect(readProcessEnd(pid)).toEqual({ exitStatus: undefined, signal: undefined });
    expect(() => child.exit()).toThrow(/has ended\. Fork another one/);
    // The page is the parent's alone now: the fault reuses it.
    expect(minorFaults(() => m.store(0, 2))).toEqual([1, 1]);
  });

  test("kill ends it with SIGKILL", () => {
    const child = fork();
    child.kill();
    expect(child.wait()).toEqual({ status: null, signal: "SIGKILL" });
  });

  test("one that is killed from outside gives a clear error, and can be waited for", () => {
    const m = memory(1);
    const child = fork();
    const { pid } = child;
    process.kill(pid, "SIGTERM");
    while (readProcessEnd(pid) === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    expect(() => child.run(() => m.store(0, 1))).toThrow(/ended from outside, by SIGTERM\. wait\(\) for it, and fork another one/);
    expect(child.wait()).toEqual({ status: null, signal: "SIGTERM" });
  });

  test("an interrupt, which is sent to all processes of the notebook, does not end it", () => {
    const m = memory(1);
    using child = fork();
    process.kill(child.pid, "SIGINT");
    child.run(() => m.store(0, 1));
    expect(child.run(() => m.load(0))).toBe(1);
  });

  test("children and theirs die with the notebook's process", () => {
    const { lines, signal } = runProgram("fork.program.ts");
    expect(signal).toBe("SIGKILL");
    const pids = lines.map(Number);
    expect(pids).toHaveLength(2);
    const running = () => pids.filter((pid) => readProcessEnd(pid) === undefined);
    for (let waits = 0; waits < 200 && running().length > 0; waits++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    expect(running()).toEqual([]);
  }, 20_000);

  test("a child whose parent has ended is init's", () => {
    const child = fork();
    const grandchild = child.run(() => fork());
    child.exit();
    child.wait();
    const m = grandchild.run(() => memory(1));
    grandchild.run(() => m.store(0, 1));
    grandchild.exit();
    expect(() => grandchild.wait()).toThrow(/has ended: init waits for its children/);
  });

  test("there is room for 8 at a time, those that end as orphans included, and for any number one after the other", () => {
    for (let i = 0; i < 20; i++) {
      using child = fork();
      child.run(() => undefined);
    }
    const child = fork();
    const orphan = child.run(() => fork());
    child.exit();
    child.wait();
    orphan.kill();
    const parent = fork();
    parent.run(() => fork()).exit();
    parent.exit();
    parent.wait();
    const children: Process[] = [];
    expect(() => {
      for (;;) children.push(fork());
    }).toThrow(/8 processes run already/);
    expect(children).toHaveLength(8);
  });

  test("lab.reset ends those that were forgotten", () => {
    const child = fork();
    const grandchild = child.run(() => fork());
    const pids = [child.pid, grandchild.pid];
    lab.reset();
    expect(pids.map((pid) => readProcessEnd(pid))).not.toContain(undefined);
    expect([child.running, grandchild.running]).toEqual([false, false]);
  });
});
