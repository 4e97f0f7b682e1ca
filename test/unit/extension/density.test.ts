/** Faults by the ten thousand: none is lost, whatever part is looked at. */
import { describe, expect, it } from "vitest";
import { densityOf, faultPoints, pointsWithin } from "../../../extension/src/figures/fault-points.js";
import { lazyWords } from "../../../extension/src/figures/figure.js";
import { figureOf } from "../../../extension/src/figures/index.js";
import { plainText, plotPoints, spanOfPoint } from "../../../extension/src/plot-points.js";
import { addressAxis, type FaultColumns, type FaultsView } from "../../../kernel/src/views/index.js";
import { FAULTS, MAPPINGS } from "../views/samples.js";
import { context } from "./context.js";
import { trace, traces } from "./traces.js";

const COUNT = 60_000;

function view(): FaultsView {
  const page = Array.from({ length: COUNT }, (_, index) => (index * 7919) % 4096);
  const source: FaultColumns = {
    source: "kernel",
    instrument: "test",
    minor: COUNT - 3,
    major: 3,
    lost: 0,
    page,
    // Not in order of time, as faults of several threads may come.
    atNs: page.map((_, index) => (index % 2 === 0 ? index : index - 2) * 10),
    tookNs: null,
    faultKind: page.map((_, index) => (index % 20_000 === 7 ? "M" : "m")).join(""),
    access: "w".repeat(COUNT),
    reason: null,
    reasons: [],
  };
  return { ...FAULTS, base: "0x10000000", vmas: [{ ...vma, end: "0x11000000" }], sources: [source] };
}
const vma = { start: "0x10000000", end: "0x11000000", perms: "rw-p", offset: "0x0", object: null, label: "big" } as const;

describe("the density of faults", () => {
  const [source] = view().sources;
  if (!source) throw new Error("no source");
  const points = faultPoints(source, addressAxis([{ start: 0x10000, end: 0x11000 }]), 0x10000);
  const whole = { x: [-100, 700_000], y: [0, 4096] } as const;

  it("counts every fault once, the rare ones apart", () => {
    const density = densityOf(points, whole, 300, 100, 10);
    expect(density.inside).toBe(COUNT);
    expect(density.rare).toHaveLength(3);
    expect(density.cells.reduce((sum, cell) => sum + cell, 0)).toBe(COUNT - 3);
  });

  it("counts the rare ones with the others where they are too many", () => {
    const density = densityOf(points, whole, 300, 100, 2);
    expect(density.rare).toBeNull();
    expect(density.cells.reduce((sum, cell) => sum + cell, 0)).toBe(COUNT);
  });

  it("gives exactly the faults of a part, and null where there are too many", () => {
    const part = { x: [100_000, 101_000], y: [100, 2000] } as const;
    const wanted = source.page.flatMap((page, index) => {
      const at = source.atNs?.[index] ?? 0;
      return at >= 100_000 && at <= 101_000 && page + 0.5 >= 100 && page + 0.5 <= 2000 ? [index] : [];
    });
    expect(wanted.length).toBeGreaterThan(20);
    expect(pointsWithin(points, part, 1000)?.sort((a, b) => a - b)).toEqual(wanted);
    expect(pointsWithin(points, part, wanted.length - 1)).toBeNull();
    expect(densityOf(points, part, 10, 10, 0).inside).toBe(wanted.length);
  });
});

