import { describe, expect, it } from "vitest";
import { isDark, mixed } from "../../../extension/src/theme.js";
import { INKS, PAGE_FILLS, VMA_FILLS } from "../../../kernel/src/views/index.js";

/** Relative luminance of #rrggbb, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe("the palette", () => {
  it.each([...Object.values(VMA_FILLS), ...Object.values(PAGE_FILLS)])("carries black text legibly on %s", (fill) => {
    expect(contrast(fill, "#000000")).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ...Object.values(INKS.light).map((ink) => [ink, "#ffffff"] as const),
    ...Object.values(INKS.dark).map((ink) => [ink, "#161616"] as const),
  ])("draws %s visibly on %s", (ink, ground) => {
    expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the theme", () => {
  it.each([
    ["#111", true],
    ["#111111", true],
    ["rgb(17, 17, 17)", true],
    ["black", true],
    ["white", false],
    ["#fff", false],
    ["rgba(255, 255, 255, 0.87)", false],
    ["oklch(0.2 0 0)", false],
  ])("knows that %s is dark: %s", (colour, dark) => {
    expect(isDark(colour)).toBe(dark);
  });

  it("mixes colours it can read and admits those it cannot", () => {
    expect(mixed("white", "rgba(0, 0, 0, 0.87)", 0.2)).toBe("rgb(204, 204, 204)");
    expect(mixed("oklch(0.2 0 0)", "#fff", 0.2)).toBeNull();
  });
});
