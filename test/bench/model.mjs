/**
 * How fast the model is and what it costs: touches, mapping and unmapping, look-ups in each of its indexes beside binary
 * search in a sorted array, and bytes.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { places } from "../../kernel/setup/places.mjs";
import { createProgress } from "../../kernel/setup/progress.mjs";
import { runSteps } from "../../kernel/setup/step.mjs";
import { kernelBuild } from "../../kernel/setup/steps/build.mjs";
import { npmPackages } from "../../kernel/setup/steps/npm-packages.mjs";
import { benchRecord, median } from "./record.mjs";

/** Times each figure is taken; the median counts. */
const ROUNDS = 5;
const PAGE = 4096n;
/** Where the bench maps things. */
const BASE = 0x6000_0000_0000n;
/** PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS. */
const RW = 3;
const FIXED_ANON = 0x32;

/** @type {readonly ("list" | "list+avl" | "rb" | "maple")[]} */
const INDEXES = ["list", "list+avl", "rb", "maple"];
const SIZES = [10, 1_000, 65_000];
/** How many nodes a search may look at, as a multiple of log2(VMAs + 1); null for the list, which is walked. */
const VISITS_BOUND = { list: null, "list+avl": 1.44, rb: 2, maple: 1 };

/**
 * @typedef {import("../../kernel/src/model/model.js").Model} Model
 * @typedef {import("../../kernel/src/model/vma-index.js").VmaIndex} VmaIndex
 * @typedef {import("./record.mjs").BenchRecord} BenchRecord
 */

/**
 * The built model.
 * @typedef {object} Parts
 * @property {typeof import("../../kernel/src/model/model.js").Model} Model
 * @property {typeof import("../../kernel/src/model/index-choice.js").newIndex} newIndex
 * @property {typeof import("../../kernel/src/model/vma.js").Vma} Vma
 */

/**
 * @param {(line: string) => void} report tells what is being measured
 * @returns {AsyncGenerator<BenchRecord>}
 */
export async function* benchModel(report) {
  const here = places();
  await runSteps([npmPackages(here), kernelBuild(here)], { places: here, progress: createProgress(process.stderr) });
  const parts = await builtModel();
  report("model: touches ...");
  yield* touches(parts);
  report("model: mapping and unmapping ...");
  yield mapAndUnmap(parts);
  report("model: look-ups ...");
  for (const count of SIZES) for (const kind of INDEXES) yield* lookUps(parts, kind, count);
  report("model: bytes ...");
  for (const kind of INDEXES) yield await bytesPerVma(parts, kind);
  yield* bytesPerPage(parts);
}

/** @returns {Promise<Parts>} */
async function builtModel() {
  const folder = new URL("../../kernel/dist/model/", import.meta.url);
  const { Model } = await import(new URL("model.js", folder).href);
  const { newIndex } = await import(new URL("index-choice.js", folder).href);
  const { Vma } = await import(new URL("vma.js", folder).href);
  return { Model, newIndex, Vma };
}

/**
 * @param {Model} model
 * @param {bigint} at
 * @param {number} pages
 */
function map(model, at, pages, prot = RW) {
  return model.run({ op: "mmap", at, length: BigInt(pages) * PAGE, prot, flags: FIXED_ANON, file: null, offset: 0n });
}

/**
 * @param {Model} model
 * @param {bigint} at
 * @param {number} pages
 */
function unmap(model, at, pages) {
  return model.run({ op: "munmap", at, length: BigInt(pages) * PAGE });
}