describe("the figure of many faults", () => {
  const figure = figureOf(view(), context());

  it("is a density with the counts said, and the major faults as points", () => {
    expect(trace(figure, { part: "density" }).meta).toMatchObject({ inside: COUNT, listed: COUNT, minor: COUNT - 3 });
    expect(trace(figure, { faultKind: "major" }).x).toHaveLength(3);
    expect(figure.summary.replaceAll("\u202f", " ")).toContain("60 000 of 60 000 listed faults are in view, drawn as density");
  });

  it("becomes points with all their numbers once few enough are in view", () => {
    const change = figure.follow?.({ xaxis: [200_000, 210_000], yaxis: [0, 4096] });
    const near = { ...figure, data: change?.data ?? [] };
    expect(traces(near, { part: "density" })).toEqual([]);
    const rows = traces(near, { kind: "faults" }).flatMap((one) => one.rows);
    expect(rows.length).toBeGreaterThan(900);
    expect(rows.every(({ atNs }) => Number(atNs) >= 200_000 && Number(atNs) <= 210_000)).toBe(true);
    expect(change?.summary).toContain("faults in view are drawn");
  });

  it("says how many lie in a cell when it is pointed at", () => {
    const heat = figure.data.find((one) => Reflect.get(Object(one.meta), "part") === "density");
    const z = Reflect.get(Object(heat), "z") as (number | null)[][];
    const row = z.findIndex((cells) => cells.some((cell) => cell !== null));
    const column = z[row]?.findIndex((cell) => cell !== null) ?? -1;
    const words = heat && lazyWords(heat);
    expect(words?.([row, column])).toContain(`<b>${Math.round(10 ** (z[row]?.[column] ?? 0))} fault`);
  });

  it("is a density too where there is no WebGL and few thousand points would freeze", () => {
    const [source] = view().sources;
    if (!source) throw new Error("no source");
    const five = (column: readonly number[] | null): number[] | null => column && column.slice(0, 5000);
    const some = {
      ...source,
      page: five(source.page) ?? [],
      atNs: five(source.atNs),
      faultKind: "m".repeat(5000),
      access: "w".repeat(5000),
    };
    const few = { ...view(), sources: [some] };
    expect(traces(figureOf(few, context({ webgl: false })), { part: "density" })).toHaveLength(1);
    expect(traces(figureOf(few, context({ webgl: true })), { part: "density" })).toHaveLength(0);
  });
});

describe("the points of a plot", () => {
  it("come from left to right, each with its words and its addresses", () => {
    const { data } = figureOf(FAULTS, context());
    const points = plotPoints(data);
    expect(points.map(({ xaxis }) => xaxis).join(" ")).toBe(`${"x ".repeat(6)}${"x2 ".repeat(6)}`.trim());
    const first = points[0];
    expect(first?.words()).toBe("minor fault, write\n0x7f12a0000000 in buffer\nnumber 1, at 1.2 µs\ntook 800 ns");
    expect(spanOfPoint(data[first?.curve ?? 0], first?.point ?? 0, 4096)).toEqual({ from: 0x7f12a0000000n, to: 0x7f12a0001000n });
  });

  it("stand for whole mappings and runs of pages where they are those", () => {
    const { data } = figureOf(MAPPINGS, context());
    const vmas = data.findIndex((one) => Reflect.get(Object(one.meta), "part") === "vmas");
    expect(spanOfPoint(data[vmas], 1, 4096)).toEqual({ from: 0x7f12c4000000n, to: 0x7f12c4006000n });
    expect(spanOfPoint(data[vmas], 99, 4096)).toBeNull();
  });

  it("put words together late where there are many, and the same ones", () => {
    const { data } = figureOf({ ...FAULTS, sources: view().sources.map((one) => ({ ...one, ...short(one, 2000) })) }, context());
    const [points] = data;
    expect(points && Reflect.get(points, "hovertext")).toBeUndefined();
    expect(
      plotPoints(data)
        .find(({ curve, point }) => curve === 0 && point === 1500)
        ?.words(),
    ).toContain("minor fault, write\n");
  });

  it("are text: tags go, what was escaped comes back", () => {
    expect(plainText("<b>&lt;b&gt;</b><br>&amp;lt;")).toBe("<b>\n&lt;");
  });
});

function short(source: FaultColumns, count: number): Pick<FaultColumns, "page" | "atNs" | "faultKind" | "access"> {
  return {
    page: source.page.slice(0, count),
    atNs: source.atNs?.slice(0, count) ?? null,
    faultKind: "m".repeat(count),
    access: source.access.slice(0, count),
  };
}
