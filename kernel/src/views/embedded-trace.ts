/** A trace inside an output: what `mmaplab/model` reads as a trace document, compressed. */
import type { Reader } from "./reader.js";

/** Bytes packed by raw DEFLATE (RFC 1951), in base64; or why there are none, in a sentence. */
export type EmbeddedTrace =
  | {
      /** How many steps the trace has. */
      readonly steps: number;
      readonly data: string;
    }
  | { readonly refused: string };

/** Characters of a packed trace: far more than any output carries. */
const LONGEST = 4_000_000;
const LONGEST_SENTENCE = 4096;
const MOST_STEPS = 200_000;

/** Reads what stands in an observation. What is packed is checked by whoever unpacks it. */
export function readEmbeddedTrace(trace: Reader): EmbeddedTrace {
  const refused = trace.optional("refused");
  if (refused) return { refused: refused.text(LONGEST_SENTENCE) };
  return { steps: trace.field("steps").integer(0, MOST_STEPS), data: trace.field("data").text(LONGEST) };
}
