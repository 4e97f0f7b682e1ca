/** process_madvise(2): advice about several ranges of a process, this one or another. */
import { address, byteCount, descriptor, int32, type Address, type Bytes } from "./arguments.js";
import { addressText, adviceText, argument, descriptorText } from "./decode.js";
import { checked, errnoOfResult } from "./errno.js";
import { afterMadvise } from "./invalidation.js";
import { rawSyscall } from "./libc.js";
import { scratch } from "./scratch.js";
import { syscallNumber } from "./syscall-numbers.js";

/** A range of addresses of the process that is advised. */
export interface AdvisedRange {
  /** Page-aligned. */
  readonly addr: Address;
  /** In bytes; rounded up to pages. */
  readonly length: Bytes;
}

const IOVEC_BYTES = 16;
/** `UIO_MAXIOV`: the kernel takes no more ranges at once. */
const MOST_RANGES = 1024;

/**
 * Advises the kernel about ranges of a process.
 * @param pidfd the process, from pidfd_open(2)
 * @param ranges up to 1024, in the order they are to be advised
 * @param advice a value of `MADV`; another process can be given COLD, PAGEOUT, WILLNEED and COLLAPSE only
 * @param flags 0
 * @returns how many bytes were advised: fewer than asked for where a range failed after others succeeded
 * @throws Errno EBADF, EINVAL, EPERM (no right to trace the process), ESRCH (it is gone), ENOMEM, ENOSYS before 5.10
 */
export function process_madvise(pidfd: number, ranges: readonly AdvisedRange[], advice: number, flags = 0): bigint {
  const file = descriptor("pidfd", pidfd);
  if (!Array.isArray(ranges)) throw new TypeError("vec must be an array of ranges { addr, length }");
  if (ranges.length > MOST_RANGES)
    throw new RangeError(`vec must hold at most ${String(MOST_RANGES)} ranges, not ${String(ranges.length)}`);
  const vector = ranges.map((range: AdvisedRange) => {
    if (typeof range !== "object" || range === null) throw new TypeError("vec must be an array of ranges { addr, length }");
    return { start: address("addr", range.addr), size: byteCount("length", range.length) };
  });
  const [value, bits] = [int32("advice", advice), int32("flags", flags)];
  const memory = scratch(Math.max(1, vector.length * IOVEC_BYTES));
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  vector.forEach(({ start, size }, i) => {
    view.setBigUint64(i * IOVEC_BYTES, start, true);
    view.setBigUint64(i * IOVEC_BYTES + 8, size, true);
  });
  const result = rawSyscall(syscallNumber("process_madvise"), [file, memory.address, vector.length, value, bits]);
  // The process may be this one.
  for (const { start, size } of vector) afterMadvise(start, size, value, errnoOfResult(result));
  return checked("process_madvise", result, () => [
    argument("pidfd", descriptorText(file)),
    argument("vec", `[${vector.map(({ start, size }) => `${addressText(start)} + ${String(size)}`).join(", ")}]`),
    argument("vlen", String(vector.length)),
    argument("advice", adviceText(value)),
    argument("flags", String(bits)),
  ]);
}
