/**
 * Long columns in few characters. JSON would spend six to twelve characters on each number of a column, where neighbours
 * mostly differ by little: `{ packed: "deltas", data }` holds the differences of whole numbers, each as 7-bit groups, low
 * ones first, the sign in the lowest bit, all of it in base64. `{ packed: "runs", data }` holds letters as "m120M1m7".
 */

/** Characters of a packed column: more than a million numbers of eight bytes take. */
export const LONGEST_PACKED = 16_000_000;

/** Shorter columns stay as they are, so that a small output can be read and compared. */
const SHORTEST = 64;
/** Differences beyond would not be exact. */
const LARGEST_DIFFERENCE = 2 ** 51;

/** A column in its packed form. */
export interface Packed {
  readonly packed: "deltas" | "runs";
  readonly data: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS = new Uint8Array(128).fill(255);
for (let value = 0; value < 64; value += 1) SEXTETS[ALPHABET.charCodeAt(value)] = value;

/** Packs whole numbers; a column that is short, or holds what cannot be packed, is returned as it is. */
export function packNumbers(values: readonly number[]): readonly number[] | Packed {
  if (values.length < SHORTEST) return values;
  const bytes: number[] = [];
  let before = 0;
  for (const value of values) {
    const difference = value - before;
    if (!Number.isSafeInteger(value) || Math.abs(difference) >= LARGEST_DIFFERENCE) return values;
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    before = value;
  }
  return { packed: "deltas", data: base64(bytes) };
}

/** The numbers of a packed column; null where it is damaged or holds more than `most`. */
export function unpackNumbers(data: string, most: number): number[] | null {
  const bytes = fromBase64(data);
  if (bytes === null) return null;
  const values: number[] = [];
  let value = 0;
  let rest = 0;
  let scale = 1;
  for (const byte of bytes) {
    if (byte >= 128) {
      rest += (byte - 128) * scale;
      scale *= 128;
      if (scale > LARGEST_DIFFERENCE * 2) return null;
      continue;
    }
    rest += byte * scale;
    value += rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2;
    if (values.length === most) return null;
    values.push(value);
    rest = 0;
    scale = 1;
  }
  return scale === 1 ? values : null;
}

/** Packs letters as runs where that is shorter. */
export function packLetters(letters: string): string | Packed {
  if (letters.length < SHORTEST) return letters;
  const data = letters.replace(/(.)\1*/gs, (run, letter: string) => `${letter}${run.length}`);
  return data.length < letters.length ? { packed: "runs", data } : letters;
}

/** The letters of a packed column; null where it is damaged or holds more than `most`. */
export function unpackLetters(data: string, most: number): string | null {
  const runs: string[] = [];
  let length = 0;
  let at = 0;
  for (const [run, letter = "", digits = ""] of data.matchAll(/([^\d])(\d{1,9})/gy)) {
    const count = Number(digits);
    length += count;
    if (length > most) return null;
    runs.push(letter.repeat(count));
    at += run.length;
  }
  return at === data.length ? runs.join("") : null;
}

function base64(bytes: readonly number[]): string {
  const parts: string[] = [];
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    text += sextet(a >> 2) + sextet(((a & 3) << 4) | (b >> 4));
    text += (at + 1 < bytes.length ? sextet(((b & 15) << 2) | (c >> 6)) : "=") + (at + 2 < bytes.length ? sextet(c & 63) : "=");
    if (text.length > 30_000) {
      parts.push(text);
      text = "";
    }
  }
  return parts.join("") + text;
}

function sextet(value: number): string {
  return ALPHABET.charAt(value);
}

/** Null where a character is none of base64. */
function fromBase64(text: string): Uint8Array | null {
  const digits = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < digits; index += 1) {
    const value = SEXTETS[text.charCodeAt(index)] ?? 255;
    if (value === 255) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}
