/** The mark by which probes know each other's signal handlers: it follows the jump that a handler starts with. */
const MARK = "mmaplab1";

/**
 * Where the signal handler lies in machine code.
 * @param code with one handler in it
 * @param jumpBytes length of the jump over the mark
 * @returns offset in bytes
 */
export function handlerOffset(code: Uint8Array, jumpBytes: number): number {
  return Buffer.from(code.buffer, code.byteOffset, code.length).indexOf(MARK, 0, "latin1") - jumpBytes;
}
