/** Unpacks a trace that an output carries. */

/** Characters that may come out, whatever went in. */
const LONGEST_TEXT = 64 * 1024 * 1024;

/**
 * The document in an output.
 * @param data raw DEFLATE in base64
 * @throws Error that says why it cannot be unpacked
 */
export async function embeddedText(data: string): Promise<string> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  } catch (error) {
    throw new Error("The trace in this output is damaged: it is no base64. Run the cell again.", { cause: error });
  }
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const text = decoder.decode(part.value, { stream: true });
      length += text.length;
      if (length > LONGEST_TEXT) throw new RangeError(`it unpacks to more than ${String(LONGEST_TEXT)} characters`);
      parts.push(text);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined); // it has failed already
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The trace in this output is damaged: ${why}. Run the cell again.`, { cause: error });
  }
  return parts.join("") + decoder.decode();
}
