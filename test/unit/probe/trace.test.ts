/** The fault trace: every fault with its address, by each source this machine allows. */
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { Errno, madvise, mmap, munmap, readMaps, readPagemap } from "../../../kernel/src/linux/index.js";
import {
  FaultTracer,
  Program,
  faultTraceSources,
  runProgram,
  userfaultfdAbility,
  userfaultfdRefusal,
  type FaultTrace,
  type TouchStep,
  type TraceSourceName,
} from "../../../kernel/src/probe/index.js";

const RW = PROT.READ | PROT.WRITE;
const PAGE = BigInt(PAGE_SIZE);
const PAGES = 10_000;

let at = 0n;

beforeEach(() => {
  at = mmap(null, PAGES * PAGE_SIZE, RW, MAP.PRIVATE | MAP.ANONYMOUS, -1, 0);
  madvise(at, PAGES * PAGE_SIZE, MADV.NOHUGEPAGE);
});

afterEach(() => {
  munmap(at, PAGES * PAGE_SIZE);
});

function trace(tracer: FaultTracer, touch: Omit<TouchStep, "sampling">): FaultTrace {
  const sampled = { ...touch, sampling: tracer.sampling };
  const program = new Program();
  const begun = tracer.begin(program);
  const step = program.touch(sampled);
  const bracket = tracer.end(program, begun);
  const run = tracer.run(program, [sampled], () => runProgram(program));
  return tracer.read(run, bracket, [{ step, touch: sampled }]);
}

function withTracer<T>(only: TraceSourceName | undefined, use: (tracer: FaultTracer) => T): T {
  const tracer = new FaultTracer(only);
  try {
    return use(tracer);
  } finally {
    tracer.close();
  }
}

const best = withTracer(undefined, ({ source }) => source);

const perfReason = best.name === "perf events" ? "" : ` (needs perf_event_open: ${best.missing ?? ""})`;
const userfaults = withTracer("userfaultfd", ({ source }) => source);
const userfaultReason = userfaults.name === "userfaultfd" ? "" : ` (needs userfaultfd: ${userfaults.missing ?? ""})`;

const SOURCES: readonly (readonly [TraceSourceName, string])[] = [
  ["perf events", perfReason],
  ["userfaultfd", userfaultReason],
  ["counters around each touch", ""],
];

describe.each(SOURCES)("%s", (name, reason) => {
  const run = test.skipIf(reason !== "");

  run(
    `record 10 000 of 10 000 first stores, each with its address, in order of time${reason}`,
    () => {
      withTracer(name, (tracer) => {
        expect(tracer.source.name).toBe(name);
        expect(tracer.reserve(PAGES)).toBeGreaterThanOrEqual(PAGES);
        const { faults, lost, source } = trace(tracer, { access: "write", at, count: PAGES });
        expect(source.name).toBe(name);
        expect(lost).toBe(0);
        expect(faults).toHaveLength(PAGES);
        expect(faults.filter(({ address, kind }, i) => address !== at + BigInt(i) * PAGE || kind !== "minor")).toEqual([]);
        const overlapping = faults.filter(({ atNs, tookNs = 0 }, i) => i + 1 < PAGES && atNs + tookNs > (faults[i + 1]?.atNs ?? 0));
        expect(overlapping).toEqual([]);
        expect(faults.filter(({ tookNs }) => tookNs === undefined || tookNs <= 0)).toEqual([]);
      });
    },
    60_000,
  );

  run(`record nothing for pages that are there${reason}`, () => {
    withTracer(name, (tracer) => {
      trace(tracer, { access: "write", at, count: 100 });
      expect(trace(tracer, { access: "write", at, count: 100 }).faults).toEqual([]);
      expect(trace(tracer, { access: "read", at: at + 50n * PAGE, count: 100 }).faults.map(({ address }) => address)).toEqual(
        Array.from({ length: 50 }, (_, i) => at + BigInt(100 + i) * PAGE),
      );
    });
  });

  run(`leave out the access that ends in a signal${reason}`, () => {
    withTracer(name, (tracer) => {
      munmap(at + 5n * PAGE, PAGE_SIZE);
      expect(trace(tracer, { access: "write", at, count: 10 }).faults.map(({ address }) => address)).toEqual(
        [0n, 1n, 2n, 3n, 4n].map((page) => at + page * PAGE),
      );
    });
  });

  run(`follow touches within a page and downwards${reason}`, () => {
    withTracer(name, (tracer) => {
      expect(
        trace(tracer, { access: "write", at: at + 3n * PAGE + 8n, count: 4096, stride: -3 }).faults.map(({ address }) => address),
      ).toEqual(
        [at + 3n * PAGE + 8n, at + 2n * PAGE + 4094n + 1n, at + 1n * PAGE + 4094n, at + 4093n].map((address, i) =>
          i === 0 ? address : firstBelow(address),
        ),
      );
    });
  });

  /** The first touched address of the page that holds `near`: touches lie 3 apart, counted from the start. */
  function firstBelow(near: bigint): bigint {
    const start = at + 3n * PAGE + 8n;
    const top = near - (near % PAGE) + PAGE - 1n;
    return top - ((((top - start) % 3n) + 3n) % 3n);
  }
});

