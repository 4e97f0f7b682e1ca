/** An operation as the call it stands for, with the names of its flags: `mmap(NULL, 16384, PROT_READ|PROT_WRITE, ...)`. */
import { F_SEAL, MADV, MAP, MCL, MLOCK, MREMAP, MS, PROT } from "../../abi/index.js";
import { FIRST_PROCESS, type Operation, type SetRlimit } from "../operation.js";
import { hexOf } from "./codec.js";

/** MAP_SHARED and MAP_PRIVATE are no flags but values of these bits. */
const MAP_TYPE = 0xf;
const MAP_TYPES: Readonly<Record<number, string>> = { 1: "MAP_SHARED", 2: "MAP_PRIVATE", 3: "MAP_SHARED_VALIDATE", 8: "MAP_DROPPABLE" };
const NO_FLAGS: ReadonlySet<string> = new Set([
  "FAILED",
  "TYPE",
  "DROPPABLE",
  "SHARED",
  "PRIVATE",
  "SHARED_VALIDATE",
  "HUGE_SHIFT",
  "HUGE_MASK",
  "HUGE_2MB",
  "HUGE_1GB",
]);
const MAP_FLAGS = Object.fromEntries(Object.entries(MAP).filter(([name]) => !NO_FLAGS.has(name)));

/** The operation in one line. Names of files are in it as they are, for whoever shows it to make printable. */
export function callText(operation: Operation): string {
  const who = operation.process ?? FIRST_PROCESS;
  const text = `${nameOf(operation)}(${argumentsOf(operation).join(", ")})`;
  return who === FIRST_PROCESS ? text : `process ${String(who)}: ${text}`;
}

function nameOf(operation: Operation): string {
  switch (operation.op) {
    case "touch":
      return operation.access === "exec" ? "execute" : operation.access;
    case "fsync":
      return operation.dataOnly === true ? "fdatasync" : "fsync";
    case "punch":
      return "fallocate";
    case "seal":
      return "fcntl";
    case "evict":
      return "posix_fadvise";
    case "rlimit":
      return "setrlimit";
    case "wait":
      return "waitpid";
    default:
      return operation.op;
  }
}

function argumentsOf(operation: Operation): string[] {
  switch (operation.op) {
    case "open":
      return [
        operation.file,
        operation.backing,
        operation.access,
        `${String(operation.size)} bytes`,
        operation.sameInodeAs === undefined ? operation.data : `same file as ${operation.sameInodeAs}`,
      ];
    case "close":
    case "fsync":
      return [operation.file];
    case "evict":
      return [operation.file, "POSIX_FADV_DONTNEED"];
    case "mmap": {
      const { at, length, prot, flags, file, offset } = operation;
      return [address(at), String(length), names(prot, PROT, "PROT_"), mapFlags(flags), file ?? "-1", String(offset)];
    }
    case "mprotect":
      return [address(operation.at), String(operation.length), names(operation.prot, PROT, "PROT_")];
    case "mremap": {
      const { at, oldLength, newLength, flags, to } = operation;
      const target = (flags & (MREMAP.FIXED | MREMAP.DONTUNMAP)) === 0 ? [] : [address(to)];
      return [address(at), String(oldLength), String(newLength), names(flags, MREMAP, "MREMAP_"), ...target];
    }
    case "madvise":
      return [address(operation.at), String(operation.length), valueName(operation.advice, MADV, "MADV_")];
    case "msync":
      return [address(operation.at), String(operation.length), names(operation.flags, MS, "MS_")];
    case "mlock2":
      return [address(operation.at), String(operation.length), names(operation.flags, MLOCK, "MLOCK_")];
    case "mseal":
      return [address(operation.at), String(operation.length), String(operation.flags)];
    case "munmap":
    case "mlock":
    case "munlock":
    case "mincore":
    case "maps":
    case "resident":
      return [address(operation.at), String(operation.length)];
    case "mlockall":
      return [names(operation.flags, MCL, "MCL_")];
    case "brk":
      return [address(operation.to)];
    case "ftruncate":
      return [operation.file, String(operation.size)];
    case "pread":
    case "pwrite":
      return [operation.file, `${String(operation.length)} bytes`, `at ${String(operation.offset)}`];
    case "punch":
      return [operation.file, "FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE", String(operation.offset), String(operation.length)];
    case "seal":
      return [operation.file, "F_ADD_SEALS", names(operation.seals, F_SEAL, "F_SEAL_")];
    case "rlimit":
      return [`RLIMIT_${operation.which}`, limit(operation.value)];
    case "fork":
    case "wait":
      return [`process ${String(operation.child)}`];
    case "exit":
      return [operation.bySignal ?? String(operation.status ?? 0)];
    case "touch": {
      const { at, count = 1, stride } = operation;
      return [
        address(at),
        ...(count === 1 ? [] : [`${String(count)} times, ${stride === undefined ? "a page" : `${String(stride)} bytes`} apart`]),
      ];
    }
    case "kernel_copy":
      return [operation.direction === "to_user" ? "to" : "from", address(operation.at)];
    case "peek":
      return [address(operation.at), String(operation.length ?? 1)];
    case "vmflags":
      return [address(operation.at)];
    case "advance":
      return [`${String(operation.seconds)} s`];
    case "munlockall":
    case "dropcaps":
    case "status":
      return [];
  }
}

function address(at: bigint): string {
  return at === 0n ? "NULL" : hexOf(at);
}

function limit(value: SetRlimit["value"]): string {
  return typeof value === "bigint" ? String(value) : `what is mapped and ${String(value.currentTotalVmPlusPages)} pages more`;
}

function mapFlags(flags: number): string {
  const type = MAP_TYPES[flags & MAP_TYPE];
  const rest = flags & ~MAP_TYPE;
  const words = [type ?? String(flags & MAP_TYPE), ...(rest === 0 ? [] : [names(rest, MAP_FLAGS, "MAP_")])];
  return words.join("|");
}

/** The names of the bits that are set, and what has no name as a number. */
function names(bits: number, all: Readonly<Record<string, number | bigint>>, prefix: string): string {
  const found: string[] = [];
  let rest = bits;
  for (const [name, value] of Object.entries(all)) {
    const bit = Number(value);
    if (bit === 0 || (rest & bit) !== bit) continue;
    found.push(prefix + name);
    rest &= ~bit;
  }
  if (rest !== 0) found.push(`0x${(rest >>> 0).toString(16)}`);
  if (found.length > 0) return found.join("|");
  const zero = Object.entries(all).find(([, value]) => Number(value) === 0);
  return zero === undefined ? "0" : prefix + zero[0];
}

function valueName(value: number, all: Readonly<Record<string, number>>, prefix: string): string {
  const found = Object.entries(all).find(([, one]) => one === value);
  return found === undefined ? String(value) : prefix + found[0];
}
