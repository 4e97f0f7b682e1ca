/**
 * JSON lines on a pipe: one JSON value a line. Used on every pipe between the kernel's processes.
 */
import type { Readable } from "node:stream";

/**
 * Calls `onValue` for each line of `stream`, in order.
 *
 * @param stream a byte stream; it is switched to UTF-8 text
 * @param onValue gets the parsed value; nothing is known of its shape
 * @param onMalformed gets a line that is not JSON (shortened), so that it can be logged
 */
export function readJsonLines(stream: Readable, onValue: (value: unknown) => void, onMalformed: (line: string) => void): void {
  // A list of pieces, because adding to one long string for every 64 KiB of a 100 MB line is quadratic in V8's flattening.
  let pieces: string[] = [];
  const take = (line: string): void => {
    if (line === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      onMalformed(line.slice(0, 200));
      return;
    }
    onValue(value);
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      pieces.push(chunk.slice(from, end));
      from = end + 1;
      const line = pieces.length === 1 ? (pieces[0] ?? "") : pieces.join("");
      pieces = [];
      take(line);
    }
    if (from < chunk.length) pieces.push(chunk.slice(from));
  });
}
