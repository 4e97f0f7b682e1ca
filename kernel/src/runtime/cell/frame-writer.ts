/**
 * Writes frames for the supervisor on fd 3, synchronously: frames stay in order, all that was written before a crash
 * arrives, and a supervisor that reads slowly slows the cell down instead of filling memory.
 */
import { writeSync } from "node:fs";
import type { CellFrame } from "../frames.js";

const FRAME_FD = 3;

/** The frame could not be delivered: the supervisor is gone. Nothing is left to do for this process. */
function supervisorIsGone(): never {
  process.exit(0);
}

/** Sends one frame. Throws TypeError where a value in it has no JSON form (a bigint, a cycle). */
export function writeFrame(frame: CellFrame): void {
  const bytes = Buffer.from(JSON.stringify(frame) + "\n");
  let sent = 0;
  while (sent < bytes.length) {
    try {
      sent += writeSync(FRAME_FD, bytes, sent);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // The pipe blocks, so EAGAIN comes only where someone switched it to non-blocking: try again.
      if (code === "EAGAIN" || code === "EINTR") continue;
      supervisorIsGone();
    }
  }
}
