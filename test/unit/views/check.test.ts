/** The view of a check: its border, its text and its picture. */
import { describe, expect, test } from "vitest";
import { toSvg, toText, validateBundle, type CheckView } from "../../../kernel/src/views/index.js";

const FAILED: CheckView = {
  kind: "check",
  title: "✗ four faults",
  name: "four faults",
  outcome: "failed",
  points: 2,
  earned: 0,
  message: "expected: 4 faults\nseen: 8 minor and 0 major faults",
  hint: "reading maps the zero page",
};

describe("a check", () => {
  test("passes the border unchanged, without what is not of the format", () => {
    expect(validateBundle({ version: 1, ...FAILED, extra: 1 })).toEqual({ ok: true, bundle: { version: 1, ...FAILED } });
  });

  test.each([
    ["an unknown outcome", { outcome: "excellent" }, "outcome"],
    ["more earned than it is worth", { outcome: "passed", earned: 3 }, "earned"],
    ["points earned by failing", { earned: 2 }, "earned"],
    ["points without an end", { points: Infinity }, "points"],
    ["negative points", { points: -1 }, "points"],
    ["earned points of nothing", { points: undefined, earned: 0 }, "earned"],
    ["a message that is none", { message: { text: "x" } }, "message"],
    ["no name", { name: undefined }, "name"],
    ["a hint of a megabyte", { hint: "x".repeat(1 << 20) }, "hint"],
  ])("with %s is refused, and the reason names the field", (_, change, field) => {
    const checked = validateBundle({ version: 1, ...FAILED, ...change });
    expect(checked).toMatchObject({ ok: false, reason: expect.stringContaining(field) });
  });

  test("reads as lines that say how it ended", () => {
    expect(toText({ version: 1, ...FAILED }).split("\n")).toEqual([
      "✗ four faults",
      "  failed, 0 of 2 points",
      "  expected: 4 faults",
      "  seen: 8 minor and 0 major faults",
      "  Hint: reading maps the zero page",
    ]);
    expect(toText({ version: 1, kind: "check", title: "○ q", name: "q", outcome: "open", message: "" })).toBe("○ q\n  not answered yet");
  });

  test("with hostile text prints it and draws it as text", () => {
    const hostile = { version: 1, ...FAILED, message: "\u001b[2J<script>alert(1)</script>", hint: "</text><image href=x>" } as const;
    expect(toText(hostile)).toContain("\\u{1b}[2J");
    expect(toSvg(hostile)).not.toMatch(/<script|<image/);
    expect(toSvg(hostile)).toContain("&#60;script&#62;");
  });
});
