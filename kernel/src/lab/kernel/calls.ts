/** Which system call an operation is, with which arguments. */
import { FALLOC_FL, POSIX_FADV, type ErrnoCode } from "../../abi/index.js";
import { F_ADD_SEALS, afterMadvise, afterMmap, afterMprotect, afterMremap, afterMunmap, type SyscallName } from "../../linux/index.js";
import type { FileTransfer, Operation } from "../../model/operation.js";
import type { FileTable } from "./files.js";
import type { AddStep } from "./measure.js";

/** A call made of registers only. */
export interface PlainCall {
  readonly name: SyscallName;
  readonly arguments: readonly (bigint | number)[];
}

const FADVISE_WHOLE_FILE = [0, 0] as const;

/**
 * The system call of an operation that needs no memory of its own.
 * @returns undefined for operations that are something else
 */
export function plainCall(operation: Operation, files: FileTable): PlainCall | undefined {
  switch (operation.op) {
    case "mmap": {
      const fd = operation.file === null ? -1 : files.fd(operation.file);
      return { name: "mmap", arguments: [operation.at, operation.length, operation.prot, operation.flags, fd, operation.offset] };
    }
    case "munmap":
    case "mlock":
    case "munlock":
      return { name: operation.op, arguments: [operation.at, operation.length] };
    case "mprotect":
      return { name: "mprotect", arguments: [operation.at, operation.length, operation.prot] };
    case "mremap":
      return { name: "mremap", arguments: [operation.at, operation.oldLength, operation.newLength, operation.flags, operation.to] };
    case "madvise":
      return { name: "madvise", arguments: [operation.at, operation.length, operation.advice] };
    case "msync":
    case "mlock2":
    case "mseal":
      return { name: operation.op, arguments: [operation.at, operation.length, operation.flags] };
    case "mlockall":
      return { name: "mlockall", arguments: [operation.flags] };
    case "munlockall":
      return { name: "munlockall", arguments: [] };
    case "close":
      return { name: "close", arguments: [files.release(operation.file)] };
    case "ftruncate":
      return { name: "ftruncate", arguments: [files.fd(operation.file), operation.size] };
    case "fsync":
      return { name: operation.dataOnly === true ? "fdatasync" : "fsync", arguments: [files.fd(operation.file)] };
    case "evict":
      return { name: "fadvise64", arguments: [files.fd(operation.file), ...FADVISE_WHOLE_FILE, POSIX_FADV.DONTNEED] };
    case "punch": {
      const mode = FALLOC_FL.PUNCH_HOLE | FALLOC_FL.KEEP_SIZE;
      return { name: "fallocate", arguments: [files.fd(operation.file), mode, operation.offset, operation.length] };
    }
    case "seal":
      return { name: "fcntl", arguments: [files.fd(operation.file), F_ADD_SEALS, operation.seals] };
    default:
      return undefined;
  }
}

const PWRITE_BYTE = 0x5a;

/** How pread(2) or pwrite(2) is added to a program, with a buffer of `length` bytes. */
export function transferStep({ op, length, offset, byte = PWRITE_BYTE }: FileTransfer, fd: number): AddStep {
  if (op === "pread") return (program, buffer) => program.syscall("pread64", [fd, buffer, length, offset]);
  return (program) => program.syscall("pwrite64", [fd, program.buffer(length, new Uint8Array(length).fill(byte)), length, offset]);
}

/** An address or length as a register holds it: modulo 2^64. */
export function word(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Takes back the views that a call made dangerous. */
export function detachAfter(operation: Operation, error: ErrnoCode | undefined): void {
  switch (operation.op) {
    case "mmap":
      afterMmap(word(operation.at), word(operation.length), operation.flags, error);
      break;
    case "munmap":
      afterMunmap(word(operation.at), word(operation.length), error);
      break;
    case "mprotect":
      afterMprotect(word(operation.at), word(operation.length), operation.prot, error);
      break;
    case "mremap": {
      const { at, oldLength, newLength, flags, to } = operation;
      afterMremap(word(at), word(oldLength), word(newLength), flags, word(to), error);
      break;
    }
    case "madvise":
      afterMadvise(word(operation.at), word(operation.length), operation.advice, error);
      break;
    default:
      break;
  }
}
