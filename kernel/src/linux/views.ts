/**
 * Zero-copy views of mapped memory, and the register that takes them back in time.
 *
 * A Uint8Array over memory that was unmapped would kill the process at the next access. So each view is registered with
 * its range, and is detached (length 0, reads give undefined) when the range is unmapped, moved, replaced, or loses the
 * right to be read or written. What a view cannot know stays dangerous: a store through a view of a mapping that never
 * was writable, and a file truncated by another process. Use the probe for accesses that may be refused.
 */
import { statSync } from "node:fs";
import { PAGE_SIZE } from "../abi/index.js";
import { address as checkedAddress, byteCount, type Address, type Bytes } from "./arguments.js";
import { addressText } from "./decode.js";
import { detachArrayBuffer } from "./detach.js";
import { externalBytes } from "./libc.js";
import { readMaps, type MapsEntry } from "./proc-maps.js";

/** The largest view: V8's limit of a typed array on 64-bit machines is higher, but ffi-rs takes a 32-bit length. */
const LARGEST_VIEW = 0xffff_ffffn;

interface RegisteredView {
  readonly start: bigint;
  readonly end: bigint;
  readonly buffer: WeakRef<ArrayBuffer>;
}

const registered = new Set<RegisteredView>();
const collected = new FinalizationRegistry<RegisteredView>((view) => registered.delete(view));

/** Where the mapped bytes of a VMA end, as far as can be told: a file may be shorter than its mapping. */
function backedEnd(vma: MapsEntry): bigint {
  if (vma.inode === 0n || !vma.path.startsWith("/") || vma.path.endsWith(" (deleted)")) return vma.end;
  const file = statSync(vma.path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined || !file.isFile() || file.ino !== vma.inode) return vma.end;
  const pages = (file.size + BigInt(PAGE_SIZE) - 1n) / BigInt(PAGE_SIZE);
  const end = vma.start + pages * BigInt(PAGE_SIZE) - vma.offset;
  return end < vma.start ? vma.start : end < vma.end ? end : vma.end;
}

function refuseUnreadable(start: bigint, end: bigint): void {
  let reached = start;
  for (const vma of readMaps()) {
    if (vma.end <= reached) continue;
    if (vma.start > reached || reached >= end) break;
    if (!vma.perms.startsWith("r")) {
      throw new RangeError(
        `no view of ${addressText(start)}-${addressText(end)}: ${addressText(reached)} is mapped ${vma.perms}, so a read through the view would be SIGSEGV`,
      );
    }
    const backed = backedEnd(vma);
    if (backed < vma.end && backed < end) {
      throw new RangeError(
        `no view of ${addressText(start)}-${addressText(end)}: ${vma.path} ends before ${addressText(backed)}, so a read through the view would be SIGBUS; view a shorter range or extend the file`,
      );
    }
    reached = vma.end;
  }
  if (reached < end) {
    throw new RangeError(`no view of ${addressText(start)}-${addressText(end)}: nothing is mapped at ${addressText(reached)}`);
  }
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
