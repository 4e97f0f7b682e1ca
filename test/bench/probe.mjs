/**
 * What the probe costs: calls and faults beside those of a C program, a single call beside one through ffi-rs alone, and what
 * the fault trace adds. All is measured alternately, and medians are taken, since other work on the machine hits both sides.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { places } from "../../kernel/setup/places.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { kernelBuild } from "../../kernel/setup/steps/build.mjs";
import { npmPackages } from "../../kernel/setup/steps/npm-packages.mjs";
import { startPeer } from "./probe/peer.mjs";
import { recoverAmongTraps } from "./probe/recoveries.mjs";
import { benchRecord, median } from "./record.mjs";

const ROUNDS = 41;
const PAIRS = 2000;
/** As many as one trace is asked to record. */
const FAULTS = 10_000;
const CALLS = 1000;
const RECOVERIES = 1_000_000;
const PAGE_BYTES = 4096;
const READ_WRITE = 3;
const PRIVATE_ANONYMOUS = 0x22;
const MADV_NOHUGEPAGE = 15;

/** @typedef {import("./record.mjs").BenchRecord} BenchRecord */
/** @typedef {typeof import("../../kernel/src/probe/index.js")} Probe */
/** @typedef {typeof import("../../kernel/src/linux/index.js")} Linux */

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<BenchRecord>}
 */
export async function* benchProbe(report) {
  const here = places();
  await runSteps([npmPackages(here), kernelBuild(here)], { places: here, progress: createProgress(process.stderr) });
  /** @type {Probe} */
  const probe = await import(new URL("../../kernel/dist/probe/index.js", import.meta.url).href);
  /** @type {Linux} */
  const linux = await import(new URL("../../kernel/dist/linux/index.js", import.meta.url).href);
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-bench-"));
  const peer = startPeer(folder, report);
  try {
    report("probe: beside a C program ...");
    yield* besideC(probe, peer);
  } finally {
    await peer?.end();
    rmSync(folder, { recursive: true });
  }
  report("probe: single calls ...");
  yield* singleCalls(probe, linux);
  report("probe: the fault trace ...");
  yield* faultTrace(probe);
  report("probe: recoveries ...");
  const { recovered, bad, traps, nsEach } = await recoverAmongTraps(probe, linux, RECOVERIES);
  yield benchRecord({
    bench: "probe",
    name: `bad of ${String(recovered)} recoveries, beside ${String(traps)} WebAssembly traps`,
    unit: "recoveries",
    value: bad,
    target: { words: "0", isMet: (value) => value === 0 && recovered === RECOVERIES && traps > 0 },
  });
  yield benchRecord({ bench: "probe", name: "one recovery", unit: "us", value: nsEach / 1000 });
}

/**
 * @param {Probe} probe
 * @param {import("./probe/peer.mjs").Peer | null} peer
 * @returns {AsyncGenerator<BenchRecord>}
 */
async function* besideC(probe, peer) {
  const program = pairsProgram(probe);
  const [pairs, pairsInC, faults, faultsInC] = [numbers(), numbers(), numbers(), numbers()];
  for (let round = 0; round < ROUNDS; round++) {
    const run = probe.runProgram(program);
    pairs.push(probe.ticksToNs(run.after(2 * PAIRS - 1) - run.before(0)) / PAIRS);
    if (peer !== null) pairsInC.push(await peer.ask("pairs", PAIRS));
    faults.push(touchFreshPages(probe, FAULTS, null).nsEach);
    if (peer !== null) faultsInC.push(await peer.ask("faults", FAULTS));
  }
  const atMost = (/** @type {number} */ most) => ({
    words: `<= ${String(most)}x C`,
    isMet: (/** @type {number} */ _value, /** @type {number | null} */ ratio) => ratio !== null && ratio <= most,
  });
  /** @type {(values: readonly number[], most: number) => object} */
  const beside = (values, most) => (peer === null ? {} : { peer: "a C program", peerValue: median(values) / 1000, target: atMost(most) });
  yield benchRecord({
    bench: "probe",
    name: "mmap and munmap of a page",
    unit: "us",
    value: median(pairs) / 1000,
    ...beside(pairsInC, 1.1),
  });
  yield benchRecord({
    bench: "probe",
    name: "store with a fault, its record included",
    unit: "us",
    value: median(faults) / 1000,
    ...beside(faultsInC, 1.25),
  });
}

/** @returns {number[]} */
function numbers() {
  return [];
}

/** @param {Probe} probe */
function pairsProgram({ Program }) {
  const program = new Program();
  for (let i = 0; i < PAIRS; i++) {
    program.syscall("mmap", [0, PAGE_BYTES, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0], { keepsResult: true });
    program.syscall("munmap", [0, PAGE_BYTES], { addsTo: [0] });
  }
  return program;
}

/**
 * Stores to fresh pages, each with a fault.
 * @param {Probe} probe
 * @param {number} pages
 * @param {import("../../kernel/src/probe/trace/tracer.js").FaultTracer | null} tracer records each fault; null for no trace
 * @returns {{ nsEach: number, recorded: number }} `recorded`: faults whose addresses the trace has, each at its place
 */
