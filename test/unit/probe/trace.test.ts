/** The fault trace: every fault with its address, by each source this machine allows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../../kernel/src/abi/index.js";
import { madvise, mmap, munmap, readMaps } from "../../../kernel/src/linux/index.js";
import {
  FaultTracer,
  Program,
  runProgram,
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
  return tracer.read(runProgram(program), bracket, [{ step, touch: sampled }]);
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

const SOURCES: readonly (readonly [TraceSourceName, boolean])[] = [
  ["perf events", best.name === "perf events"],
  ["counters around each touch", true],
];

describe.each(SOURCES)("%s", (name, available) => {
  const run = test.skipIf(!available);
  const reason = available ? "" : ` (needs perf_event_open: ${best.missing ?? ""})`;

  run(`record 10 000 of 10 000 first stores, each with its address, in order of time${reason}`, () => {
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
  });

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

test.skipIf(best.name !== "perf events")(
  `faults that do not fit into the ring are counted as lost (needs perf_event_open${best.name === "perf events" ? "" : `: ${best.missing ?? ""}`})`,
  () => {
    withTracer("perf events", (tracer) => {
      const capacity = tracer.reserve(1);
      expect(capacity).toBeLessThan(PAGES);
      const { faults, lost } = trace(tracer, { access: "write", at, count: PAGES });
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length + lost).toBe(PAGES);
    });
  },
);

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
