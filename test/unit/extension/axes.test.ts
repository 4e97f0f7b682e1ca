import { describe, expect, it } from "vitest";
import { addressTicks } from "../../../extension/src/figures/address-ticks.js";
import { logCountTicks, logTimeTicks } from "../../../extension/src/figures/log-ticks.js";
import { timeTicks } from "../../../extension/src/figures/time-ticks.js";
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

  it("follow a zoom: a segment cut by the window begins with an address, and places between have theirs", () => {
    const axis = addressAxis([{ start: 0x7f000, end: 0x7f100 }]);
    const ticks = addressTicks(axis, 4096, 1, [9.5, 13.5]);
    expect(ticks.map((tick) => tick.text)).toEqual(["0x7f00a000", "+0xb000", "+0xc000", "+0xd000"]);
    expect(ticks.map((tick) => tick.at)).toEqual([10, 11, 12, 13]);
  });
});

describe("time ticks", () => {
  it.each([
    [0, 0, ["0 ns"]],
    [-200, 5000, ["0 ns", "1 µs", "2 µs", "3 µs", "4 µs", "5 µs"]],
    [0, 2_500_000, ["0 ns", "500 µs", "1 ms", "1.5 ms", "2 ms", "2.5 ms"]],
    [1_200_000, 1_500_000, ["1.2 ms", "1.25 ms", "1.3 ms", "1.35 ms", "1.4 ms", "1.45 ms", "1.5 ms"]],
    [2_000_000_000, 2_000_000_500, ["2.0000000 s", "2.0000001 s", "2.0000002 s", "2.0000003 s", "2.0000004 s", "2.0000005 s"]],
  ])("are round from %d to %d ns, with as many digits as tell them apart", (from, to, texts) => {
    expect(timeTicks(from, to).map((tick) => tick.text)).toEqual(texts);
  });
});

describe("log ticks", () => {
  const times = (from: number, to: number): string[] => logTimeTicks(Math.log10(from), Math.log10(to)).map(({ text }) => text);

  it("are decades, with 2 and 5 between where the window has few, and even steps within half a decade", () => {
    expect(times(900, 8e6)).toEqual(["1 µs", "10 µs", "100 µs", "1 ms"]);
    expect(times(900, 60_000)).toEqual(["1 µs", "2 µs", "5 µs", "10 µs", "20 µs", "50 µs"]);
    expect(times(1000, 2500)).toEqual(["1 µs", "1.5 µs", "2 µs", "2.5 µs"]);
  });

  it("are the same for a window that is turned round, and never too many", () => {
    expect(times(8e6, 900)).toEqual(times(900, 8e6));
    expect(logTimeTicks(0, 200).length).toBeLessThanOrEqual(12);
  });

  it("of counts are whole and each there once, however far one zooms", () => {
    const counts = (from: number, to: number): string[] => logCountTicks(Math.log10(from), Math.log10(to)).map(({ text }) => text);
    expect(counts(0.8, 1300)).toEqual(["1", "10", "100", "1000"]);
    expect(counts(2.5, 5.5)).toEqual(["3", "4", "5"]);
    expect(counts(100.2, 100.7)).toEqual([]);
    expect(counts(1000, 2000)).toEqual(["1000", "1167", "1334", "1501", "1668", "1835"]);
  });
});

describe("keys on a plot", () => {
  const whole = { xaxis: { range: [0, 12] }, yaxis: { range: [4, -1] }, xaxis2: { title: "no range" } };

  it.each([
    ["+", false, { "xaxis.range": [2, 10] }],
    ["-", false, { "xaxis.range": [-3, 15] }],
    ["ArrowLeft", true, { "xaxis.range": [-3, 9] }],
    ["ArrowRight", true, { "xaxis.range": [3, 15] }],
    ["ArrowRight", false, null],
    ["Home", false, { "xaxis.range": [0, 12], "yaxis.range": [4, -1] }],
    ["ArrowDown", false, null],
    ["Enter", false, null],
  ])("%s (shift: %s) changes the ranges to %o", (key, shiftKey, change) => {
    expect(rangesAfterKey({ key, shiftKey }, whole, whole)).toEqual(change);
  });

  it("go on from what is shown now, and Home back to the whole", () => {
    const now = { xaxis: { range: [3, 6] } };
    expect(rangesAfterKey({ key: "ArrowRight", shiftKey: true }, now, whole)).toEqual({ "xaxis.range": [3.75, 6.75] });
    expect(rangesAfterKey({ key: "Home", shiftKey: false }, now, whole)?.["xaxis.range"]).toEqual([0, 12]);
  });

  it("do not move an axis that is fixed", () => {
    const fixed = { xaxis: { range: [0, 12], fixedrange: true } };
    expect(rangesAfterKey({ key: "+", shiftKey: false }, fixed, fixed)).toBeNull();
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
