/**
 * Calls every function of a cell with every bad value at every place, one after the other in this process. Before each call
 * its name is printed, so that the last line names the culprit of a crash; after it, how the call ended.
 */
import {
  MADV,
  MAP,
  MLOCK,
  MREMAP,
  MS,
  O,
  POSIX_FADV,
  PROT,
  RLIMIT,
  RUSAGE,
  SYNC_FILE_RANGE,
  F,
  F_SEAL,
} from "../../../kernel/src/abi/index.js";
import * as calls from "../../../kernel/src/lab/calls/index.js";
import * as files from "../../../kernel/src/lab/files.js";
import { PAGE_SIZE, explain, lab, observe, predict, type Mapping } from "../../../kernel/src/lab/index.js";

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const SHM_NAME = `/mmaplab-bad-input-${String(process.pid)}`;
const fd = files.scratchFile(2);
/** Far above any that is open. */
const CLOSED = 999_999;

/** A mapping whose pages are gone. */
function unmapped(): Mapping {
  const m = memory();
  calls.munmap(m);
  return m;
}

function memory(): Mapping {
  return calls.mmap(null, 2 * PAGE_SIZE, RW, ANON);
}

const BAD: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["true", () => true],
  ["0", () => 0],
  ["-1", () => -1],
  ["-4096n", () => -4096n],
  ["0.5", () => 0.5],
  ["NaN", () => NaN],
  ["Infinity", () => Infinity],
  ["2^53", () => 2 ** 53],
  ["2^53-1", () => Number.MAX_SAFE_INTEGER],
  ["2^63n", () => 1n << 63n],
  ["2^64n", () => 1n << 64n],
  ["2^64-4096n", () => (1n << 64n) - 4096n],
  ["a string of digits", () => "4096"],
  ["an empty string", () => ""],
  ["a string with NUL", () => "a\0b"],
  ["an object", () => ({})],
  ["an object without prototype", () => Object.create(null) as unknown],
  [
    "an object that throws",
    () => ({
      valueOf: () => {
        throw new Error("valueOf was asked");
      },
    }),
  ],
  ["an array", () => [1]],
  ["a function", () => () => 1],
  ["a symbol", () => Symbol("s")],
  ["a descriptor that is not open", () => CLOSED],
  ["an unmapped mapping", unmapped],
  ["a mapping of a prediction that is over", () => predict(memory).value],
  ["a mapping", memory],
];

/** Good arguments of each function; each place is then filled with each bad value. */
const GOOD: Readonly<Record<string, () => readonly unknown[]>> = {
  brk: () => [null],
  cachestat: () => [fd, 0, 0],
  close: () => [CLOSED],
  explain: () => [memory(), "read"],
  fallocate: () => [fd, 0, 0, PAGE_SIZE],
  fcntl: () => [fd, F.ADD_SEALS, F_SEAL.SHRINK],
  fdatasync: () => [fd],
  fsync: () => [fd],
  ftruncate: () => [fd, 2 * PAGE_SIZE],
  getrlimit: () => [RLIMIT.AS],
  getrusage: () => [RUSAGE.SELF],
  madvise: () => [memory(), PAGE_SIZE, MADV.DONTNEED],
  memfd_create: () => ["bad input", 0],
  mincore: () => [memory(), PAGE_SIZE],
  mlock: () => [memory(), PAGE_SIZE],
  mlock2: () => [memory(), PAGE_SIZE, MLOCK.ONFAULT],
  mlockall: () => [0],
  mmap: () => [null, PAGE_SIZE, RW, MAP.SHARED, fd, 0],
  mprotect: () => [memory(), PAGE_SIZE, PROT.READ],
  mremap: () => [memory(), PAGE_SIZE, 3 * PAGE_SIZE, MREMAP.MAYMOVE, null],
  mseal: () => [unmapped(), PAGE_SIZE],
  msync: () => [memory(), PAGE_SIZE, MS.ASYNC],
  munlock: () => [memory(), PAGE_SIZE],
  munlockall: () => [],
  munmap: () => [memory(), PAGE_SIZE],
  observe: () => ["title", () => 1],
  open: () => [".", O.RDONLY, 0],
  pidfd_open: () => [process.pid, 0],
  posix_fadvise: () => [fd, 0, 0, POSIX_FADV.DONTNEED],
  predict: () => [() => 1, "title"],
  process_madvise: () => [fd, [memory()], MADV.COLD, 0],
  scratchFile: () => [1],
  setrlimit: () => [RLIMIT.MEMLOCK, 65_536],
  shm_open: () => [SHM_NAME, O.RDWR, 0o600],
  shm_unlink: () => [SHM_NAME],
  swapoff: () => ["/nonexistent/swap", { allowSystemChanges: true }],
  swapon: () => ["/nonexistent/swap", 0, { allowSystemChanges: true }],
  sync_file_range: () => [fd, 0, 0, SYNC_FILE_RANGE.WRITE],
  // The methods of a mapping, with the mapping itself as the first argument.
  "Mapping.load": () => [memory(), 0],
  "Mapping.store": () => [memory(), 0, 1],
  "Mapping.touch": () => [memory(), { pages: 1, from: 0, every: 1, access: "write" }],
  "Mapping.bytes": () => [memory(), 0, PAGE_SIZE],
};

