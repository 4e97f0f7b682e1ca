import { expect, test } from "vitest";
import { toCodePoints, toUtf16 } from "../../../kernel/src/jupyter/code-points.js";

test.each([
  { text: "abc", codePoints: 2, utf16: 2 },
  { text: "é😀x", codePoints: 2, utf16: 3 },
  { text: "😀😀", codePoints: 1, utf16: 2 },
  { text: "a😀", codePoints: 0, utf16: 0 },
  { text: "👩‍🚀!", codePoints: 3, utf16: 5 },
])("in $text, code point $codePoints is UTF-16 unit $utf16 and back", ({ text, codePoints, utf16 }) => {
  expect(toUtf16(text, codePoints)).toBe(utf16);
  expect(toCodePoints(text, utf16)).toBe(codePoints);
});

test("a cursor beyond the text is at its end", () => {
  expect(toUtf16("a😀", 99)).toBe(3);
  expect(toCodePoints("a😀", 99)).toBe(2);
});