function touchFreshPages({ Program, runProgram, ticksToNs }, pages, tracer) {
  const bytes = pages * PAGE_BYTES;
  const make = new Program();
  const mapped = make.syscall("mmap", [0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0], { keepsResult: true });
  make.syscall("madvise", [0, bytes, MADV_NOHUGEPAGE], { addsTo: [0] });
  const at = runProgram(make).result(mapped);
  const program = new Program();
  const touch = /** @type {const} */ ({ access: "write", at, count: pages, sampling: "times" });
  const begun = tracer?.begin(program);
  const step = program.touch(touch);
  const bracket = begun === undefined ? undefined : tracer?.end(program, begun);
  program.syscall("munmap", [at, bytes]);
  const run = runProgram(program);
  const nsEach = ticksToNs(run.after(step) - run.before(step)) / pages;
  if (tracer === null || bracket === undefined) return { nsEach, recorded: 0 };
  const { faults } = tracer.read(run, bracket, [{ step, touch }]);
  return { nsEach, recorded: faults.filter(({ address }, i) => address === at + BigInt(i * PAGE_BYTES)).length };
}

/**
 * @param {Probe} probe
 * @param {Linux} linux
 * @returns {Generator<BenchRecord>}
 */
function* singleCalls({ Program, runProgram }, { mapOwnMemory, rawSyscall, syscallNumber }) {
  const { address } = mapOwnMemory(PAGE_BYTES);
  const bare = bareMprotect();
  const number = syscallNumber("mprotect");
  const ways = {
    bare: () => bare([address, BigInt(PAGE_BYTES), READ_WRITE]),
    raw: () => rawSyscall(number, [address, PAGE_BYTES, READ_WRITE]),
    program: () => {
      const program = new Program();
      program.syscall("mprotect", [address, PAGE_BYTES, READ_WRITE]);
      runProgram(program);
    },
  };
  const [bareNs, rawNs, programNs] = [numbers(), numbers(), numbers()];
  for (let round = 0; round < ROUNDS; round++) {
    bareNs.push(nsOf(ways.bare));
    rawNs.push(nsOf(ways.raw));
    programNs.push(nsOf(ways.program));
  }
  rawSyscall(syscallNumber("munmap"), [address, PAGE_BYTES]);
  const beside = {
    peer: "the same call by ffi-rs alone",
    peerValue: median(bareNs) / 1000,
    target: {
      words: "<= 1.5x",
      isMet: (/** @type {number} */ _value, /** @type {number | null} */ ratio) => ratio !== null && ratio <= 1.5,
    },
  };
  yield benchRecord({ bench: "probe", name: "a single call", unit: "us", value: median(rawNs) / 1000, ...beside });
  yield benchRecord({ bench: "probe", name: "a program of a single call", unit: "us", value: median(programNs) / 1000, ...beside });
}

/** @param {() => void} call @returns {number} nanoseconds of one */
function nsOf(call) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) call();
  return Number(process.hrtime.bigint() - start) / CALLS;
}

/** mprotect(2) by ffi-rs and nothing else. @returns {(values: readonly unknown[]) => unknown} */
function bareMprotect() {
  /** @type {typeof import("ffi-rs")} */
  const { DataType, define, open } = createRequire(new URL("../../kernel/package.json", import.meta.url))("ffi-rs");
  open({ library: "bench-libc", path: "" });
  const paramsType = [DataType.BigInt, DataType.BigInt, DataType.I32];
  const functions = define({ mprotect: { library: "bench-libc", retType: DataType.I32, paramsType } });
  return /** @type {any} */ (functions).mprotect;
}

/**
 * @param {Probe} probe
 * @returns {Generator<BenchRecord>}
 */
function* faultTrace(probe) {
  const tracer = new probe.FaultTracer("perf events");
  const { name, missing } = tracer.source;
  tracer.reserve(FAULTS);
  const [plain, traced] = [numbers(), numbers()];
  let fewest = FAULTS;
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(touchFreshPages(probe, FAULTS, null).nsEach);
    const { nsEach, recorded } = touchFreshPages(probe, FAULTS, tracer);
    traced.push(nsEach);
    fewest = Math.min(fewest, recorded);
  }
  tracer.close();
  const source = name === "perf events" ? name : `${name}, since ${missing ?? "perf events are not there"}`;
  yield benchRecord({
    bench: "probe",
    name: `faults of ${String(FAULTS)} with their addresses, the worst of ${String(ROUNDS)} runs (${source})`,
    unit: "faults",
    value: fewest,
    target: { words: "all", isMet: (value) => value === FAULTS },
  });
  const added = traced.map((ns, round) => ns - (plain[round] ?? 0));
  yield benchRecord({
    bench: "probe",
    name: "what the trace adds to a fault",
    unit: "us",
    value: median(added) / 1000,
    target: { words: "<= 1 us", isMet: (value) => value <= 1 },
  });
}
