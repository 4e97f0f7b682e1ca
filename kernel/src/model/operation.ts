/**
 * The one vocabulary of the lab: what can be done to an address space.
 *
 * An operation is plain data. The model runs it, the kernel runs it (as a probe program), and the pair runs it on both
 * and records the difference. Scenarios, fuzz cases, traces and checks are lists of operations with their
 * {@link Result}s.
 *
 * Addresses and lengths are `bigint`, taken modulo 2^64 as the system calls take them, so that hostile values can be
 * written down. Flags are the numbers of `abi`.
 */

/** Names an open file description. Two opens of one path have two names and never merge. */
export type FileId = string;

/** A process of the lab. The first one is {@link FIRST_PROCESS}; fork makes further ones. */
export type ProcessId = number;

/** The process an operation runs in unless it says otherwise. */
export const FIRST_PROCESS: ProcessId = 0;

/** How an instruction touches a byte. */
export type Access = "read" | "write" | "exec";

/**
 * What holds the pages of a file. `other` is a file system the model has no rules for: it is treated as ext4.
 * `unmappable` is what is no regular file and has no mmap operation, as a directory or a pipe.
 */
export type Backing = "memfd" | "tmpfs" | "ext4" | "other" | "unmappable";

/** What is in a file when it is opened. */
export type InitialData =
  /** ftruncate only: no page is cached, none is allocated. */
  | "hole"
  /** Written page by page: cached, dirty, order-0 folios. */
  | "data"
  /** As `data`, then fsync. */
  | "clean"
  /** As `clean`, then dropped from the page cache. */
  | "cold"
  /** Written by one large write: cached, dirty, large folios where the file system uses them. */
  | "bigdata";

/** Makes a file known under a name. Not a system call of its own: it stands for open, ftruncate and the writes that prepare the file. */
export interface Open {
  readonly op: "open";
  readonly file: FileId;
  readonly backing: Backing;
  /** O_RDONLY, O_WRONLY or O_RDWR. */
  readonly access: "ro" | "wo" | "rw";
  /** Size in bytes. */
  readonly size: number;
  readonly data: InitialData;
  /** The byte every position holds. 0 unless told. */
  readonly fill?: number;
  /** The bytes from the start of the file, where they are not all `fill`. */
  readonly content?: Uint8Array;
  /** Which pages are in the page cache, as half-open page ranges, where `data` does not say it well enough. */
  readonly cached?: readonly (readonly [start: number, end: number])[];
  /** The file this is a second open file description of. */
  readonly sameInodeAs?: FileId;
  /** Whether fcntl(F_ADD_SEALS) is allowed (memfd only). */
  readonly sealable?: boolean;
}

/** close(2) of the descriptor. Mappings keep the file alive. */
export interface Close {
  readonly op: "close";
  readonly file: FileId;
}

export interface Mmap {
  readonly op: "mmap";
  readonly at: bigint;
  readonly length: bigint;
  /** Bits of `PROT`. */
  readonly prot: number;
  /** Bits of `MAP`. */
  readonly flags: number;
  /** The file, or null for descriptor -1 (or one that is not open). */
  readonly file: FileId | null;
  /** Offset in the file, in bytes. */
  readonly offset: bigint;
}

export interface Munmap {
  readonly op: "munmap";
  readonly at: bigint;
  readonly length: bigint;
}

export interface Mprotect {
  readonly op: "mprotect";
  readonly at: bigint;
  readonly length: bigint;
  readonly prot: number;
}

export interface Mremap {
  readonly op: "mremap";
  readonly at: bigint;
  readonly oldLength: bigint;
  readonly newLength: bigint;
  /** Bits of `MREMAP`. */
  readonly flags: number;
  /** The new address for MREMAP_FIXED, or a hint for MREMAP_DONTUNMAP; 0 otherwise. */
  readonly to: bigint;
}

export interface Madvise {
  readonly op: "madvise";
  readonly at: bigint;
  readonly length: bigint;
  /** A value of `MADV`. */
  readonly advice: number;
}

export interface Msync {
  readonly op: "msync";
  readonly at: bigint;
  readonly length: bigint;
  /** Bits of `MS`. */
  readonly flags: number;
}

/** mlock(2), munlock(2). */
export interface Lock {
  readonly op: "mlock" | "munlock";
  readonly at: bigint;
  readonly length: bigint;
}

export interface Mlock2 {
  readonly op: "mlock2";
  readonly at: bigint;
  readonly length: bigint;
  /** Bits of `MLOCK`. */
  readonly flags: number;
}

export interface Mlockall {
  readonly op: "mlockall";
  /** Bits of `MCL`. */
  readonly flags: number;
}

export interface Munlockall {
  readonly op: "munlockall";
}

/** mseal(2): the range may not be unmapped, moved or given other rights any more. */
export interface Mseal {
  readonly op: "mseal";
  readonly at: bigint;
  readonly length: bigint;
  /** Reserved: 0. */
  readonly flags: number;
}

/** mincore(2). The result's `data` holds one byte a page, in bit 0. */
export interface Mincore {
  readonly op: "mincore";
  readonly at: bigint;
  readonly length: bigint;
}