/** @param {() => void} work */
function secondsOf(work) {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

/** @param {() => number} figure */
function medianOf(figure) {
  figure();
  return median(Array.from({ length: ROUNDS }, figure));
}

/**
 * @param {Parts} parts
 * @returns {Generator<BenchRecord>}
 */
function* touches({ Model }) {
  const pages = 65_536;
  const passes = 16;
  for (const access of /** @type {const} */ (["read", "write"])) {
    const model = new Model();
    map(model, BASE, pages);
    model.run({ op: "touch", at: BASE, access, count: pages });
    const resident = medianOf(() => {
      const seconds = secondsOf(() => {
        for (let pass = 0; pass < passes; pass += 1) model.run({ op: "touch", at: BASE, access, count: pages });
      });
      return (pages * passes) / seconds;
    });
    const words = { words: "at least 5 million", isMet: (/** @type {number} */ value) => value >= 5e6 };
    yield benchRecord({ bench: "model", name: `${access} touches of resident pages`, unit: "touches/s", value: resident, target: words });
  }
  for (const access of /** @type {const} */ (["read", "write"])) {
    const model = new Model();
    const faulting = medianOf(() => {
      map(model, BASE, pages);
      const seconds = secondsOf(() => void model.run({ op: "touch", at: BASE, access, count: pages }));
      unmap(model, BASE, pages);
      return pages / seconds;
    });
    const words = { words: "at least 1 million", isMet: (/** @type {number} */ value) => value >= 1e6 };
    yield benchRecord({ bench: "model", name: `${access} touches that fault`, unit: "touches/s", value: faulting, target: words });
  }
}

/** @param {Parts} parts */
function mapAndUnmap({ Model }) {
  const model = new Model();
  // Among 1 000 others with which the new one cannot merge.
  for (let i = 0; i < 1_000; i += 1) map(model, BASE + BigInt(8 * i) * PAGE, 1, 1);
  const pairs = 20_000;
  const value = medianOf(() => {
    const seconds = secondsOf(() => {
      for (let i = 0; i < pairs; i += 1) {
        const at = BASE + BigInt(8 * (i % 1_000) + 2) * PAGE;
        map(model, at, 4);
        unmap(model, at, 4);
      }
    });
    return pairs / seconds;
  });
  return benchRecord({ bench: "model", name: "mmap and munmap of 4 pages among 1 000 VMAs", unit: "pairs/s", value });
}

/**
 * Time and nodes of one look-up, on random addresses; the peer searches the same addresses in the same round.
 * @param {Parts} parts
 * @param {typeof INDEXES[number]} kind
 * @param {number} count
 * @returns {Generator<BenchRecord>}
 */
function* lookUps({ newIndex, Vma }, kind, count) {
  const index = newIndex(kind, false);
  const starts = Float64Array.from({ length: count }, (_, i) => 2 * i);
  // The trees are filled in random order; the list from its end, where it takes no walk.
  const order = kind === "list" ? [...starts].reverse() : shuffled([...starts]);
  for (const start of order) index.insert(new Vma({ start, end: start + 1, flags: 0, pgoff: 0, file: null }));
  const searches = kind === "list" ? Math.max(200, Math.round(2e6 / count)) : 100_000;
  const next = numbers(count);
  const probes = Float64Array.from({ length: searches }, () => Math.floor(next() * 2 * count));
  const peerProbes = Float64Array.from({ length: 100_000 }, () => Math.floor(next() * 2 * count));
  /** @type {{ ours: number[], peer: number[] }} */
  const taken = { ours: [], peer: [] };
  let found = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const ours = secondsOf(() => {
      for (const probe of probes) found += index.find(probe) === null ? 0 : 1;
    });
    const peer = secondsOf(() => {
      for (const probe of peerProbes) found += binarySearch(starts, probe) < count ? 1 : 0;
    });
    // The first round is for the compiler.
    if (round === 0) continue;
    taken.ours.push((ours / probes.length) * 1e9);
    taken.peer.push((peer / peerProbes.length) * 1e9);
  }
  if (found === 0) throw new Error("the look-ups found nothing");
  const size = count.toLocaleString("en").replaceAll(",", " ");
  yield benchRecord({
    bench: "model",
    name: `look-up among ${size} VMAs, ${kind}`,
    unit: "ns",
    value: median(taken.ours),
    peer: "binary search in a sorted array",
    peerValue: median(taken.peer),
  });
  let visited = 0;
  for (const probe of probes) visited += index.path(probe).visited.length;
  const factor = VISITS_BOUND[kind];
  const bound = factor === null || count < 32 ? null : factor * Math.log2(count + 1);
  yield benchRecord({
    bench: "model",
    name: `nodes looked at among ${size} VMAs, ${kind}`,
    unit: "nodes",
    value: visited / probes.length,
    ...(bound === null
      ? {}
      : {
          target: { words: `at most ${factor} log2(n + 1) = ${bound.toFixed(1)}`, isMet: (/** @type {number} */ value) => value <= bound },
        }),
  });
}

/**
 * The first place whose VMA of one page ends above `page`.
 * @param {Float64Array} starts
 * @param {number} page
 */
function binarySearch(starts, page) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) + 1 > page) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * @param {Parts} parts
 * @param {typeof INDEXES[number]} kind
 */
async function bytesPerVma({ Model }, kind) {
  const count = 65_000;
  const value = await bytesOf(() => {
    const model = new Model({ index: kind });
    for (let i = count; i > 0; i -= 1) map(model, BASE + BigInt(2 * i) * PAGE, 1);
    return model;
  });
  return benchRecord({ bench: "model", name: `memory of a VMA, ${kind}`, unit: "bytes", value: value / count });
}

/**
 * @param {Parts} parts
 * @returns {AsyncGenerator<BenchRecord>}
 */
async function* bytesPerPage({ Model }) {
  const pages = 262_144;
  const cases = /** @type {const} */ ([
    ["a page that was read (zero page)", "read", 0],
    ["a page that was written, all zero", "write", 0],
    ["a page that was written, not zero", "write", 1],
  ]);
  for (const [name, access, byte] of cases) {
    const value = await bytesOf(() => {
      const model = new Model();
      map(model, BASE, pages);
      model.run({ op: "touch", at: BASE, access, count: pages, byte });
      return model;
    });
    yield benchRecord({ bench: "model", name: `memory of ${name}`, unit: "bytes", value: value / pages });
  }
}

/**
 * Bytes that what `make` makes keeps in use.
 * @param {() => unknown} make
 */
async function bytesOf(make) {
  // Once for the compiler, whose code is not the model's.
  make();
  const before = await bytesInUse();
  const kept = [make()];
  const bytes = (await bytesInUse()) - before;
  kept.pop();
  return bytes;
}

/** Bytes in use after collection. Buffers are given back some time after the objects that held them, hence the pauses. */
async function bytesInUse() {
  setFlagsFromString("--expose-gc");
  /** @type {() => void} */
  const collect = runInNewContext("gc");
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * The same numbers in [0, 1) every time.
 * @param {number} seed
 */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * @template T
 * @param {T[]} values
 */
function shuffled(values) {
  const next = numbers(1);
  return values
    .map((value) => ({ value, at: next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}
