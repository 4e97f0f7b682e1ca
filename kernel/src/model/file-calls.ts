/** The calls on descriptors: open, close, ftruncate, pread, pwrite, fsync, posix_fadvise, fallocate and fcntl, with their checks in order. */
import { F_SEAL, PAGE_SIZE } from "../abi/index.js";
import type { Call } from "./call.js";
import { Inode, OpenFile } from "./file.js";
import type { Close, FileFlush, FileId, FileTransfer, Ftruncate, Open, Punch, Seal } from "./operation.js";
import { dropAndWrite, dropClean, fillFile, punchHole, readFile, readFromDisk, resizeFile, writeBack, writeFile } from "./page-cache.js";
import { refuse } from "./reason.js";
import { VM } from "./vma.js";

/** The byte pwrite stores unless told. */
export const DEFAULT_WRITTEN_BYTE = 0x5a;

/** The open file of a descriptor. */
export function openFile(call: Call, file: FileId): OpenFile {
  const found = call.machine.files.get(file);
  if (found === undefined) refuse("EBADF", "file/not-open", `"${file}" is not open.`);
  return found;
}

/** Makes a file known, with the contents it starts with. */
export function open(call: Call, op: Open): bigint {
  const { trail } = call;
  if (op.sameInodeAs !== undefined) {
    const other = openFile(call, op.sameInodeAs);
    install(call, op, other.inode);
    trail.add(
      "file/open-again",
      `"${op.file}" is a second open file description of "${op.sameInodeAs}": their mappings share pages and never merge.`,
    );
    return 0n;
  }
  const inode = new Inode(op.backing, op.sealable === true, op.file);
  if (op.backing === "memfd" && op.sealable !== true) inode.seals = F_SEAL.SEAL;
  prepareContents(call, inode, op);
  install(call, op, inode);
  trail.add("file/open", `"${op.file}" is a file on ${op.backing} of ${String(op.size)} bytes.`);
  return 0n;
}

/** Gives the inode a name. A name in use is closed first, as a descriptor number would be reused. */
function install(call: Call, op: Open, inode: Inode): void {
  const { files } = call.machine;
  const previous = files.get(op.file);
  inode.opens++;
  files.set(op.file, new OpenFile(op.file, inode, op.access));
  if (previous !== undefined) forget(call, previous.inode);
}

function forget(call: Call, inode: Inode): void {
  inode.opens--;
  inode.releaseIfUnused(call.machine.frames);
}

function prepareContents(call: Call, inode: Inode, op: Open): void {
  const { machine } = call;
  inode.size = op.size;
  if (op.data === "hole") return;
  if (op.data === "bigdata") {
    inode.size = 0;
    fillFile(machine, inode, 0, op.size, op.fill ?? 0);
  } else {
    for (let offset = 0; offset < op.size; offset += PAGE_SIZE)
      fillFile(machine, inode, offset, Math.min(PAGE_SIZE, op.size - offset), op.fill ?? 0);
  }
  if (op.content !== undefined) writeFile(machine, inode, 0, op.content.subarray(0, op.size));
  if (op.data === "clean" || op.data === "cold" || op.cached !== undefined) writeBack(machine, inode, 0, Infinity);
  if (op.data === "cold" || op.cached !== undefined) dropClean(machine, inode, 0, Infinity);
  for (const [start, end] of op.cached ?? []) readFromDisk(machine, inode, start, end);
}

/** close(2). Mappings keep the file alive. */
export function close(call: Call, op: Close): bigint {
  const { inode } = openFile(call, op.file);
  call.machine.files.delete(op.file);
  forget(call, inode);
  call.trail.add("file/close", `The descriptor of "${op.file}" is gone; mappings of the file stay.`);
  return 0n;
}

/** ftruncate(2). */
export function ftruncate(call: Call, op: Ftruncate): bigint {
  const { inode, writable } = openFile(call, op.file);
  if (!Number.isSafeInteger(op.size) || op.size < 0) refuse("EINVAL", "file/bad-size", `${String(op.size)} is no size.`);
  if (!writable) refuse("EINVAL", "file/not-writable", `"${op.file}" is not open for writing.`);
  if (op.size > inode.maxBytes) refuse("EFBIG", "file/too-large", `The file system allows ${String(inode.maxBytes)} bytes at most.`);
  if (op.size < inode.size && (inode.seals & F_SEAL.SHRINK) !== 0) refuse("EPERM", "file/sealed", "F_SEAL_SHRINK forbids a smaller size.");
  if (op.size > inode.size && (inode.seals & F_SEAL.GROW) !== 0) refuse("EPERM", "file/sealed", "F_SEAL_GROW forbids a larger size.");
  const old = inode.size;
  resizeFile(call.machine, inode, op.size);
  if (op.size < old) {
    call.trail.add(
      "file/truncate",
      `Pages past ${String(op.size)} bytes leave the page cache and every mapping, private copies included; the mappings themselves stay.`,
    );
  } else {
    call.trail.add("file/extend", `The file now has ${String(op.size)} bytes; what is new reads as zeros.`);
  }
  return 0n;
}

