/** Time passing: the flusher threads write dirty pages of files back without anybody asking (mm/page-writeback.c). */
import type { Call } from "./call.js";
import type { Inode } from "./file.js";
import type { Advance } from "./operation.js";
import { writeBack } from "./page-cache.js";

/** The flusher wakes every so many seconds (vm.dirty_writeback_centisecs). */
const WRITEBACK_INTERVAL = 5;
/** Pages dirty for longer than so many seconds are written (vm.dirty_expire_centisecs). */
const DIRTY_EXPIRES = 30;

/** Lets seconds pass, and the flusher run at each of its wake-ups. */
export function advance(call: Call, op: Advance): bigint {
  const { machine, trail } = call;
  if (!(op.seconds >= 0)) throw new Error(`Time cannot advance by ${String(op.seconds)} seconds: give a number of 0 or more.`);
  const until = machine.clock + op.seconds;
  let written = 0;
  for (let wake = (Math.floor(machine.clock / WRITEBACK_INTERVAL) + 1) * WRITEBACK_INTERVAL; wake <= until; wake += WRITEBACK_INTERVAL) {
    for (const inode of knownInodes(call)) {
      if (inode.dirtySince !== undefined && wake - inode.dirtySince >= DIRTY_EXPIRES) written += writeBack(machine, inode, 0, Infinity);
    }
  }
  machine.clock = until;
  trail.add(
    "advance/flusher",
    written === 0
      ? "No dirty page is older than 30 seconds: the flusher writes nothing."
      : `The flusher writes ${String(written)} dirty pages that are older than 30 seconds; the next write to each faults again.`,
  );
  return 0n;
}

/** Every file that is open or mapped. */
function knownInodes(call: Call): Set<Inode> {
  const inodes = new Set<Inode>();
  for (const file of call.machine.files.values()) inodes.add(file.inode);
  for (const process of call.machine.processes.values())
    for (const vma of process.mm.vmas()) if (vma.file !== null) inodes.add(vma.file.inode);
  return inodes;
}
