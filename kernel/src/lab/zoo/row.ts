/**
 * What the zoo is made of: rows of data. A row names a call and an error (or a signal, or what can be seen afterwards), says
 * when it comes and where that is written, and holds the smallest list of steps that leads to it.
 */
import type { ErrnoCode, SignalCode, SignalName } from "../../abi/index.js";
import type { SyscallName } from "../../linux/index.js";
import type { FileId, Operation } from "../../model/index.js";
import type { Need } from "./needs.js";

/** A file of a kind that operations do not open. */
export interface OpenSpecial {
  readonly op: "open special";
  readonly file: FileId;
  readonly kind: SpecialFile;
}

/** The kinds of {@link OpenSpecial}. */
export type SpecialFile =
  /** The directory /. */
  | "directory"
  /** Reading end of a pipe. */
  | "pipe"
  | "eventfd"
  /** A file of /proc. */
  | "proc"
  /** A regular file opened with O_PATH. */
  | "O_PATH"
  /** A regular file with the append-only attribute (chattr +a), opened for writing. */
  | "append-only"
  /** A regular file that somebody has locked with fcntl(2), wholly and for writing. */
  | "locked"
  /** A page of memory as a file, with a uprobe at its start: a breakpoint in every process that maps it executable. */
  | "with a uprobe";

/** An argument of a {@link SystemCall}: a word, a descriptor, or the address of bytes of the instrument's own. */
export type CallWord = bigint | number | { readonly fd: FileId } | { readonly bytes: Uint8Array };

/** A system call the vocabulary of operations does not have. */
export interface SystemCall {
  readonly op: "syscall";
  readonly call: SyscallName;
  readonly arguments: readonly CallWord[];
  /** As a person would write the call. */
  readonly text: string;
}

/** Single pages with a hole between each two, from `at` upwards, until the kernel makes no further VMA. */
export interface FillMaps {
  readonly op: "fill maps";
  readonly at: bigint;
}

/** The process gives up its capabilities where it has any. */
export interface BecomeUnprivileged {
  readonly op: "become unprivileged";
}

/** A new file on a tmpfs of the process's own, which nothing else sees and which ends with the process. */
export interface OpenOnOwnTmpfs {
  readonly op: "open on own tmpfs";
  readonly file: FileId;
  /** What fits on it, in pages. */
  readonly pages: number;
  /** The file's size in bytes; may be more than fits. */
  readonly size: number;
  readonly noexec?: true;
}

/** A change of the whole system, undone when the row has run. */
export interface SystemChange {
  readonly op: "system";
  readonly change: "file-max of 1" | "file in use as swap" | "loop device over a full disk";
  /** The file it makes, where it makes one. */
  readonly file?: FileId;
}

/** Something to look at that operations do not show. What it shows is text. */
export interface Look {
  readonly op: "look";
  readonly at: "mtime of" | "dirty bit of";
  /** For `mtime of`. */
  readonly file?: FileId;
  /** For `dirty bit of`: an address whose page is present. */
  readonly address?: bigint;
}

/** An operation that fails on purpose, for the sake of what it leaves behind. */
export interface ExpectedFailure {
  readonly op: "fails";
  readonly code: ErrnoCode;
  readonly of: Operation;
}

/** What a recipe consists of. */
export type Step =
  Operation | ExpectedFailure | OpenSpecial | SystemCall | FillMaps | BecomeUnprivileged | OpenOnOwnTmpfs | SystemChange | Look;

/** How the last step of a recipe ends. */
export type Expectation =
  | { readonly kind: "errno"; readonly code: ErrnoCode }
  | { readonly kind: "signal"; readonly signal: SignalName; readonly code: SignalCode }
  /** It succeeds. */
  | { readonly kind: "success" }
  /** It shows this; see words.ts for how what is seen is written. */
  | { readonly kind: "shows"; readonly text: string };

/** One row of the zoo. */
export interface ZooRow {
  /** The name of the call on its man page; "load", "store" and "fetch" are accesses by instructions. */
  readonly call: string;
  readonly expect: Expectation;
  /** When this comes, in a few words: completes "comes where ...". */
  readonly when: string;
  /** Where it is written: a man page, a kernel function, a test of others. */
  readonly source: string;
  /** The last one is judged. The arena is empty at the start. */
  readonly steps: readonly Step[];
  /** What the machine must have or allow. */
  readonly needs?: readonly Need[];
  /** The first kernel release that answers so. */
  readonly since?: string;
  /** The first kernel release that no longer answers so. */
  readonly until?: string;
  /** What it changes for the whole system while it runs; only with the user's explicit consent. */
  readonly changesSystem?: string;
  /** For what is written down somewhere but does not come (any more): why. `expect` is what comes instead. */
  readonly gone?: { readonly claim: ErrnoCode | SignalName; readonly why: string };
  /** Why the model is not asked, where it knows the steps but not the answer. */
  readonly notModelled?: string;
}