/** pread(2): the bytes, as far as the file has them. */
export function pread(call: Call, op: FileTransfer): Uint8Array {
  const file = openFile(call, op.file);
  if (!file.readable) refuse("EBADF", "file/not-readable", `"${op.file}" is not open for reading.`);
  checkTransfer(op);
  call.trail.add("file/read", `Bytes from ${String(op.offset)} on are copied out of the page cache.`);
  return readFile(call.machine, file, op.offset, op.length);
}

/** pwrite(2): how many bytes were written. */
export function pwrite(call: Call, op: FileTransfer): bigint {
  const { inode, writable } = openFile(call, op.file);
  if (!writable) refuse("EBADF", "file/not-writable", `"${op.file}" is not open for writing.`);
  checkTransfer(op);
  // Writing nothing asks nothing of the file, wherever it is.
  if (op.length === 0) return 0n;
  if ((inode.seals & (F_SEAL.WRITE | F_SEAL.FUTURE_WRITE)) !== 0) refuse("EPERM", "file/sealed", "The file is sealed against writing.");
  let { length } = op;
  if (op.offset + length > inode.size && (inode.seals & F_SEAL.GROW) !== 0) {
    // A write goes page by page, and ends at the first part that would make the file larger.
    length = Math.floor(inode.size / PAGE_SIZE) * PAGE_SIZE - op.offset;
    if (length <= 0) refuse("EPERM", "file/sealed", "F_SEAL_GROW forbids a larger size.");
  }
  if (op.offset + length > inode.maxBytes)
    refuse("EFBIG", "file/too-large", `The file system allows ${String(inode.maxBytes)} bytes at most.`);
  fillFile(call.machine, inode, op.offset, length, op.byte ?? DEFAULT_WRITTEN_BYTE);
  call.trail.add("file/write", "The bytes go into the page cache: every shared mapping shows them at once.");
  return BigInt(length);
}

function checkTransfer(op: FileTransfer): void {
  if (op.offset < 0 || op.length < 0) refuse("EINVAL", "file/bad-range", "Offset and length must not be negative.");
}

/** fsync(2). */
export function fsync(call: Call, op: FileFlush): bigint {
  const { inode } = openFile(call, op.file);
  const written = writeBack(call.machine, inode, 0, Infinity);
  call.trail.add("file/fsync", `${String(written)} dirty pages were written back; the next write to each through a mapping faults again.`);
  return 0n;
}

/** posix_fadvise(2) with POSIX_FADV_DONTNEED over the whole file. */
export function evict(call: Call, op: FileFlush): bigint {
  const { inode } = openFile(call, op.file);
  const { dropped, written } = dropAndWrite(call.machine, inode);
  call.trail.add(
    "file/evict",
    `${String(dropped)} pages, clean and mapped by nobody, leave the page cache. ${String(written)} dirty ones stay and are written back.`,
  );
  return 0n;
}

/** fallocate(2) with FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE. */
export function punch(call: Call, op: Punch): bigint {
  const { inode, writable } = openFile(call, op.file);
  if (op.offset < 0 || op.length <= 0)
    refuse("EINVAL", "file/bad-range", "The offset must not be negative and the length must be positive.");
  if (!writable) refuse("EBADF", "file/not-writable", `"${op.file}" is not open for writing.`);
  if ((inode.seals & (F_SEAL.WRITE | F_SEAL.FUTURE_WRITE)) !== 0) refuse("EPERM", "file/sealed", "The file is sealed against writing.");
  punchHole(call.machine, inode, op.offset, op.offset + op.length);
  call.trail.add("file/punch", "The pages leave the page cache and the mappings that show them; private copies stay.");
  return 0n;
}

/** fcntl(2) F_ADD_SEALS. */
export function seal(call: Call, op: Seal): bigint {
  const { inode, writable } = openFile(call, op.file);
  if (!writable) refuse("EPERM", "file/not-writable", `"${op.file}" is not open for writing.`);
  const known = F_SEAL.SEAL | F_SEAL.SHRINK | F_SEAL.GROW | F_SEAL.WRITE | F_SEAL.FUTURE_WRITE | F_SEAL.EXEC;
  if ((op.seals & ~known) !== 0) refuse("EINVAL", "file/unknown-seal", "There is no such seal.");
  if (!inode.isShmem) refuse("EINVAL", "file/not-sealable", "Only files in memory have seals.");
  // A file of a tmpfs has them too, and is born with this one.
  if (inode.backing !== "memfd" || (inode.seals & F_SEAL.SEAL) !== 0)
    refuse(
      "EPERM",
      "file/sealed",
      "F_SEAL_SEAL forbids further seals: the memfd was made without MFD_ALLOW_SEALING, or has been sealed so.",
    );
  if ((op.seals & F_SEAL.WRITE) !== 0 && [...inode.mappings].some((vma) => vma.has(VM.SHARED) && vma.has(VM.MAYWRITE))) {
    refuse("EBUSY", "file/mapped-writable", "A shared mapping that may be written exists.");
  }
  inode.seals |= op.seals;
  call.trail.add("file/seal", "The seals are added for good.");
  return 0n;
}
