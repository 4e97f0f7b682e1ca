/**
 * The report a dying cell process leaves. Its content is not known here: who starts the kernel says which module writes it and how to
 * read it.
 */
import type { Readable } from "node:stream";
import type { CrashExplanation } from "./obituary.js";

/** How crashes are reported, given by who starts the kernel. */
export interface CrashReports {
  /**
   * Path of a module with an export `leaveLastWords(fd)`, which the cell process calls before it loads anything else. From then on a
   * signal that ends the process first has a report written to the descriptor.
   */
  readonly module: string;
  /**
   * Puts a report into words.
   *
   * @param report all that came over the descriptor, possibly cut
   * @param pid the process that has died
   * @returns null where the bytes are no report of that process
   */
  readonly explain: (report: Uint8Array, pid: number) => CrashExplanation | null;
}

/** Enough for the largest address space: 65530 VMAs (vm.max_map_count) with a line of 100 bytes each. */
const LONGEST_REPORT = 8 * 1024 * 1024;

/** Gathers what comes over `stream`, the beginning only where it is too long. @returns a function that gives what has come so far */
export function readLimited(stream: Readable): () => Uint8Array {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    if (length < LONGEST_REPORT) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks);
}