test.skipIf(perfReason !== "")(`faults that do not fit into the ring are counted as lost${perfReason}`, () => {
  withTracer("perf events", (tracer) => {
    const capacity = tracer.reserve(1);
    expect(capacity).toBeLessThan(PAGES);
    const { faults, lost } = trace(tracer, { access: "write", at, count: PAGES });
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length + lost).toBe(PAGES);
  });
});

test.skipIf(userfaultReason !== "")(`userfaultfd counts the faults that it does not see as lost${userfaultReason}`, () => {
  withTracer("userfaultfd", (tracer) => {
    expect(trace(tracer, { access: "read", at, count: 20 })).toMatchObject({ lost: 0 });
    // A store to the zero page copies it: a fault of a page that is there.
    const { faults, lost } = trace(tracer, { access: "write", at, count: 30 });
    expect(faults.map(({ address }) => address)).toEqual(Array.from({ length: 10 }, (_, i) => at + BigInt(20 + i) * PAGE));
    expect(lost).toBe(20);
  });
});

test.skipIf(userfaultReason !== "")(`what userfaultfd put there is what the kernel puts there${userfaultReason}`, () => {
  const state = () => readPagemap(at, 4).map(({ present, exclusive, file }) => ({ present, exclusive, file }));
  withTracer("counters around each touch", (tracer) => {
    trace(tracer, { access: "read", at, count: 2 });
    trace(tracer, { access: "write", at: at + 2n * PAGE, count: 2 });
  });
  const expected = state();
  madvise(at, 4 * PAGE_SIZE, MADV.DONTNEED);
  withTracer("userfaultfd", (tracer) => {
    trace(tracer, { access: "read", at, count: 2 });
    trace(tracer, { access: "write", at: at + 2n * PAGE, count: 2 });
  });
  expect(state()).toEqual(expected);
});

describe("what the machine allows", () => {
  test("each source says whether it can be had, and if not why and how", () => {
    const sources = faultTraceSources();
    expect(sources.map(({ name }) => name)).toEqual(["perf events", "counters around each touch", "userfaultfd"]);
    for (const { allowed, why, how, sees } of sources) {
      expect(sees).not.toBe("");
      expect(why).not.toBe("");
      expect(how === undefined).toBe(allowed === "yes");
    }
  });

  test("the first source that is allowed is the one in use", () => {
    expect(faultTraceSources().find(({ allowed }) => allowed !== "no")?.name).toBe(best.name);
  });

  test("a userfaultfd that can be had can be used", () => {
    const { allowed, features } = userfaultfdAbility();
    expect(userfaults.name).toBe(allowed === "no" ? "counters around each touch" : "userfaultfd");
    expect(features.length > 0).toBe(allowed !== "no");
  });

  test("asking leaves no descriptor open", () => {
    const before = readdirSync("/proc/self/fd").length;
    faultTraceSources();
    userfaultfdAbility();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });

  test.each(["ENOSYS", "EPERM", "EINVAL", "EMFILE"] as const)("a refusal with %s says what to do", (code) => {
    expect(userfaultfdRefusal(new Errno("userfaultfd", code, []))).toMatch(/allow|use a newer kernel|use another kernel|close some/);
  });
});

test("a source that is not the best says what is missing", () => {
  withTracer("counters around each touch", ({ source }) => expect(source.missing).toMatch(/perf events/));
});

test("a closed tracer leaves no mapping of its ring", () => {
  const rings = () => readMaps().filter(({ path }) => path.includes("perf_event")).length;
  const before = rings();
  withTracer(undefined, (tracer) => {
    tracer.reserve(PAGES);
    if (tracer.source.name === "perf events") expect(rings()).toBe(before + 1);
  });
  expect(rings()).toBe(before);
});
