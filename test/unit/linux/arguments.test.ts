/** What no register can hold is refused before the kernel sees it. */
import { describe, expect, test } from "vitest";
import { MAP, MS, PROT } from "../../../kernel/src/abi/index.js";
import {
  brk,
  cachestat,
  close,
  ftruncate,
  getrlimit,
  getrusage,
  madvise,
  mincore,
  mlock,
  mmap,
  mprotect,
  mremap,
  mseal,
  msync,
  munmap,
  open,
  pidfd_open,
  process_madvise,
  queryMap,
  setrlimit,
  shm_open,
  swapon,
  sync_file_range,
} from "../../../kernel/src/linux/index.js";

/** A value of a wrong type, as an untyped caller would pass it. */
function wrong<T>(value: unknown): T {
  return value as T;
}

const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
const RW = PROT.READ | PROT.WRITE;

const ROWS: readonly (readonly [title: string, call: () => unknown, error: typeof TypeError | typeof RangeError, message: RegExp])[] = [
  ["mmap: length null", () => mmap(null, wrong(null), RW, ANON, -1, 0), TypeError, /^length must be .* not null/],
  ["mmap: length NaN", () => mmap(null, Number.NaN, RW, ANON, -1, 0), RangeError, /^length .* not NaN/],
  ["mmap: length infinite", () => mmap(null, Number.POSITIVE_INFINITY, RW, ANON, -1, 0), RangeError, /^length .* not Infinity/],
  ["mmap: length a fraction", () => mmap(null, 4096.5, RW, ANON, -1, 0), RangeError, /^length .* fraction 4096\.5/],
  ["mmap: length negative", () => mmap(null, -1, RW, ANON, -1, 0), RangeError, /^length .* negative -1/],
  [
    "mmap: length an inexact number",
    () => mmap(null, 2 ** 60, RW, ANON, -1, 0),
    RangeError,
    /too large for an exact number.*1152921504606846976n/,
  ],
  ["mmap: length over 64 bits", () => mmap(null, 1n << 64n, RW, ANON, -1, 0), RangeError, /does not fit into 64 bits/],
  ["mmap: length a string", () => mmap(null, wrong("4096"), RW, ANON, -1, 0), TypeError, /^length .* not "4096"/],
  ["mmap: length undefined", () => mmap(null, wrong(undefined), RW, ANON, -1, 0), TypeError, /not undefined/],
  ["mmap: address negative", () => mmap(-4096n, 4096, RW, ANON, -1, 0), RangeError, /^addr .* negative/],
  ["mmap: address an object", () => mmap(wrong({}), 4096, RW, ANON, -1, 0), TypeError, /^addr .* an object \(Object\)/],
  ["mmap: prot null", () => mmap(null, 4096, wrong(null), ANON, -1, 0), TypeError, /^prot/],
  ["mmap: prot over 32 bits", () => mmap(null, 4096, 2 ** 32, ANON, -1, 0), RangeError, /^prot .* 32 bits/],
  ["mmap: flags a bigint", () => mmap(null, 4096, RW, wrong(34n), -1, 0), TypeError, /^flags must be a number, not the bigint 34n/],
  ["mmap: descriptor a fraction", () => mmap(null, 4096, RW, MAP.SHARED, 1.5, 0), RangeError, /^fd/],
  ["mmap: descriptor over a C int", () => mmap(null, 4096, RW, MAP.SHARED, 2 ** 31, 0), RangeError, /^fd .* C int/],
  ["mmap: offset NaN", () => mmap(null, 4096, RW, ANON, -1, Number.NaN), RangeError, /^offset/],
  ["munmap: address null", () => munmap(null, 4096), TypeError, /^addr .* not null/],
  ["munmap: length negative", () => munmap(4096n, -4096), RangeError, /^length/],
  ["mprotect: address NaN", () => mprotect(Number.NaN, 4096, RW), RangeError, /^addr/],
  ["msync: flags a string", () => msync(4096n, 4096, wrong("MS_SYNC")), TypeError, /^flags .* not "MS_SYNC"/],
  ["mincore: length a fraction", () => mincore(4096n, 0.5), RangeError, /^length/],
  ["madvise: advice null", () => madvise(4096n, 4096, wrong(null)), TypeError, /^advice/],
  ["mremap: new size negative", () => mremap(4096n, 4096, -1, 0), RangeError, /^new_size/],
  ["mlock: address a symbol", () => mlock(wrong(Symbol("m")), 4096), TypeError, /^addr .* Symbol\(m\)/],
  ["open: path null", () => open(wrong(null), 0), TypeError, /^path/],
  ["open: path with NUL", () => open("a\0b", 0), RangeError, /NUL/],
  ["close: descriptor NaN", () => close(Number.NaN), RangeError, /^fd/],
  ["brk: address a fraction", () => brk(0.5), RangeError, /^addr/],
  ["cachestat: offset negative", () => cachestat(1, -1), RangeError, /^offset/],
  ["getrlimit: resource a string", () => getrlimit(wrong("AS")), TypeError, /^resource/],
  ["getrusage: who undefined", () => getrusage(wrong(undefined)), TypeError, /^who/],
  ["mseal: address null", () => mseal(null, 4096), TypeError, /^addr/],
  ["pidfd_open: pid a fraction", () => pidfd_open(1.5), RangeError, /^pid/],
  ["process_madvise: ranges no array", () => process_madvise(1, wrong("x"), 20), TypeError, /^vec must be an array/],
  ["process_madvise: a range of another shape", () => process_madvise(1, [wrong({ start: 0 })], 20), TypeError, /^addr .* not undefined/],
  [
    "process_madvise: 1025 ranges",
    () => process_madvise(1, new Array<{ addr: bigint; length: number }>(1025).fill({ addr: 0n, length: 1 }), 20),
    RangeError,
    /at most 1024 ranges, not 1025/,
  ],
  ["queryMap: address a string", () => queryMap(wrong("0")), TypeError, /^address/],
  ["setrlimit: soft limit negative", () => setrlimit(8, -1, 0), RangeError, /^rlim_cur/],
  ["shm_open: name with NUL", () => shm_open("/a\0b", 0), RangeError, /NUL/],
  ["swapon: path null", () => swapon(wrong(null)), TypeError, /^path/],
  ["sync_file_range: flags a bigint", () => sync_file_range(1, 0, 0, wrong(7n)), TypeError, /^flags/],
  ["ftruncate: length NaN", () => ftruncate(1, Number.NaN), RangeError, /^length/],
];

describe("an argument that no register can hold is refused before the kernel sees it", () => {
  test.each(ROWS)("%s", (_title, call, error, message) => {
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });
});

test("what a register can hold goes to the kernel, however odd it is", () => {
  expect(() => msync(0n, 0, -1)).toThrow(expect.objectContaining({ name: "Errno", code: "EINVAL" }));
  expect(() => munmap((1n << 64n) - 4096n, 4096)).toThrow(expect.objectContaining({ code: "EINVAL" }));
  expect(() => mmap(null, 4096, PROT.READ, MAP.SHARED, -7, 0)).toThrow(expect.objectContaining({ code: "EBADF" }));
  expect(() => msync(4096n, 4096, MS.SYNC)).toThrow(expect.objectContaining({ code: "ENOMEM" }));
});
