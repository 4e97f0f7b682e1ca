/**
 * Splits a stream of text into lines at "\n" alone. `node:readline` also splits at U+2028, which JSON leaves as it is in strings,
 * so a cell that holds one would be torn.
 */
export async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of input) {
    const [first = "", ...others] = chunk.split("\n");
    parts.push(first);
    for (const start of others) {
      yield parts.join("");
      parts = [start];
    }
  }
  const last = parts.join("");
  if (last !== "") yield last;
}
