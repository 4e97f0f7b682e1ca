/**
 * Reads through old views after their memory changed, in ways the lab must have foreseen: where one still reached memory that
 * is not there, this process would die. Its arguments: the seed of the random part.
 */
import { FALLOC_FL, MADV, MAP, MFD, MREMAP, PROT } from "../../../kernel/src/abi/index.js";
import {
  PAGE_SIZE,
  close,
  fallocate,
  ftruncate,
  lab,
  madvise,
  memfd_create,
  mmap,
  mprotect,
  mremap,
  munmap,
  scratchFile,
  type Mapping,
} from "../../../kernel/src/lab/index.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const CYCLES = 2000;
const RUNS = 6;
const STEPS = 250;

/** An indexed loop, as V8 compiles it to bare loads once it is hot. */
function sum(view: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < view.length; i += 64) total += view[i] ?? 0;
  return total;
}

/** What takes memory away from under a view; each returns what is left to unmap, and nothing where the address may be another's by then. */
const TAKEN: readonly (readonly [string, (m: Mapping) => Mapping | null])[] = [
  ["munmap", (m) => (munmap(m), null)],
  ["mremap", (m) => mremap(m, m.length, m.length, MREMAP.MAYMOVE | MREMAP.FIXED, mmap(null, m.length, PROT.NONE, ANON))],
  ["mprotect", (m) => (mprotect(m, PROT.NONE), m)],
  ["MAP_FIXED", (m) => mmap(m, m.length, PROT.NONE, ANON | MAP.FIXED)],
];

/** Makes each loop hot on live views, then lets the memory go, and reads on. */
function cycles(): void {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const m = mmap(null, 2 * PAGE_SIZE, RW, ANON);
    const view = m.bytes();
    view[0] = 7;
    if (sum(view) !== 7) throw new Error("a live view does not show the memory");
    const [what, take] = TAKEN[cycle % TAKEN.length] ?? ["", () => m];
    const left = take(m);
    if (view.length !== 0 || sum(view) !== 0) throw new Error(`a view outlived ${what}`);
    view[0] = 9; // goes nowhere
    if (left !== null) munmap(left);
  }
}

/** A random number below `below`, from a generator that is the same everywhere (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const PROTS = [PROT.NONE, PROT.READ, RW, PROT.WRITE, PROT.READ | PROT.EXEC];
const ADVICE = [
  MADV.DONTNEED,
  MADV.FREE,
  MADV.REMOVE,
  MADV.GUARD_INSTALL,
  MADV.GUARD_REMOVE,
  MADV.COLD,
  MADV.PAGEOUT,
  MADV.WILLNEED,
  MADV.POPULATE_WRITE,
];

/** Calls of one seed, refused ones included; after each, every view made so far is read. */
function sequence(seed: number): { views: number; detached: number } {
  const random = generator(seed);
  const files = [memfd_create("views", MFD.CLOEXEC), scratchFile(4)];
  for (const fd of files) ftruncate(fd, 4 * PAGE_SIZE);
  const mappings: Mapping[] = [];
  const views: Uint8Array[] = [];
  const any = (): Mapping => mappings[random(mappings.length)] ?? mmap(null, PAGE_SIZE, RW, ANON);
  const fd = (): number => files[random(files.length)] ?? -1;
  const bytes = (pages: number): number => (1 + random(pages)) * PAGE_SIZE;
  const inside = (m: Mapping): bigint => m.addr + BigInt(random(m.pages) * PAGE_SIZE);
  const steps: readonly (() => void)[] = [
    () => void mappings.push(mmap(null, bytes(8), RW, ANON)),
    () => void mappings.push(mmap(null, bytes(8), RW, random(2) === 0 ? MAP.SHARED : MAP.PRIVATE, fd(), random(3) * PAGE_SIZE)),
    () => void mappings.push(mmap(inside(any()), bytes(3), PROTS[random(PROTS.length)] ?? RW, ANON | MAP.FIXED)),
    () => munmap(inside(any()), bytes(3)),
    () => mprotect(inside(any()), bytes(4), PROTS[random(PROTS.length)] ?? RW),
    () => void mappings.push(mremap(any(), bytes(10), MREMAP.MAYMOVE)),
    () => void mappings.push(mremap(inside(any()), bytes(3), bytes(3), MREMAP.MAYMOVE | MREMAP.FIXED, inside(any()))),
    () => void mappings.push(mremap(any(), PAGE_SIZE, PAGE_SIZE, MREMAP.MAYMOVE | MREMAP.DONTUNMAP)),
    () => madvise(inside(any()), bytes(3), ADVICE[random(ADVICE.length)] ?? MADV.NORMAL),
    () => ftruncate(fd(), random(7) * PAGE_SIZE + random(2)),
    () => fallocate(fd(), FALLOC_FL.PUNCH_HOLE | FALLOC_FL.KEEP_SIZE, random(4) * PAGE_SIZE, PAGE_SIZE),
    () => fallocate(fd(), FALLOC_FL.COLLAPSE_RANGE, random(3) * PAGE_SIZE, PAGE_SIZE),
    () => void views.push(any().bytes()),
    () => {
      const m = any();
      const from = random(m.pages) * PAGE_SIZE;
      views.push(m.bytes(from, PAGE_SIZE));
    },
  ];
  let read = 0;
  for (let step = 0; step < STEPS; step++) {
    try {
      // Views are wanted more often than the calls that take them back.
      (random(3) === 0 ? steps[steps.length - 1 - random(2)] : steps[random(steps.length)])?.();
    } catch (error) {
      if (!(error instanceof Error) || !["Errno", "RangeError", "ForeignMemory"].includes(error.name)) throw error;
    }
    for (const view of views) read += sum(view);
  }
  const detached = views.filter((view) => view.length === 0).length;
  lab.reset();
  for (const view of views) read += sum(view);
  if (views.some((view) => view.length > 0)) throw new Error("a view outlived the reset of the lab");
  files.forEach(close);
  return { views: views.length, detached: Number.isNaN(read) ? -1 : detached };
}

cycles();
process.stdout.write(`${JSON.stringify({ cycles: CYCLES })}\n`);
const first = Number(process.argv[2] ?? "1");
for (let seed = first; seed < first + RUNS; seed++) {
  process.stdout.write(`${JSON.stringify({ seed })}\n`);
  process.stdout.write(`${JSON.stringify(sequence(seed))}\n`);
}
process.stdout.write('{"done":true}\n');
