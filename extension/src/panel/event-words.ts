/** An operation and what came of it, in one line of the event list. */
import type { Operation, Outcome, TraceStep } from "mmaplab/model";
import { formatBytes, printable } from "mmaplab/views";
import { hex } from "./space-rows.js";

const RIGHTS = ["r", "w", "x"];
/** PROT_READ | PROT_WRITE | PROT_EXEC: these bits are the same on every architecture. */
const MOST_RIGHTS = 7;

/** `mmap(0x0, 16 KiB, rw-)`: the call with the arguments that matter most. */
export function operationWords(operation: Operation): string {
  const process = operation.process === undefined || operation.process === 0 ? "" : ` in process ${String(operation.process)}`;
  return `${operation.op}(${argumentsOf(operation).join(", ")})${process}`;
}

function argumentsOf(operation: Operation): string[] {
  switch (operation.op) {
    case "mmap": {
      const { at, length, prot, file } = operation;
      return [at === 0n ? "NULL" : hex(at), size(length), rights(prot), file === null ? "no file" : printable(file, 40)];
    }
    case "mprotect":
      return [hex(operation.at), size(operation.length), rights(operation.prot)];
    case "mremap":
      return [hex(operation.at), size(operation.oldLength), size(operation.newLength)];
    case "touch": {
      const { at, access, count = 1 } = operation;
      return [hex(at), access, ...(count > 1 ? [`${String(count)} times`] : [])];
    }
    case "madvise":
      return [hex(operation.at), size(operation.length), `advice ${String(operation.advice)}`];
    case "munmap":
    case "msync":
    case "mlock":
    case "mlock2":
    case "munlock":
    case "mseal":
    case "mincore":
    case "maps":
    case "resident":
      return [hex(operation.at), size(operation.length)];
    case "brk":
      return [hex(operation.to)];
    case "open":
      return [printable(operation.file, 40), formatBytes(operation.size)];
    case "ftruncate":
      return [printable(operation.file, 40), formatBytes(Math.max(0, operation.size))];
    case "pread":
    case "pwrite":
    case "punch":
      return [printable(operation.file, 40), formatBytes(Math.max(0, operation.length))];
    case "close":
    case "fsync":
    case "evict":
    case "seal":
      return [printable(operation.file, 40)];
    case "fork":
    case "wait":
      return [`process ${String(operation.child)}`];
    case "exit":
      return [operation.bySignal ?? String(operation.status ?? 0)];
    case "rlimit":
      return [`RLIMIT_${operation.which}`];
    case "advance":
      return [`${String(operation.seconds)} s`];
    case "kernel_copy":
      return [hex(operation.at), operation.direction];
    case "peek":
    case "vmflags":
      return [hex(operation.at)];
    case "mlockall":
    case "munlockall":
    case "dropcaps":
    case "status":
      return [];
  }
}

/** What came of a step: its value, errno or signal; empty where the kernel was not asked. */
export function outcomeOf({ operation, result }: TraceStep): string {
  return result === null ? "" : outcome(result.outcome, operation);
}

function outcome(ended: Outcome, { op }: Operation): string {
  switch (ended.kind) {
    case "errno":
      return ended.code;
    case "signal":
      return `${ended.signal} ${ended.code}`;
    case "value":
      return op === "mmap" || op === "mremap" || op === "brk" ? hex(ended.value) : "ok";
  }
}

function size(bytes: bigint): string {
  return formatBytes(Number(BigInt.asUintN(64, bytes)));
}

function rights(prot: number): string {
  if ((prot & MOST_RIGHTS) === 0) return "---";
  return RIGHTS.map((letter, bit) => ((prot & (1 << bit)) === 0 ? "-" : letter)).join("");
}
