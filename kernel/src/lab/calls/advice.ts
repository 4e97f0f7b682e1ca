/** Advice about memory: madvise(2), process_madvise(2), pidfd_open(2). */
import { readFileSync } from "node:fs";
import { MADV } from "../../abi/index.js";
import { adviceText, argument, pidfd_open as openProcess, process_madvise as adviseProcess, type AdvisedRange } from "../../linux/index.js";
import { address, byteCount, descriptor, int32 } from "../../linux/arguments.js";
import { rangeArguments, type AddressLike } from "../lab.js";
import { Mapping } from "../mapping.js";
import { theLab } from "../the-lab.js";
import { flagNumber, lengthOf, target } from "./arguments.js";
import { realLab } from "./real.js";

/**
 * Advises the kernel about a range, or has it act on the range: madvise(2).
 * @param addr a mapping, or an address at a page boundary followed by a length in bytes
 * @param advice a value of {@link MADV}
 * @throws Errno where the kernel refuses; pages before the one it refused have been advised
 */
export function madvise(addr: Mapping, advice: number): void;
export function madvise(addr: AddressLike, length: number | bigint, advice: number): void;
export function madvise(addr: AddressLike, second: number | bigint, third?: number): void {
  const lab = theLab();
  const range = target(lab, addr);
  const bytes = lengthOf("madvise", third === undefined ? undefined : second, range);
  const advice = int32("advice", third ?? flagNumber("advice", second));
  lab.call(range.world, { op: "madvise", at: range.at, length: bytes, advice }, () => [
    ...rangeArguments(range.at, bytes),
    argument("advice", adviceText(advice)),
  ]);
}

/**
 * Opens a descriptor that stands for a process: pidfd_open(2), since 5.3.
 * @param pid the number of the process; `process.pid` is this one
 * @param flags 0 unless told
 * @returns the descriptor; close it
 * @throws Errno where the kernel refuses
 */
export function pidfd_open(pid: number, flags = 0): number {
  const lab = realLab("pidfd_open");
  return lab.descriptors.own(openProcess(pid, flags));
}

/** A range for process_madvise: a mapping of this process, or an address and a length in bytes in the other one. */
export type AdvisedMemory = Mapping | AdvisedRange;

/**
 * Advises the kernel about ranges of a process, this one or another: process_madvise(2), since 5.10. The model does not
 * follow it; `lab.compare()` says so.
 * @param pidfd the process, from {@link pidfd_open}
 * @param ranges up to 1024, in order
 * @param advice a value of {@link MADV}; for another process COLD, PAGEOUT, WILLNEED or COLLAPSE
 * @param flags 0 unless told
 * @returns how many bytes were advised
 * @throws Errno where the kernel refuses
 */
export function process_madvise(pidfd: number, ranges: readonly AdvisedMemory[], advice: number, flags = 0): bigint {
  const lab = realLab("process_madvise");
  if (!Array.isArray(ranges)) throw new TypeError("process_madvise: give an array of mappings, or of ranges { addr, length }");
  const vector = ranges.map((range: AdvisedMemory) => (range instanceof Mapping ? { addr: range.addr, length: range.length } : range));
  const value = int32("advice", advice);
  if (processOf(descriptor("pidfd", pidfd)) === process.pid) {
    for (const range of vector) {
      if (typeof range !== "object" || range === null) throw new TypeError("process_madvise: a range is { addr, length }, or a mapping");
      const [at, length] = [address("addr", range.addr), byteCount("length", range.length)];
      lab.protectForeign("process_madvise", { op: "madvise", at, length, advice: value });
    }
  }
  const advised = adviseProcess(pidfd, vector, value, flags);
  if (value !== MADV.NORMAL) lab.unmodelled.note(`process_madvise ${adviceText(value)}`, "the model has no process_madvise");
  return advised;
}

/** The process a pidfd stands for, by /proc/self/fdinfo; undefined for another descriptor. */
function processOf(pidfd: number): number | undefined {
  try {
    const pid = /^Pid:\s*(-?\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${String(pidfd)}`, "utf8"))?.[1];
    return pid === undefined ? undefined : Number(pid);
  } catch {
    return undefined; // not open: the kernel says EBADF
  }
}
