/**
 * Cursor positions. The protocol counts Unicode code points, JavaScript counts UTF-16 units: a character outside the
 * Basic Multilingual Plane, such as an emoji, is one of the former and two of the latter.
 */

/** The UTF-16 offset in `text` of the code point at `codePoints`; the end of the text where it is beyond. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (let left = codePoints; left > 0 && offset < text.length; left--) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The number of code points in `text` before the UTF-16 offset `utf16`. */
export function toCodePoints(text: string, utf16: number): number {
  let count = 0;
  for (let offset = 0; offset < utf16 && offset < text.length; count++) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}
