/**
 * The ways a page fault can go, by name. The fault path notes a number; the sentence is made only when somebody reads it,
 * because a program may take a million faults in one operation.
 */
import type { Access, SignalRule } from "./fault-types.js";
import type { FaultKind } from "./result.js";

/** What is known about one fault when its sentence is made. */
export interface FaultFacts {
  readonly access: Access;
  readonly kind: FaultKind;
  /** Two numbers whose meaning the rule defines. */
  readonly a: number;
  readonly b: number;
}

interface RuleText {
  readonly rule: string;
  readonly text: (facts: FaultFacts) => string;
}

const times = (pages: number): string => `${String(pages)} page${pages === 1 ? "" : "s"}`;

/** Numbers of the rules, for the fault path. */
export const RULE = Object.freeze({
  PERMITTED: 0,
  ANON_READ: 1,
  ANON_WRITE: 2,
  FAULT_AROUND: 3,
  FILE_CACHED: 4,
  FILE_READ: 5,
  SHMEM_ALLOCATED: 6,
  PRIVATE_COPY: 7,
  SHARED_WRITE: 8,
  SHARED_WRITE_PROTECTED: 9,
  COW_ZERO: 10,
  COW_SHARED: 11,
  COW_FILE: 12,
  COW_REUSE: 13,
  SWAP_IN: 14,
  HUGE_ZERO: 15,
  HUGE_ANON: 16,
  NO_VMA: 17,
  DENIED: 18,
  GUARD: 19,
  BEYOND_EOF: 20,
  NO_GROWTH: 21,
  NOT_CANONICAL: 22,
  BAD_CODE: 23,
  FOLIO: 24,
});

const BY_NUMBER: readonly RuleText[] = [
  { rule: "fault/none-pte-permits", text: ({ access }) => `The page-table entry is there and permits the ${access}: no fault.` },
  {
    rule: "fault/anon-read-zero-page",
    text: () => "No entry, private anonymous memory, a read: the shared zero page is mapped read-only.",
  },
  { rule: "fault/anon-write-new-page", text: () => "No entry, private anonymous memory, a write: a new page of zeros is mapped writable." },
  {
    rule: "fault/file-fault-around",
    text: ({ a, b }) =>
      `Page ${String(a)} of the object is in the page cache: it is mapped, and its cached neighbours in the 64 KiB window with it, ${times(b)} in all.`,
  },
  { rule: "fault/file-cached", text: ({ a }) => `Page ${String(a)} of the object is in the page cache and is mapped alone.` },
  {
    rule: "fault/file-read-from-disk",
    text: ({ a, b }) =>
      `Page ${String(a)} of the file is not in the page cache: it is read from disk, ${times(b)} with read-ahead. Waiting for the disk makes the fault major.`,
  },
  {
    rule: "fault/shmem-new-page",
    text: ({ a }) => `Page ${String(a)} of the object has never been allocated: a page of zeros is added to the object.`,
  },
  {
    rule: "fault/private-write-copies-file-page",
    text: ({ a, kind }) =>
      `A write to a private mapping: page ${String(a)} of the file${kind === "major" ? ", read from disk first," : ""} is copied, and the copy is mapped writable. The file does not change.`,
  },
  {
    rule: "fault/shared-write",
    text: ({ a, b, kind }) =>
      `A write to a shared mapping: page ${String(a)} of the object is mapped writable and marked dirty${b > 1 ? `, ${times(b)} with its folio` : ""}${kind === "major" ? "; waiting (for the disk, or in old kernels for the dirtying) makes the fault major" : ""}.`,
  },
  {
    rule: "fault/shared-write-protected",
    text: ({ a }) =>
      `The entry is read-only so that the first write is noticed: page ${String(a)} of the file is marked dirty and the entry becomes writable.`,
  },
  { rule: "fault/cow-from-zero-page", text: () => "A write to the zero page: a new page of zeros takes its place." },
  {
    rule: "fault/cow-copy",
    text: ({ a }) => `A write to a page that ${String(a)} page-table entries share since a fork: it is copied for this process.`,
  },
  {
    rule: "fault/cow-copy-file-page",
    text: ({ a }) =>
      `A write to a private mapping whose entry shows page ${String(a)} of the file: the page is copied. The file does not change.`,
  },
  {
    rule: "fault/cow-reuse",
    text: () => "A write to a read-only entry whose page nobody else uses any more: the entry becomes writable, nothing is copied.",
  },
  { rule: "fault/swap-in", text: () => "The page was swapped out and is read back." },
  {
    rule: "fault/huge-zero-page",
    text: () => "A read in a 2 MiB block that may be a huge page: the huge zero page is mapped, 512 pages at once.",
  },
  { rule: "fault/huge-page", text: () => "A write in a 2 MiB block that may be a huge page: one huge page is mapped, 512 pages at once." },
  { rule: "fault/no-vma", text: () => "No VMA contains the address: SIGSEGV with SEGV_MAPERR." },
  {
    rule: "fault/access-denied",
    text: ({ access }) => `The VMA does not permit a ${access}: SIGSEGV with SEGV_ACCERR. Whether the page is there does not matter.`,
  },
  { rule: "fault/guard", text: () => "The entry is a guard marker (MADV_GUARD_INSTALL): SIGSEGV with SEGV_MAPERR." },
  {
    rule: "fault/beyond-eof",
    text: ({ a, b }) => `Page ${String(a)} lies beyond the end of the object, which has ${times(b)}: SIGBUS with BUS_ADRERR.`,
  },
  {
    rule: "fault/stack-growth-refused",
    text: () => "The VMA above would have to grow down to the address and may not: SIGSEGV with SEGV_MAPERR.",
  },
  {
    rule: "fault/address-not-canonical",
    text: () => "No page table can describe the address: SIGSEGV, and the kernel does not know the address.",
  },
  {
    rule: "fault/executed-data",
    text: () =>
      "The bytes there are zeros, which the processor takes for an instruction that writes to a wild address: SIGSEGV with SEGV_MAPERR.",
  },
  {
    rule: "fault/file-folio",
    text: ({ a, b }) => `Page ${String(a)} of the file is in a large folio of the page cache, which is mapped as a whole, ${times(b)}.`,
  },
];

/** The stable name of a rule. */
export function ruleName(rule: number): string {
  return BY_NUMBER[rule]?.rule ?? "fault/unknown";
}

/** A rule's sentence about one fault. */
export function ruleText(rule: number, facts: FaultFacts): string {
  return BY_NUMBER[rule]?.text(facts) ?? "";
}

/** The signal a rule ends with, for the rules that do. */
export function signalOf(rule: number): SignalRule {
  switch (rule) {
    case RULE.DENIED:
      return { signal: "SIGSEGV", code: "SEGV_ACCERR" };
    case RULE.BEYOND_EOF:
      return { signal: "SIGBUS", code: "BUS_ADRERR" };
    case RULE.NOT_CANONICAL:
      return { signal: "SIGSEGV", code: "SI_KERNEL" };
    default:
      return { signal: "SIGSEGV", code: "SEGV_MAPERR" };
  }
}
