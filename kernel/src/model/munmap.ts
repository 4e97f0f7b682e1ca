/** munmap(2): `do_vmi_munmap` and `do_vmi_align_munmap` of mm/vma.c. */
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import { refuseSealed, refuseSealedRange } from "./mseal.js";
import type { Munmap } from "./operation.js";
import { refuse } from "./reason.js";

/** The system call. */
export function munmap(call: Call, op: Munmap): bigint {
  const at = asUnsignedLong(op.at);
  const length = asUnsignedLong(op.length);
  const taskSize = BigInt(call.machine.settings.taskPages) << 12n;
  if (!isPageAligned(at)) refuse("EINVAL", "munmap/unaligned", "The address is not the start of a page.");
  if (at > taskSize || length > taskSize - at)
    refuse("EINVAL", "munmap/beyond-user-space", "The range leaves the address space of a process.");
  if (pageAlign(length) === 0n) refuse("EINVAL", "munmap/empty", "The length is 0.");
  const start = pageOf(at);
  const removed = unmapRange(call, start, start + pageOf(pageAlign(length)));
  call.trail.add(
    "munmap",
    removed === 0
      ? "Nothing is mapped there, which is no error."
      : `${String(removed)} VMAs or parts of VMAs are removed, and with them their pages.`,
  );
  return 0n;
}

/**
 * Cuts VMAs at the ends of a range, so that each lies inside or outside.
 * A hole in the middle of one VMA needs one more VMA than before; at the map limit that is ENOMEM.
 */
export function cutAtEnds(call: Call, start: number, end: number): void {
  const { mm } = call;
  const first = mm.firstIn(start, end);
  if (first === null) return;
  refuseSealedRange(call, start, end);
  if (first.start < start) {
    const { maxMapCount } = call.machine.settings;
    if (first.end > end && mm.index.size >= maxMapCount) {
      refuse(
        "ENOMEM",
        "limit/map-count",
        `A hole in ${hexRange(first.start, first.end)} needs one more VMA than vm.max_map_count (${String(maxMapCount)}) allows.`,
      );
    }
    refuseSealed(first);
    mm.split(first, start);
  }
  // The cut at the start stays where a VMA behind it is sealed.
  for (const vma of mm.vmasIn(start, end)) refuseSealed(vma);
  const last = mm.vmaAt(end);
  if (last !== null && last.start < end) mm.split(last, end);
}

/** Removes what is mapped in a range: VMAs, page-table entries, and page tables that serve nothing any more. Returns how many VMAs went. */
export function unmapRange(call: Call, start: number, end: number): number {
  const { mm } = call;
  cutAtEnds(call, start, end);
  const vmas = mm.vmasIn(start, end);
  if (vmas.length === 0) return 0;
  for (const vma of vmas) {
    mm.zap(vma.start, vma.end);
    mm.unlink(vma);
  }
  const floor = mm.index.before(start)?.end ?? 0;
  const ceiling = mm.index.find(end)?.start ?? Infinity;
  mm.pageTable.free(start, end, floor, ceiling);
  return vmas.length;
}
