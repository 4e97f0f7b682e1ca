import { describe, expect, it } from "vitest";
import { addressTicks } from "../../../extension/src/figures/address-ticks.js";
import { logTimeTicks, timeTicks } from "../../../extension/src/figures/time-ticks.js";
import { rangesAfterKey, withRanges } from "../../../extension/src/plot-keys.js";
import { addressAxis } from "../../../kernel/src/views/index.js";

describe("address ticks", () => {
  it("label each segment with its address and places in it with their distance, never closer than asked", () => {
    const axis = addressAxis([
      { start: 0x7f000, end: 0x7f020 },
      { start: 0x7ff000, end: 0x7ff001 },
      { start: 0x9ff000, end: 0x9ff020 },
    ]);
    const ticks = addressTicks(axis, 4096, 4);
    const inside = ["+0x4000", "+0x8000", "+0xc000", "+0x10000", "+0x14000", "+0x18000", "+0x1c000"];
    expect(ticks.map((tick) => tick.text)).toEqual(["0x7f000000", ...inside, "0x7ff000000", "0x9ff000000", ...inside]);
    for (let index = 1; index < ticks.length; index += 1)
      expect((ticks[index]?.at ?? 0) - (ticks[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(4);
  });
});

describe("time ticks", () => {
  it.each([
    [0, ["0 ns"]],
    [5000, ["0 ns", "1 µs", "2 µs", "3 µs", "4 µs", "5 µs"]],
    [2_500_000, ["0 ns", "500 µs", "1 ms", "1.5 ms", "2 ms", "2.5 ms"]],
  ])("are round up to %d ns", (last, texts) => {
    expect(timeTicks(last).map((tick) => tick.text)).toEqual(texts);
  });

  it("show decades on a log axis, and more within few of them", () => {
    expect(logTimeTicks(900, 8e6).map((tick) => tick.text)).toEqual(["100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms"]);
    expect(logTimeTicks(1000, 5000).map((tick) => tick.ns)).toEqual([1000, 2000, 5000, 10_000, 20_000, 50_000]);
  });
});

describe("keys on a plot", () => {
  const whole = { xaxis: { range: [0, 12] }, yaxis: { range: [4, -1] }, xaxis2: { title: "no range" } };

  it.each([
    ["+", { "xaxis.range": [2, 10] }],
    ["-", { "xaxis.range": [-3, 15] }],
    ["ArrowLeft", { "xaxis.range": [-3, 9] }],
    ["ArrowRight", { "xaxis.range": [3, 15] }],
    ["Home", { "xaxis.range": [0, 12], "yaxis.range": [4, -1] }],
    ["ArrowDown", null],
    ["Enter", null],
  ])("%s changes the ranges to %o", (key, change) => {
    expect(rangesAfterKey(key, whole, whole)).toEqual(change);
  });

  it("go on from what is shown now, and Home back to the whole", () => {
    const now = { xaxis: { range: [3, 6] } };
    expect(rangesAfterKey("ArrowRight", now, whole)).toEqual({ "xaxis.range": [3.75, 6.75] });
    expect(rangesAfterKey("Home", now, whole)?.["xaxis.range"]).toEqual([0, 12]);
  });

  it("keep their ranges in the next drawing without touching the rest", () => {
    const layout = { xaxis: { range: [0, 12], color: "red" }, height: 3 };
    expect(withRanges(layout, { "xaxis.range": [1, 2], "xaxis9.range": [1, 2] })).toEqual({
      xaxis: { range: [1, 2], color: "red" },
      height: 3,
    });
    expect(layout.xaxis.range).toEqual([0, 12]);
  });
});
