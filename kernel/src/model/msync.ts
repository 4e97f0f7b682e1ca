/** msync(2), mm/msync.c. */
import { MS } from "../abi/index.js";
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import type { Msync } from "./operation.js";
import { writeBack } from "./page-cache.js";
import { refuse } from "./reason.js";
import { VM, type Vma } from "./vma.js";

/** The system call. Holes are remembered as ENOMEM and the rest is still done, except for MS_ASYNC alone. */
export function msync(call: Call, op: Msync): bigint {
  const { flags } = op;
  const at = asUnsignedLong(op.at);
  if ((flags & ~(MS.ASYNC | MS.INVALIDATE | MS.SYNC)) !== 0) refuse("EINVAL", "msync/unknown-flag", "A flag is unknown.");
  if (!isPageAligned(at)) refuse("EINVAL", "msync/unaligned", "The address is not the start of a page.");
  if ((flags & MS.ASYNC) !== 0 && (flags & MS.SYNC) !== 0)
    refuse("EINVAL", "msync/async-and-sync", "MS_ASYNC and MS_SYNC exclude each other.");
  const last = asUnsignedLong(at + pageAlign(op.length));
  if (last < at) refuse("ENOMEM", "msync/wraps", "The range wraps around the end of the address space.");
  if (last === at) {
    call.trail.add("msync/empty", "The length is 0: nothing to do.");
    return 0n;
  }
  const start = pageOf(at);
  const end = pageOf(last);
  let position = start;
  let holes = false;
  for (const vma of call.mm.vmasIn(start, end)) {
    if (vma.start > position) {
      if (flags === MS.ASYNC) break;
      holes = true;
    }
    position = vma.end;
    syncVma(call, vma, Math.max(start, vma.start), Math.min(end, vma.end), flags);
  }
  if (holes || position < end) refuse("ENOMEM", "msync/hole", "Part of the range is not mapped.");
  return 0n;
}

function syncVma(call: Call, vma: Vma, start: number, end: number, flags: number): void {
  if ((flags & MS.INVALIDATE) !== 0 && vma.has(VM.LOCKED))
    refuse("EBUSY", "msync/locked", `${hexRange(vma.start, vma.end)} is locked, and MS_INVALIDATE refuses locked pages.`);
  if ((flags & MS.SYNC) === 0 || vma.file === null || !vma.has(VM.SHARED)) {
    call.trail.add(
      "msync/nothing",
      `${hexRange(start, end)}: nothing is written (${(flags & MS.SYNC) === 0 ? "only MS_SYNC writes" : "only shared file mappings are written"}).`,
    );
    return;
  }
  const written = writeBack(call.machine, vma.file.inode, vma.objectPage(start), vma.objectPage(end));
  const why = vma.file.inode.isShmem
    ? "the object lives in memory only"
    : "their entries are read-only again, so that the next write is noticed";
  call.trail.add("msync/written", `${hexRange(start, end)}: ${String(written)} dirty pages are written back; ${why}.`);
}
