/** An executor on the live kernel for each test, with a stretch of fresh anonymous memory at `at`. */
import { afterEach, beforeEach } from "vitest";
import { MADV, MAP, PAGE_SIZE, PROT } from "../../kernel/src/abi/index.js";
import { KernelExecutor } from "../../kernel/src/lab/kernel/index.js";
import type { InitialData, Operation } from "../../kernel/src/model/operation.js";
import type { Result } from "../../kernel/src/model/result.js";
import type { TraceSourceName } from "../../kernel/src/probe/index.js";

export const RW = PROT.READ | PROT.WRITE;
export const ANON = MAP.PRIVATE | MAP.ANONYMOUS;
export const PAGE = BigInt(PAGE_SIZE);
export const LENGTH = 512n * PAGE;

/** The executor of this test. */
export let kernel: KernelExecutor;
/** The address of the memory. */
export let at: bigint;

/** Runs an operation. */
export function run(operation: Operation): Result {
  return kernel.run(operation);
}

/** Runs an operation that must succeed. */
export function value(operation: Operation): bigint {
  const { outcome } = run(operation);
  if (outcome.kind !== "value")
    throw new Error(
      `${operation.op} ended in ${JSON.stringify(outcome, (_key, part: unknown) => (typeof part === "bigint" ? `0x${part.toString(16)}` : part))}`,
    );
  return outcome.value;
}

/** Maps a file from its start. */
export function mmapFile(file: string, pages: number, flags: number = MAP.SHARED, prot: number = RW): bigint {
  return value({ op: "mmap", at: 0n, length: BigInt(pages) * PAGE, prot, flags, file, offset: 0n });
}

/** Opens a new file F, filled with 0x5a. */
export function openFile(
  backing: "memfd" | "tmpfs" | "ext4",
  pages: number,
  data: InitialData,
  more: { sealable?: boolean; access?: "ro" | "wo" | "rw" } = {},
): void {
  value({ op: "open", file: "F", backing, access: "rw", size: pages * PAGE_SIZE, data, fill: 0x5a, ...more });
}

function fresh(): void {
  at = value({ op: "mmap", at: 0n, length: LENGTH, prot: RW, flags: ANON, file: null, offset: 0n });
  value({ op: "madvise", at, length: LENGTH, advice: MADV.NOHUGEPAGE });
}

function end(): void {
  value({ op: "munmap", at, length: LENGTH });
  kernel.close();
}

/** Goes on with another executor, which traces faults by the source named. */
export function traceBy(trace: TraceSourceName): void {
  end();
  kernel = new KernelExecutor({ trace });
  fresh();
}

/** Gives each test of the calling file an executor and memory of its own. */
export function useKernel(): void {
  beforeEach(() => {
    kernel = new KernelExecutor();
    fresh();
  });
  afterEach(end);
}
