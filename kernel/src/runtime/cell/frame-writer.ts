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

/** The largest frame, in UTF-16 units of JSON: more in one piece stalls every front end, and the supervisor would hold it several times. */
const LARGEST_FRAME = 64 * 1024 * 1024;

/** Whether the last frame was only sent in part: an interrupt may end the code below where it waits. */
let isTorn = false;

function tooLarge(length: number | null): RangeError {
  const size = length === null ? "more than 500" : `${Math.round(length / 1024 / 1024)}`;
  return new RangeError(
    `this output is too large: ${size} MiB in one piece, and no front end takes more than ${LARGEST_FRAME / 1024 / 1024}. ` +
      "Show a part of it, or write it to a file",
  );
}

/**
 * The bytes of a frame.
 *
 * @throws TypeError where a value in it has no JSON form (a bigint, a cycle)
 * @throws RangeError where it is larger than any front end takes
 */
export function encodeFrame(frame: CellFrame): Buffer {
  let text: string;
  try {
    text = JSON.stringify(frame);
  } catch (error) {
    // V8's "Invalid string length"; a stack overflow in nested data is a RangeError too, and says so itself.
    throw error instanceof RangeError && error.message.includes("string length") ? tooLarge(null) : error;
  }
  if (text.length > LARGEST_FRAME) throw tooLarge(text.length);
  return Buffer.from(`${text}\n`);
}

/** Sends one frame. Throws as {@link encodeFrame} does. */
export function writeFrame(frame: CellFrame): void {
  writeEncoded(encodeFrame(frame));
}

/** Sends the bytes of one frame. */
export function writeEncoded(frame: Buffer): void {
  // The end of the torn line, so that it takes no other frame with it.
  const bytes = isTorn ? Buffer.concat([Buffer.from("\n"), frame]) : frame;
  isTorn = true;
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
  isTorn = false;
}
