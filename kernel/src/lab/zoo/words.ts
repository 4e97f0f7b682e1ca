/** Steps, outcomes and what was seen, in words. */
import { MAP, O, PAGE_SIZE } from "../../abi/index.js";
import {
  addressText,
  adviceText,
  mapFlagsText,
  mlock2FlagsText,
  mlockallFlagsText,
  mremapFlagsText,
  msyncFlagsText,
  openFlagsText,
  protText,
  sealsText,
} from "../../linux/index.js";
import type { Observation, Operation, Outcome, Result, VmaRecord } from "../../model/index.js";
import { ARENA } from "./recipes.js";
import type { Expectation, Step, ZooRow } from "./row.js";

const PAGE = BigInt(PAGE_SIZE);

/** What is expected, as {@link outcomeText} and {@link seenText} write what comes. */
export function expectationText(expect: Expectation): string {
  switch (expect.kind) {
    case "errno":
      return expect.code;
    case "signal":
      return `${expect.signal} ${expect.code}`;
    case "success":
      return "success";
    case "shows":
      return expect.text;
  }
}

/** How a call ended: the error, the signal with its code, or `success`. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "errno":
      return outcome.code;
    case "signal":
      return `${outcome.signal} ${outcome.code}`;
    case "value":
      return "success";
  }
}

/** A result as it is judged: what was seen where that is asked for and the call succeeded, else how the call ended. */
export function resultText(result: Result, expect: Expectation): string {
  if (expect.kind !== "shows" || result.outcome.kind !== "value") return outcomeText(result.outcome);
  return result.seen === undefined ? "nothing seen" : seenText(result.seen);
}

/** What was seen, on one line: VMAs as `[first,end) rights`, pages as their letters, bytes as numbers. */
export function seenText(seen: Observation): string {
  switch (seen.kind) {
    case "maps":
      return seen.vmas.length === 0 ? "no VMAs" : seen.vmas.map(vmaText).join(" ");
    case "resident":
      return foldedPages(seen.pages);
    case "mincore":
      return seen.pages.join("");
    case "bytes":
      return [...seen.bytes].join(" ");
    case "vmflags":
      return seen.flags.join(" ");
    case "status":
      return `VmLck ${String(seen.vmLckKb)} kB`;
  }
}

function vmaText({ start, end, perms }: VmaRecord): string {
  return `[${String((start - ARENA) / PAGE)},${String((end - ARENA) / PAGE)}) ${perms}`;
}

/** How often a page is mapped elsewhere is not a row's business. */
function foldedPages(letters: string): string {
  return letters.replaceAll("F", "f").replaceAll("A", "a");
}

/** The name of a row: `mmap EINVAL: the length is 0`. */
export function rowName(row: ZooRow): string {
  const claim = row.gone === undefined ? "" : `no ${row.gone.claim}, `;
  return `${row.call} ${claim}${expectationText(row.expect)}: ${row.when}`;
}

function lengthText(length: bigint): string {
  const bytes = BigInt.asUintN(64, length);
  return bytes > 0xffff_ffffn ? addressText(bytes) : String(bytes);
}

function rangeText({ at, length }: { readonly at: bigint; readonly length: bigint }): string {
  return `${addressText(at)}, ${lengthText(length)}`;
}

const OPEN_ACCESS = { ro: O.RDONLY, wo: O.WRONLY, rw: O.RDWR } as const;

/** A step as a person would write the call. */
export function stepText(step: Step): string {
  switch (step.op) {
    case "open special":
      return `open ${step.kind === "O_PATH" ? "a file with O_PATH" : step.kind} as ${step.file}`;
    case "open on own tmpfs":
      return `open ${step.file} on a tmpfs of ${String(step.pages)} pages${step.noexec ? ", mounted noexec" : ""}`;
    case "fails":
      return `${operationText(step.of)}, which fails with ${step.code}`;
    case "syscall":
      return step.text;
    case "fill maps":
      return "map pages until vm.max_map_count is reached";
    case "become unprivileged":
      return "give up all capabilities";
    case "system":
      return step.change;
    case "look":
      return `look at the ${step.at} ${step.file ?? addressText(step.address ?? 0n)}`;
    default:
      return operationText(step);
  }
}

function operationText(op: Operation): string {
  switch (op.op) {
    case "mmap": {
      const fd = op.file ?? "-1";
      const offset = (op.flags & MAP.ANONYMOUS) === 0 ? lengthText(op.offset) : "0";
      return `mmap(${op.at === 0n ? "NULL" : addressText(op.at)}, ${lengthText(op.length)}, ${protText(op.prot)}, ${mapFlagsText(op.flags)}, ${fd}, ${offset})`;
    }
    case "munmap":
    case "mlock":
    case "munlock":
    case "mincore":
      return `${op.op}(${rangeText(op)})`;
    case "mseal":
      return `mseal(${rangeText(op)}, ${String(op.flags)})`;
    case "mprotect":
      return `mprotect(${rangeText(op)}, ${protText(op.prot)})`;
    case "mremap": {
      const target = op.to === 0n ? "" : `, ${addressText(op.to)}`;
      return `mremap(${addressText(op.at)}, ${lengthText(op.oldLength)}, ${lengthText(op.newLength)}, ${mremapFlagsText(op.flags)}${target})`;
    }
    case "madvise":
      return `madvise(${rangeText(op)}, ${adviceText(op.advice)})`;
    case "msync":
      return `msync(${rangeText(op)}, ${msyncFlagsText(op.flags)})`;
    case "mlock2":
      return `mlock2(${rangeText(op)}, ${mlock2FlagsText(op.flags)})`;
    case "mlockall":
      return `mlockall(${mlockallFlagsText(op.flags)})`;
    case "touch": {
      const access = { read: "load", write: "store", exec: "fetch" }[op.access];
      return `${access} at ${addressText(op.at)}${(op.count ?? 1) > 1 ? ` and ${String((op.count ?? 1) - 1)} pages more` : ""}`;
    }
    case "open":
      return `${op.file} = open(${op.backing}, ${openFlagsText(OPEN_ACCESS[op.access])}), ${String(op.size)} bytes`;
    case "rlimit":
      return `setrlimit(RLIMIT_${op.which}, ${typeof op.value === "bigint" ? String(op.value) : "what is mapped"})`;
    case "seal":
      return `fcntl(${op.file}, F_ADD_SEALS, ${sealsText(op.seals)})`;
    case "ftruncate":
      return `ftruncate(${op.file}, ${String(op.size)})`;
    case "pread":
    case "pwrite":
      return `${op.op}(${op.file}, ${String(op.length)} bytes, ${String(op.offset)})`;
    case "maps":
      return "read /proc/self/maps";
    case "resident":
      return "read /proc/self/pagemap";
    case "status":
      return "read /proc/self/status";
    case "vmflags":
      return "read /proc/self/smaps";
    case "peek":
      return `read memory at ${addressText(op.at)}`;
    default:
      return op.op;
  }
}
