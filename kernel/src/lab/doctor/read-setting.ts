/** Settings of the kernel, read from /proc and /sys. */
import { readFileSync } from "node:fs";

/** The text of a file without the white space around it; undefined where it is absent or not ours to read. */
export function readSetting(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined; // the caller says what that means
  }
}

/** The word in brackets of a setting such as "always [madvise] never". */
export function chosenWord(text: string): string | undefined {
  return /\[([^\]]+)\]/.exec(text)?.[1];
}
