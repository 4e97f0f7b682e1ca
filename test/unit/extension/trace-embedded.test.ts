/** The trace that an output carries: checked at the border, unpacked within bounds, and read. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { embeddedText } from "../../../extension/src/trace/embedded-text.js";
import { validateBundle } from "../../../kernel/src/views/index.js";

const packed = (text: string): string => deflateRawSync(text).toString("base64");

describe("an embedded trace", () => {
  it("is unpacked as it was", async () => {
    const text = `${"ab\u00e9\u{1f600}".repeat(50_000)}.`;
    expect(await embeddedText(packed(text))).toBe(text);
    expect(await embeddedText(packed(""))).toBe("");
  });

  it.each([
    ["no base64", "<script>", /no base64/],
    ["another compression", Buffer.from("plain text, not compressed").toString("base64"), /damaged: .*Run the cell again/s],
    ["a part of it", packed("x".repeat(5000) + String(Math.PI)).slice(0, 12), /damaged: /],
  ])("that is %s is refused in words", async (_name, data, message) => {
    await expect(embeddedText(data)).rejects.toThrow(message);
  });

  it("that unpacks to far more than a trace has is refused", async () => {
    const bomb = deflateRawSync(Buffer.alloc(70 * 1024 * 1024, 32)).toString("base64");
    expect(bomb.length).toBeLessThan(200_000);
    await expect(embeddedText(bomb)).rejects.toThrow(/unpacks to more than/);
  });
});

describe("the border", () => {
  const checked = (trace: unknown) => validateBundle({ version: 1, kind: "observation", title: "t", views: [], trace });

  it("lets a packed trace and a refusal through, and nothing else of them", () => {
    expect(checked({ steps: 3, data: "AA==", evil: 1 })).toEqual({
      ok: true,
      bundle: { version: 1, kind: "observation", title: "t", views: [], trace: { steps: 3, data: "AA==" } },
    });
    expect(checked({ refused: "too long", data: 5 })).toMatchObject({ ok: true, bundle: { trace: { refused: "too long" } } });
    expect(checked(undefined)).toMatchObject({ ok: true });
  });

  it.each([5, "text", [], {}, { steps: -1, data: "" }, { steps: 1, data: 7 }, { steps: 1, data: "x".repeat(4_000_001) }, { refused: 1 }])(
    "refuses %j in its place",
    (trace) => {
      expect(checked(trace)).toMatchObject({ ok: false, reason: expect.stringContaining("view.trace") });
    },
  );
});
