/** Reading JSON whose shape is not trusted: every error names the place. Numbers too large for a double stay exact. */

/** A place in a document, for error messages: `scenario "x", step 3: field`. */
export type Place = string;

/** Characters of a wrong value that an error shows. */
const LONGEST_SHOWN = 200;

/** An object of a document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON. Integers of 16 digits or more become strings of their digits, since a double could not hold them; `integer`
 * reads both.
 * @throws Error where the text is no JSON
 */
export function parseExactJson(text: string, place: Place): unknown {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
  try {
    return JSON.parse(exact) as unknown;
  } catch (error) {
    throw new Error(`${place} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Ends reading with the place and what was expected there. */
export function wrong(place: Place, expected: string, came: unknown): never {
  const text = JSON.stringify(came) ?? "nothing";
  throw new Error(`${place}: expected ${expected}, came ${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}.`);
}

export function object(value: unknown, place: Place): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(place, "an object", value);
  return value as JsonObject;
}

export function array(value: unknown, place: Place): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : wrong(place, "a list", value);
}

export function string(value: unknown, place: Place): string {
  return typeof value === "string" ? value : wrong(place, "a string", value);
}

/** One of a few words. */
export function oneOf<T extends string>(value: unknown, words: readonly T[], place: Place): T {
  return words.find((word) => word === value) ?? wrong(place, `one of ${words.join(", ")}`, value);
}

/** An integer of any size, as a number or as its digits (decimal, or hexadecimal after 0x). */
export function integer(value: unknown, place: Place): bigint {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^(-?\d+|0x[0-9a-fA-F]+)$/.test(value)) return BigInt(value);
  return wrong(place, "an integer", value);
}

/** An integer that a double holds. */
export function count(value: unknown, place: Place): number {
  const number = Number(integer(value, place));
  return Number.isSafeInteger(number) ? number : wrong(place, "an integer below 2^53", value);
}
