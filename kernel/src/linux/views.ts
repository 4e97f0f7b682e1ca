/**
 * Zero-copy views of mapped memory, and the register that takes them back in time.
 *
 * A Uint8Array over memory that was unmapped would kill the process at the next access. So each view is registered with
 * its range, and is detached (length 0, reads give undefined) when the range is unmapped, moved, replaced, or loses the
 * right to be read or written. What a view cannot know stays dangerous: a store through a view of a mapping that never
 * was writable, and a file truncated by another process. Use the probe for accesses that may be refused.
 */
import { MADV, PAGE_SIZE } from "../abi/index.js";
import { address as checkedAddress, byteCount, type Address, type Bytes } from "./arguments.js";
import { addressText } from "./decode.js";
import { detachArrayBuffer } from "./detach.js";
import { errnoOfResult } from "./errno.js";
import { externalBytes, rawSyscall } from "./libc.js";
import { mapsOfRange } from "./proc-map-query.js";
import type { MapsEntry } from "./proc-maps.js";
import { firstGuard, readPagemap } from "./proc-pagemap.js";
import { syscallNumber } from "./syscall-numbers.js";

/** The largest view: V8's limit of a typed array on 64-bit machines is higher, but ffi-rs takes a 32-bit length. */
const LARGEST_VIEW = 0xffff_ffffn;

interface RegisteredView {
  readonly start: bigint;
  readonly end: bigint;
  readonly buffer: WeakRef<ArrayBuffer>;
}

const registered = new Set<RegisteredView>();
const collected = new FinalizationRegistry<RegisteredView>((view) => registered.delete(view));

/**
 * A file may be shorter than its mapping. Its last page within the range settles it, since a file has no end before its end;
 * populating that page (5.14) says what a read would meet, whether the file still has a name or a descriptor or not.
 */
function refuseBeyondFile(start: bigint, end: bigint, vma: MapsEntry): void {
  if (vma.inode === 0n) return;
  const page = BigInt(PAGE_SIZE);
  const last = ((end < vma.end ? end : vma.end) - 1n) & -page;
  if (readPagemap(last, 1)[0]?.present === true) return;
  const code = errnoOfResult(rawSyscall(syscallNumber("madvise"), [last, page, MADV.POPULATE_READ]));
  // EFAULT stands for the signal a read would raise; EINVAL for a kernel that does not know the advice, or memory it is not for.
  if (code !== "EFAULT") return;
  throw new RangeError(
    `no view of ${addressText(start)}-${addressText(end)}: ${vma.path} has no page for ${addressText(last)}, ` +
      "so a read through the view would be SIGBUS; view a shorter range or extend the file",
  );
}

/** Guard markers (MADV_GUARD_INSTALL) are in the page table, and no line of maps shows them. */
function refuseGuarded(start: bigint, end: bigint): void {
  const guard = firstGuard(start, end);
  if (guard === undefined) return;
  throw new RangeError(
    `no view of ${addressText(start)}-${addressText(end)}: ${addressText(guard)} has a guard marker, so a read through the view would be SIGSEGV; ` +
      "remove it with MADV_GUARD_REMOVE or view the pages before it",
  );
}

function refuseUnreadable(start: bigint, end: bigint): void {
  let reached = start;
  for (const vma of mapsOfRange(start, end)) {
    if (vma.end <= reached) continue;
    if (vma.start > reached || reached >= end) break;
    if (!vma.perms.startsWith("r")) {
      throw new RangeError(
        `no view of ${addressText(start)}-${addressText(end)}: ${addressText(reached)} is mapped ${vma.perms}, so a read through the view would be SIGSEGV`,
      );
    }
    refuseBeyondFile(start, end, vma);
    reached = vma.end;
  }
  if (reached < end) {
    throw new RangeError(`no view of ${addressText(start)}-${addressText(end)}: nothing is mapped at ${addressText(reached)}`);
  }
  refuseGuarded(start, end);
}

/**
 * A zero-copy view of mapped memory.
 * @param at first byte
 * @param length in bytes, 1 to 2^32-1
 * @returns a Uint8Array over the memory itself; it gets length 0 when the range is unmapped or loses its rights
 * @throws RangeError where part of the range is not mapped, may not be read, or lies past the end of its file
 */
export function bytes(at: Address, length: Bytes): Uint8Array {
  const start = checkedAddress("address", at);
  const size = byteCount("length", length);
  if (size === 0n) throw new RangeError("length must be at least 1: an empty view cannot be told from a detached one");
  if (size > LARGEST_VIEW) throw new RangeError(`length ${size} is more than one view can show (${LARGEST_VIEW} bytes): take several`);
  refuseUnreadable(start, start + size);
  const view = externalBytes(start, Number(size));
  const buffer = view.buffer;
  if (!(buffer instanceof ArrayBuffer))
    throw new TypeError("ffi-rs returned shared memory where an ArrayBuffer was expected; install ffi-rs 1.3.7");
  const entry = { start, end: start + size, buffer: new WeakRef(buffer) };
  registered.add(entry);
  collected.register(buffer, entry);
  return view;
}

/**
 * Detaches every view that overlaps a range. Call it when the range was unmapped, moved, replaced or lost rights,
 * before any other JavaScript runs.
 * @returns how many views were detached
 */
export function detachViews(start: bigint, length: bigint): number {
  if (length === 0n) return 0;
  const end = start + length;
  let detached = 0;
  for (const view of registered) {
    if (view.start >= end || view.end <= start) continue;
    const buffer = view.buffer.deref();
    if (buffer !== undefined && buffer.byteLength > 0) {
      detachArrayBuffer(buffer);
      detached++;
    }
    registered.delete(view);
  }
  return detached;
}

/** Detaches every view, e.g. before the address space is torn down. */
export function detachAllViews(): number {
  return detachViews(0n, 1n << 64n);
}

/** The ranges that have a live view, lowest first. */
export function viewedRanges(): { readonly start: bigint; readonly end: bigint }[] {
  return [...registered]
    .filter((view) => (view.buffer.deref()?.byteLength ?? 0) > 0)
    .map(({ start, end }) => ({ start, end }))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}
