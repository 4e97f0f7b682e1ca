/**
 * What becomes of a file when somebody writes to it whom the model does not see: another program, or a call past the lab.
 * The model is told the bytes afterwards. No descriptor is asked for rights, since the write has happened.
 */
import { PAGE_SIZE } from "../abi/index.js";
import type { OpenFile } from "./file.js";
import type { Machine } from "./machine.js";
import { writeFile } from "./page-cache.js";

/** The bytes of one page of a file, whether cached or on disk; zeros for a hole. */
export function filePage(machine: Machine, { inode }: OpenFile, page: number): Uint8Array {
  const bytes = new Uint8Array(PAGE_SIZE);
  const frame = inode.cache.get(page) ?? inode.disk.get(page);
  if (frame !== undefined) machine.frames.copyBytes(frame, 0, PAGE_SIZE, bytes, 0);
  return bytes;
}

/** write(2) by somebody else: the bytes are in the page cache and dirty, and every shared mapping shows them. */
export function writeFromOutside(machine: Machine, { inode }: OpenFile, offset: number, bytes: Uint8Array): void {
  writeFile(machine, inode, offset, bytes.subarray(0, Math.max(0, inode.size - offset)));
}
