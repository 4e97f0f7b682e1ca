/** mincore(2), mm/mincore.c: which pages a read would find without waiting. */
import { asUnsignedLong, hexRange, isPageAligned, pageAlign, pageOf } from "./address.js";
import type { Call } from "./call.js";
import type { Mincore } from "./operation.js";
import { isPresent } from "./page-table.js";
import { refuse } from "./reason.js";
import type { Vma } from "./vma.js";

/** The system call: one byte a page, 1 for resident. */
export function mincore(call: Call, op: Mincore): Uint8Array {
  const { mm, machine } = call;
  const at = asUnsignedLong(op.at);
  const length = asUnsignedLong(op.length);
  const taskSize = BigInt(machine.settings.taskPages) << 12n;
  if (!isPageAligned(at)) refuse("EINVAL", "mincore/unaligned", "The address is not the start of a page.");
  if (at > taskSize || length > taskSize - at)
    refuse("ENOMEM", "mincore/beyond-user-space", "The range leaves the address space of a process.");
  const start = pageOf(at);
  const end = start + pageOf(pageAlign(length));
  let position = start;
  const vmas = mm.vmasIn(start, end);
  for (const vma of vmas) {
    if (vma.start > position) break;
    position = Math.min(vma.end, end);
  }
  if (position < end) refuse("ENOMEM", "mincore/hole", `Nothing is mapped at ${hexRange(position, end)}.`);
  const pages = new Uint8Array(end - start);
  for (const vma of vmas) {
    for (let page = Math.max(start, vma.start); page < Math.min(end, vma.end); page++)
      pages[page - start] = isResident(call, vma, page) ? 1 : 0;
  }
  call.trail.add("mincore", "A page counts when its entry is present, or when it is in the page cache of the mapped file.");
  return pages;
}

function isResident(call: Call, vma: Vma, page: number): boolean {
  if (vma.file !== null && !mayLook(call, vma)) return true;
  if (isPresent(call.mm.pageTable.state(page))) return true;
  if (vma.file === null) return false;
  const { cache, notUpToDate } = vma.file.inode;
  return cache.has(vma.objectPage(page)) && !notUpToDate.has(vma.objectPage(page));
}

/** Who neither owns a file nor may write it is told that every page is there (`can_do_mincore`). */
function mayLook(call: Call, vma: Vma): boolean {
  const backing = vma.file?.inode.backing;
  return !call.process.droppedCaps || backing === "memfd" || backing === "shm";
}
