/**
 * The report of a dying process, as bytes: what the handler of last-words.ts writes, and how it is read. It is read in another
 * process, so nothing here loads the binding.
 */
import { parseMapsLine, type MapsEntry } from "../linux/proc-maps.js";

/** The first bytes of a report: what is no report is not taken for one. */
export const REPORT_MAGIC = "mmaplab-crash-1\n";

const FIELDS = { signal: 16, code: 20, address: 24, instruction: 32, error: 40, trap: 48, pid: 56, tid: 60, bytes: 64 } as const;

/** Why and where a process died (sigaction(2), siginfo_t). */
export interface CrashReport {
  /** Signal number. */
  readonly signal: number;
  /** `si_code`; 0 and below where the signal was sent, not raised by an instruction. */
  readonly code: number;
  /** `si_addr` of a fault; for a signal that was sent the pid of the sender. */
  readonly address: bigint;
  /** Address of the instruction. */
  readonly instruction: bigint;
  /** The processor's error code, of use for a page fault; `Architecture` reads it. */
  readonly error: bigint;
  /** The processor's exception: on x86 14 is a page fault; on arm64 the class of the exception syndrome. */
  readonly trap: number;
  readonly pid: number;
  readonly tid: number;
  /** The VMAs at that moment, lowest first. */
  readonly vmas: readonly MapsEntry[];
}

/**
 * Reads a report.
 * @param bytes all that came over the descriptor; it may end anywhere, because the writer may have been killed
 * @returns undefined where it is no report or less than its head
 */
export function readCrashReport(bytes: Uint8Array): CrashReport | undefined {
  if (bytes.length < FIELDS.bytes || Buffer.from(bytes.subarray(0, FIELDS.signal)).toString("latin1") !== REPORT_MAGIC) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset, FIELDS.bytes);
  const lines = Buffer.from(bytes.subarray(FIELDS.bytes)).toString("latin1").split("\n");
  return {
    signal: head.getUint32(FIELDS.signal, true),
    code: head.getInt32(FIELDS.code, true),
    address: head.getBigUint64(FIELDS.address, true),
    instruction: head.getBigUint64(FIELDS.instruction, true),
    error: head.getBigUint64(FIELDS.error, true),
    trap: Number(head.getBigUint64(FIELDS.trap, true)),
    pid: head.getUint32(FIELDS.pid, true),
    tid: head.getUint32(FIELDS.tid, true),
    vmas: lines.map(parseMapsLine).filter((vma) => vma !== undefined),
  };
}
