/** mmap(2): `ksys_mmap_pgoff`, `do_mmap` (mm/mmap.c) and `mmap_region` (mm/vma.c), with their checks in order. */
import { F_SEAL, MAP, PROT } from "../abi/index.js";
import { choosePlace } from "./address-choice.js";
import { addressOf, asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { Inode, OpenFile } from "./file.js";
import { checkCommit, checkExpand, checkLockedGrowth, checkMayLock, isAccountable } from "./limits.js";
import { mergeNewRange, type Piece } from "./merge.js";
import { cutAtEnds, unmapRange } from "./munmap.js";
import type { Mmap } from "./operation.js";
import { populate } from "./populate.js";
import { refuse } from "./reason.js";
import { Vma, VM, VM_LOCK_BITS } from "./vma.js";

/** Flags that MAP_SHARED_VALIDATE knows (`LEGACY_MAP_MASK`, and the size of a huge page). MAP_FIXED_NOREPLACE is younger and not among them. */
const VALIDATED_FLAGS =
  MAP.TYPE |
  MAP.FIXED |
  MAP.ANONYMOUS |
  MAP["32BIT"] |
  MAP.GROWSDOWN |
  MAP.DENYWRITE |
  MAP.EXECUTABLE |
  MAP.LOCKED |
  MAP.NORESERVE |
  MAP.POPULATE |
  MAP.NONBLOCK |
  MAP.STACK |
  MAP.HUGETLB;
const UNVALIDATED_FLAGS = ~VALIDATED_FLAGS & ((1 << MAP.HUGE_SHIFT) - 1);

/** The largest offset of a regular file that may be mapped (`MAX_LFS_FILESIZE`), whatever its file system can hold. */
const LARGEST_FILE = (1n << 63n) - 1n;

/** Where the new mapping lies, in pages. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The system call: the address of the mapping. */
export function mmap(call: Call, op: Mmap): bigint {
  const { mm, machine } = call;
  const flags = (op.flags & MAP.FIXED_NOREPLACE) !== 0 ? op.flags | MAP.FIXED : op.flags;
  const offset = asUnsignedLong(op.offset);
  if (!isPageAligned(offset)) refuse("EINVAL", "mmap/offset-unaligned", `The offset ${String(offset)} is not a multiple of the page size.`);
  const file = fileOf(call, op);
  if ((flags & MAP.HUGETLB) !== 0)
    refuse(
      file === null ? "ENOMEM" : "EINVAL",
      "mmap/hugetlb",
      file === null ? "No huge pages are reserved (vm.nr_hugepages is 0)." : "The file is not on hugetlbfs.",
    );
  if (asUnsignedLong(op.length) === 0n) refuse("EINVAL", "mmap/empty", "The length is 0.");
  const length = pageAlign(op.length);
  if (length === 0n) refuse("ENOMEM", "mmap/too-long", "The length overflows when it is rounded up to pages.");
  if (mm.index.size > machine.settings.maxMapCount)
    refuse("ENOMEM", "limit/map-count", `The process has more VMAs than vm.max_map_count (${String(machine.settings.maxMapCount)}).`);
  const range = placeOf(call, op, flags, length, file);
  if ((op.flags & MAP.FIXED_NOREPLACE) !== 0 && mm.firstIn(range.start, range.end) !== null) {
    refuse(
      "EEXIST",
      "mmap/exists",
      `Something is mapped in ${hexRange(range.start, range.end)}, and MAP_FIXED_NOREPLACE does not replace it.`,
    );
  }
  if ((flags & MAP.LOCKED) !== 0) checkMayLock(call);
  const wanted = vmFlags(call, op.prot, flags);
  checkLockedGrowth(call, wanted, range.end - range.start);
  const vmaFlags = file === null ? anonymousFlags(call, flags, wanted) : fileFlags(op.prot, flags, wanted, file, offset, length);
  mapRegion(call, range, vmaFlags, file, file === null ? null : pageOf(offset));
  const populates = (flags & (MAP.POPULATE | MAP.NONBLOCK)) === MAP.POPULATE;
  // Whatever cannot be faulted in, the mapping itself has succeeded.
  if ((wanted & VM.LOCKED) !== 0 || populates) populate(call, range.start, range.end);
  return addressOf(range.start);
}

function fileOf(call: Call, op: Mmap): OpenFile | null {
  if ((op.flags & MAP.ANONYMOUS) !== 0) return null;
  const file = op.file === null ? undefined : call.machine.files.get(op.file);
  if (file === undefined)
    refuse(
      "EBADF",
      "mmap/bad-descriptor",
      op.file === null ? "The descriptor is not open, and MAP_ANONYMOUS is not set." : `"${op.file}" is not open.`,
    );
  return file;
}

/** The range the mapping will have. */
function placeOf(call: Call, op: Mmap, flags: number, length: bigint, file: OpenFile | null): Range {
  const { settings } = call.machine;
  const taskSize = BigInt(settings.taskPages) << 12n;
  if (length > taskSize) refuse("ENOMEM", "mmap/longer-than-address-space", "The length exceeds the address space of a process.");
  const pages = pageOf(length);
  const at = asUnsignedLong(op.at);
  if ((flags & MAP.FIXED) !== 0) {
    if (at > taskSize - length) refuse("ENOMEM", "mmap/beyond-user-space", "The range leaves the address space of a process.");
    if (!isPageAligned(at)) refuse("EINVAL", "mmap/unaligned", "MAP_FIXED needs an address at the start of a page.");
    const start = pageOf(at);
    if (start < settings.minPage && !call.process.privileged) {
      refuse(
        "EPERM",
        "mmap/below-min-addr",
        `Addresses below vm.mmap_min_addr (${String(addressOf(settings.minPage))}) need CAP_SYS_RAWIO.`,
      );
    }
    return { start, end: start + pages };
  }
  const hint = at === 0n || at >= 1n << 47n ? 0 : Math.max(pageOf(at), settings.minPage);
  const shared = (flags & MAP.TYPE) !== MAP.PRIVATE;
  const start = choosePlace(call, {
    hint,
    pages,
    file,
    pgoff: file === null ? 0 : pageOf(asUnsignedLong(op.offset)),
    isPrivateAnonymous: file === null && !shared,
    low: (flags & MAP["32BIT"]) !== 0,
  });
  return { start, end: start + pages };
}

/** The flags that rights and MAP flags ask for, before file or type have their say. */
function vmFlags(call: Call, prot: number, flags: number): number {
  let vm = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC | call.mm.defaultFlags;
  if ((prot & PROT.READ) !== 0) vm |= VM.READ;
  if ((prot & PROT.WRITE) !== 0) vm |= VM.WRITE;
  if ((prot & PROT.EXEC) !== 0) vm |= VM.EXEC;
  if ((flags & MAP.GROWSDOWN) !== 0) vm |= VM.GROWSDOWN;
  if ((flags & MAP.LOCKED) !== 0) vm |= VM.LOCKED;
  if ((flags & MAP.NORESERVE) !== 0 && call.machine.settings.overcommit !== 2) vm |= VM.NORESERVE;
  if ((flags & MAP.SYNC) !== 0) vm |= VM.SYNC;
  if ((flags & MAP.STACK) !== 0 && call.machine.profile.stackIsNoHugePage) vm |= VM.NOHUGEPAGE;
  return vm;
}

/** Checks and flags of a file mapping. */
function fileFlags(prot: number, flags: number, wanted: number, file: OpenFile, offset: bigint, length: bigint): number {
  const { inode } = file;
  if (offset + length > LARGEST_FILE)
    refuse("EOVERFLOW", "mmap/beyond-largest-offset", "The range ends past the largest offset a file can have, 2^63 - 1.");
  const type = flags & MAP.TYPE;
  const isShared = type === MAP.SHARED || type === MAP.SHARED_VALIDATE;
  // ext4 knows MAP_SYNC (FOP_MMAP_SYNC), and refuses it only when the mapping is made.
  const unknown = inode.backing === "ext4" ? UNVALIDATED_FLAGS & ~MAP.SYNC : UNVALIDATED_FLAGS;
  if (type === MAP.SHARED_VALIDATE && (flags & unknown) !== 0) {
    refuse("EOPNOTSUPP", "mmap/flag-not-supported", "MAP_SHARED_VALIDATE refuses flags it does not know, and MAP_SYNC needs a DAX file.");
  }
  if (!isShared && type !== MAP.PRIVATE)
    refuse("EINVAL", "mmap/bad-type", "A file mapping is MAP_SHARED, MAP_SHARED_VALIDATE or MAP_PRIVATE.");
  if (isShared && (prot & PROT.WRITE) !== 0 && !file.writable) {
    refuse(
      "EACCES",
      "mmap/descriptor-not-writable",
      `A shared writable mapping needs a descriptor open for writing; this one of "${inode.name}" is not.`,
    );
  }
  if (!file.readable)
    refuse(
      "EACCES",
      "mmap/descriptor-not-readable",
      `Every mapping needs a descriptor open for reading; this one of "${inode.name}" is not.`,
    );
  if (inode.backing === "unmappable") refuse("ENODEV", "mmap/not-mappable", `"${inode.name}" is no file whose pages could be mapped.`);
  if ((wanted & VM.GROWSDOWN) !== 0) refuse("EINVAL", "mmap/file-grows-down", "A file mapping cannot grow down.");
  let vm = wanted;
  if (isShared) {
    vm |= VM.SHARED | VM.MAYSHARE;
    if (!file.writable) vm &= ~(VM.MAYWRITE | VM.SHARED);
    if ((vm & VM.SHARED) !== 0 && (inode.seals & (F_SEAL.WRITE | F_SEAL.FUTURE_WRITE)) !== 0) {
      if ((vm & VM.WRITE) !== 0) refuse("EPERM", "mmap/sealed", "The memfd is sealed against writing.");
      vm &= ~VM.MAYWRITE;
    }
  }
  return vm;
}

/** Checks and flags of an anonymous mapping. */
function anonymousFlags(call: Call, flags: number, wanted: number): number {
  const type = flags & MAP.TYPE;
  const growsDown = (wanted & VM.GROWSDOWN) !== 0;
  switch (type) {
    case MAP.SHARED:
      if (growsDown) refuse("EINVAL", "mmap/shared-grows-down", "Shared memory cannot grow down.");
      return wanted | VM.SHARED | VM.MAYSHARE;
    case MAP.PRIVATE:
      return wanted;
    case MAP.DROPPABLE:
      if (!call.machine.profile.droppable) break;
      if (growsDown || (flags & MAP.LOCKED) !== 0)
        refuse("EINVAL", "mmap/droppable", "Droppable memory can be neither locked nor grow down.");
      // After mlockall(MCL_FUTURE) it is faulted in like other memory, and not locked all the same.
      return (wanted & ~VM_LOCK_BITS) | VM.DROPPABLE | VM.NORESERVE | VM.WIPEONFORK | VM.DONTDUMP;
    default:
  }
  refuse("EINVAL", "mmap/bad-type", "An anonymous mapping is MAP_SHARED or MAP_PRIVATE (or, from 6.11 on, MAP_DROPPABLE).");
}

/** `mmap_region`: replaces what is there, keeps the limits, and merges with the neighbours or makes a new VMA. */
function mapRegion(call: Call, range: Range, flags: number, file: OpenFile | null, filePage: number | null): Vma {
  const { mm, machine } = call;
  const { start, end } = range;
  const pages = end - start;
  const isSharedAnonymous = file === null && (flags & VM.SHARED) !== 0;
  cutAtEnds(call, start, end);
  const replaced = mm.vmasIn(start, end).reduce((sum, vma) => sum + vma.pages, 0);
  checkExpand(call, flags, pages - replaced);
  let vmFlagsNow = flags;
  if (isAccountable(flags)) {
    checkCommit(call, pages);
    vmFlagsNow |= VM.ACCOUNT;
  } else if (isSharedAnonymous && (flags & VM.NORESERVE) === 0) {
    checkCommit(call, pages);
  }
  if (unmapRange(call, start, end) > 0) call.trail.add("mmap/replaces", `What was mapped in ${hexRange(start, end)} is unmapped first.`);
  if ((flags & VM.SYNC) !== 0 && file?.inode.backing === "ext4") {
    // The file system is asked last, when the old mapping is gone already: the range stays empty.
    refuse("EOPNOTSUPP", "mmap/sync-needs-dax", "MAP_SYNC needs a file on a DAX device.");
  }
  const source = isSharedAnonymous ? sharedMemoryObject(pages, (flags & VM.NORESERVE) === 0 ? pages : 0) : file;
  const pgoff = filePage ?? (isSharedAnonymous ? 0 : start);
  const piece: Piece = { start, end, flags: vmFlagsNow, pgoff, file: source, anonVma: 0, chain: 0 };
  const merged = mergeNewRange(mm, machine.profile, piece, call.trail, { fromMmap: true });
  if (merged !== null) return merged;
  const vma = new Vma(piece);
  mm.link(vma);
  call.trail.add("mmap/new-vma", `A new VMA, ${hexRange(start, end)} ${vma.perms}. No page of it is there yet.`);
  return vma;
}

/** The object behind one MAP_SHARED | MAP_ANONYMOUS mapping (`shmem_zero_setup`). */
function sharedMemoryObject(pages: number, committed: number): OpenFile {
  const inode = new Inode("shm", false, "/dev/zero");
  inode.committedPages = committed;
  inode.size = pages * 4096;
  return new OpenFile("/dev/zero", inode, "rw");
}
