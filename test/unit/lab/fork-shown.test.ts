/** What is shown, compared, predicted and refused of child processes. */
import { afterEach, describe, expect, test } from "vitest";
import {
  MAP,
  PAGE_SIZE,
  PROT,
  RLIMIT,
  RUSAGE,
  explain,
  fork,
  getrusage,
  lab,
  mmap,
  munmap,
  observe,
  pager,
  predict,
  setrlimit,
  startProcess,
  waitpid,
  type Mapping,
  type Process,
} from "../../../kernel/src/lab/index.js";
import { readMaps } from "../../../kernel/src/linux/index.js";

const RW = PROT.READ | PROT.WRITE;
const PRIVATE = MAP.PRIVATE | MAP.ANONYMOUS;

function memory(pages: number): Mapping {
  return mmap(null, pages * PAGE_SIZE, RW, PRIVATE);
}

afterEach(() => {
  expect(lab.compare().unexplained).toEqual([]);
  lab.reset();
});

describe("what is shown", () => {
  test("observe counts the faults of both sides, and draws the mappings of both", () => {
    const m = memory(2);
    m.touch({ access: "write" });
    using child = fork();
    const seen = observe("both", () => {
      m.store(0, 1);
      child.run(() => m.touch({ access: "write" }));
    });
    expect([seen.kernel, seen.model]).toEqual([
      { minor: 3, major: 0 },
      { minor: 3, major: 0 },
    ]);
    const name = child.toString();
    const titles = seen.view.views.map(({ title }) => title);
    expect(titles).toEqual(["Mappings: both", "Page faults: both", `Mappings in ${name}: both`, `Page faults in ${name}: both`]);
    const counted = seen.view.views.flatMap((view) => (view.kind === "faults" ? [view.sources.map(({ minor }) => minor)] : []));
    expect(counted).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test("a fork inside observe shows the child from then on", () => {
    const m = memory(1);
    const seen = observe("forked", () => {
      using child = fork();
      child.run(() => m.store(0, 1));
    });
    expect(seen.view.views.map(({ kind }) => kind)).toEqual(["mappings", "mappings", "faults"]);
    expect(seen.events.map(({ operation }) => operation.op)).toEqual(["fork", "touch", "exit", "wait"]);
  });

  test("compare covers every process, and names it", () => {
    const m = memory(1);
    using child = fork();
    child.run(() => m.store(0, 1));
    const rows = lab.compare().rows.map(({ what }) => what);
    expect(rows.filter((what) => what.startsWith("bytes of resident pages") && what.endsWith(`in ${child.toString()}`))).toHaveLength(1);
    expect(rows.filter((what) => what.startsWith("bytes of resident pages") && !what.includes(" in child"))).toHaveLength(1);
  });

  test("explain tells of the process it is asked in", () => {
    const m = memory(1);
    m.store(0, 1);
    using child = fork();
    child.run(() => munmap(m));
    expect(child.run(() => explain(m)).vma).toBeNull();
    expect(explain(m).vma).not.toBeNull();
  });
});

test("lab.pageTable walks the page table of the process it is asked in", () => {
  const m = memory(1);
  m.store(0, 1);
  using child = fork();
  child.run(() => m.store(0, 2));
  const frame = (): number | null | undefined => lab.pageTable(m).view.entry?.frame;
  expect(child.run(frame)).not.toBe(frame());
  expect(child.run(() => lab.pageTable(m)).view.title).toContain(`in ${child.toString()}`);
});

describe("predict", () => {
  test("forks in the model alone", () => {
    const m = memory(1);
    m.store(0, 1);
    let predicted: Process | undefined;
    const seen = predict(() => {
      predicted = fork();
      predicted.run(() => m.store(0, 2));
      m.store(0, 3);
      const bytes = [m.load(0), predicted.run(() => m.load(0))];
      predicted.exit(4);
      return { bytes, end: predicted.wait() };
    });
    expect(seen.value).toEqual({ bytes: [3, 2], end: { status: 4, signal: null } });
    expect([seen.kernel, seen.model]).toEqual([null, { minor: 2, major: 0 }]);
    expect(m.load(0)).toBe(1);
    expect(() => predicted?.run(() => 1)).toThrow(/belonged to a prediction that is over/);
  });

  test("says what a live child would do, and leaves it as it is", () => {
    const m = memory(1);
    m.store(0, 1);
    using child = fork();
    const seen = predict(() => {
      child.run(() => m.store(0, 2));
      child.exit();
      child.wait();
    });
    expect([seen.error, seen.model.minor]).toEqual([null, 1]);
    expect(child.run(() => m.load(0))).toBe(1);
  });

  test("starts a process without memory", () => {
    const m = memory(1);
    const seen = predict(() => startProcess().run(() => m.load(0)));
    expect(seen.error).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR" });
  });
});

describe("bad input", () => {
  test("an async body, no function, no process, a status that is none", () => {
    const child = fork();
    expect(() => child.run(async () => Promise.reject(new Error("later")))).toThrow(/must not be async/);
    expect(() => child.run(Reflect.get({}, "body"))).toThrow(/give a function/);
    expect(() => waitpid(JSON.parse("12"))).toThrow(/give what fork\(\) returned, not/);
    expect(() => child.exit(256)).toThrow(/0 to 255/);
    expect(() => child.exit(-1)).toThrow(/status/);
    expect(() => child.exit(NaN)).toThrow(/status/);
    child.exit();
  });

  test("what acts on the notebook's own process is refused inside run", () => {
    const m = memory(1);
    using child = fork();
    const refused = /acts on the notebook's own process, not on child/;
    for (const call of [
      () => m.bytes(),
      () => getrusage(RUSAGE.SELF),
      () => setrlimit(RLIMIT.MEMLOCK, 0),
      () => lab.reset(),
      () => lab.index(),
      () => pager(m, () => new Uint8Array(PAGE_SIZE)),
    ])
      expect(() => child.run(call)).toThrow(refused);
    expect(m.bytes()).toHaveLength(PAGE_SIZE);
  });

  test("a failed call names the process, and memory that is not the lab's stays protected", () => {
    using child = fork();
    expect(() => child.run(() => mmap(null, 0, RW, PRIVATE))).toThrow(/EINVAL[^]*in child/);
    const foreign = readMaps(child.pid).find(({ path }) => path === "[stack]");
    expect(() => child.run(() => munmap(foreign?.start ?? 0n, PAGE_SIZE))).toThrow(/memory of the notebook's own process/);
  });
});