/** brk at system-call level: `to` is the address asked for; the result is the break after the call. */
export interface Brk {
  readonly op: "brk";
  readonly to: bigint;
}

export interface Ftruncate {
  readonly op: "ftruncate";
  readonly file: FileId;
  /** New size in bytes. */
  readonly size: number;
}

/** pread(2) or pwrite(2) on the descriptor; pwrite stores `byte` (0x5a unless told) everywhere. */
export interface FileTransfer {
  readonly op: "pread" | "pwrite";
  readonly file: FileId;
  /** In bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  readonly byte?: number;
}

/** fsync(2), or posix_fadvise(POSIX_FADV_DONTNEED) over the whole file. */
export interface FileFlush {
  readonly op: "fsync" | "evict";
  readonly file: FileId;
  /** For fsync: fdatasync(2), which leaves out metadata that reading does not need. */
  readonly dataOnly?: boolean;
}

/** fallocate(2) with FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE. */
export interface Punch {
  readonly op: "punch";
  readonly file: FileId;
  readonly offset: number;
  readonly length: number;
}

/** fcntl(2) F_ADD_SEALS. */
export interface Seal {
  readonly op: "seal";
  readonly file: FileId;
  /** Bits of `F_SEAL`. */
  readonly seals: number;
}

/** setrlimit(2), soft and hard limit alike unless told. */
export interface SetRlimit {
  readonly op: "rlimit";
  readonly which: "AS" | "DATA" | "STACK" | "MEMLOCK";
  /** In bytes; or relative to what the process has mapped now. */
  readonly value: bigint | { readonly currentTotalVmPlusPages: number };
  /** The hard limit stays as it is, and is known to be high enough. */
  readonly softOnly?: boolean;
}

/** setresuid to nobody: the process loses its capabilities. */
export interface DropCaps {
  readonly op: "dropcaps";
}

/** fork(2). The result's value is the new process. */
export interface Fork {
  readonly op: "fork";
  /** The name of the child. */
  readonly child: ProcessId;
}

/** The end of `process`: by _exit(2), or by SIGKILL from another. */
export interface Exit {
  readonly op: "exit";
  /** 0 to 255; 0 unless told. */
  readonly status?: number;
  readonly bySignal?: "SIGKILL";
}

/** waitpid(2) for a child that has exited. */
export interface Wait {
  readonly op: "wait";
  readonly child: ProcessId;
}

/** `count` instructions, each touching one byte, `stride` bytes apart. Stops at the first signal. */
export interface Touch {
  readonly op: "touch";
  readonly at: bigint;
  readonly access: Access;
  /** How many bytes are touched; 1 unless told. */
  readonly count?: number;
  /** Distance between them in bytes; a page unless told. */
  readonly stride?: number;
  /** The byte a write stores; 0xc3 unless told. */
  readonly byte?: number;
}

/** The kernel copies one byte for the process: `to_user` as read(2) does, `from_user` as write(2) does. */
export interface KernelCopy {
  readonly op: "kernel_copy";
  readonly direction: "to_user" | "from_user";
  readonly at: bigint;
}

/** Reads bytes without counting faults: for looking at contents. The result's `data` holds them. */
export interface Peek {
  readonly op: "peek";
  readonly at: bigint;
  /** In bytes; 1 unless told. */
  readonly length?: number;
}

/** Lets time pass, in seconds, so that the flusher may write dirty pages back. On the kernel it waits. */
export interface Advance {
  readonly op: "advance";
  readonly seconds: number;
}

/** Looks at the VMAs in [at, at+length), as /proc/pid/maps lists them; VMAs are clipped to the range. */
export interface Maps {
  readonly op: "maps";
  readonly at: bigint;
  readonly length: bigint;
}

/** Looks at each page of the range, as /proc/pid/pagemap shows it. See {@link PageState}. */
export interface Resident {
  readonly op: "resident";
  readonly at: bigint;
  readonly length: bigint;
}

/** Looks at the VmFlags of the VMA at an address, as /proc/pid/smaps lists them. */
export interface VmFlags {
  readonly op: "vmflags";
  readonly at: bigint;
}

/** Looks at /proc/pid/status: VmLck. */
export interface Status {
  readonly op: "status";
}

type AnyOperation =
  | Open
  | Close
  | Mmap
  | Munmap
  | Mprotect
  | Mremap
  | Madvise
  | Msync
  | Lock
  | Mlock2
  | Mlockall
  | Munlockall
  | Mseal
  | Mincore
  | Brk
  | Ftruncate
  | FileTransfer
  | FileFlush
  | Punch
  | Seal
  | SetRlimit
  | DropCaps
  | Fork
  | Exit
  | Wait
  | Touch
  | KernelCopy
  | Peek
  | Advance
  | Maps
  | Resident
  | VmFlags
  | Status;

/** One thing done to an address space, and by which process (the first one unless told). */
export type Operation = AnyOperation & { readonly process?: ProcessId };

/** The name of an operation, e.g. "mmap". */
export type OperationName = Operation["op"];