const METHODS: Readonly<Record<string, (mapping: Mapping, ...rest: never[]) => unknown>> = {
  "Mapping.load": (mapping, offset) => mapping.load(offset),
  "Mapping.store": (mapping, offset, value) => {
    mapping.store(offset, value);
  },
  "Mapping.touch": (mapping, options) => {
    mapping.touch(options);
  },
  "Mapping.bytes": (mapping, offset, length) => mapping.bytes(offset, length).length,
};

type AnyFunction = (...args: unknown[]) => unknown;

function functionsOf(module: object): [string, AnyFunction][] {
  return Object.entries(module).filter((entry): entry is [string, AnyFunction] => typeof entry[1] === "function");
}

const FUNCTIONS = new Map<string, AnyFunction>([
  ...functionsOf(calls),
  ...functionsOf(files),
  ...functionsOf({ explain, observe, predict }),
  ...functionsOf(METHODS),
]);
const OPENERS = new Set(["memfd_create", "open", "pidfd_open", "scratchFile", "shm_open"]);

/** One line for the parent. */
function tell(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function run(name: string, what: string, args: readonly unknown[]): void {
  tell({ calling: `${name}(${what})` });
  try {
    const result = FUNCTIONS.get(name)?.(...args);
    if (OPENERS.has(name) && typeof result === "number") files.close(result);
    tell({ call: `${name}(${what})`, returned: true });
  } catch (error) {
    const [kind, message] = error instanceof Error ? [error.name, error.message] : ["not an Error", String(error)];
    tell({ call: `${name}(${what})`, returned: false, kind, message });
  }
  lab.reset();
}

tell({ missing: [...FUNCTIONS.keys()].filter((name) => GOOD[name] === undefined) });
for (const [name, good] of Object.entries(GOOD)) {
  run(name, "good arguments", good());
  for (let place = 0; place < good().length; place++) {
    if (name.startsWith("Mapping.") && place === 0) {
      const rest = good().slice(1);
      run(name, "an unmapped mapping", [unmapped(), ...rest]);
      run(name, "a mapping of a prediction that is over", [predict(memory).value, ...rest]);
      continue;
    }
    for (const [what, value] of BAD) {
      const args = good();
      run(name, `argument ${String(place + 1)}: ${what}`, args.with(place, value()));
    }
  }
  const [first] = good();
  if (first !== undefined && good().length > 1) run(name, "the first argument only", [first]);
  run(name, "no arguments", name.startsWith("Mapping.") ? [memory()] : []);
}
// Twice the same.
const twice = memory();
calls.munmap(twice);
run("munmap", "the same mapping again", [twice]);
const file = files.scratchFile(1);
files.close(file);
run("close", "the same descriptor again", [file]);
try {
  calls.shm_unlink(SHM_NAME);
} catch {
  // it was never made
}
tell({ done: true });
