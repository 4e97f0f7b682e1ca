import { describe, expect, it } from "vitest";
import { figureOf } from "../../../extension/src/figures/index.js";
import type { FaultsView, MappingsView, VmaView } from "../../../kernel/src/views/index.js";
import { FAULTS, LATENCY, MAPPINGS } from "../views/samples.js";
import { context, DARK } from "./context.js";
import { trace, traces } from "./traces.js";

const HOSTILE = `<b onclick=x>&</b>\u001b<script>`;

describe("the mappings figure", () => {
  const figure = figureOf(MAPPINGS, context());

  it("has a bar a VMA, with the fields the kernel reported", () => {
    const after = trace(figure, { part: "vmas", source: "kernel", state: "after" });
    const reported = MAPPINGS.states[0]?.after.map(({ start, end, perms, offset, object }) => ({ start, end, perms, offset, object }));
    expect(after.rows.map(({ start, end, perms, offset, object }) => ({ start, end, perms, offset, object }))).toEqual(reported);
    expect(after.x).toEqual([4, 4, 2]);
  });

  it("marks what became of each VMA, in data and in its label", () => {
    const after = trace(figure, { part: "vmas", source: "kernel", state: "after" });
    expect(after.rows.map((row) => row["change"])).toEqual(["pages", "changed", "new"]);
    expect(after.raw["text"]).toEqual(["rw-p buffer", "≠ rw-s data.bin", "+ r--p anon"]);
  });

  it("has the letters of all pages, each at its page, and which of them changed", () => {
    const pages = trace(figure, { part: "pages", source: "kernel", state: "after" });
    expect(pages.rows.map((row) => row["letter"]).join("")).toBe("aaaaffffz.");
    expect(pages.rows.map((row) => row["address"]).slice(3, 5)).toEqual(["0x7f12a0003000", "0x7f12c4000000"]);
    expect(pages.rows.map((row) => (row["changed"] === "changed" ? "!" : "-")).join("")).toBe(
      "!!!!!!!!!-".replace("!!!!!!!!!", "!!!!!!!!!"),
    );
    expect(trace(figure, { part: "dirty", source: "model", state: "after" }).rows).toHaveLength(6);
  });

  it("puts the same address of every row above each other, and every row on its own height", () => {
    const bases = traces(figure, { part: "vmas" }).map((one) => [one.raw["base"], one.y]);
    expect(new Set(bases.map(([base]) => String(Object(base)[0]))).size).toBe(1);
    expect(new Set(bases.map(([, y]) => String(Object(y)[0]))).size).toBe(4);
  });

  it("marks the page on which kernel and model differ, and says both", () => {
    const differences = trace(figure, { part: "differences" });
    expect(differences.rows).toEqual([{ state: "after", address: "0x7f12c4003000", pages: 1, what: "pages" }]);
    expect(differences.hovertext[0]).toContain("kernel: f<br>model: .");
  });

  it("has no such mark where they agree, and says that in its summary", () => {
    const [kernel] = MAPPINGS.states;
    const agreeing: MappingsView = { ...MAPPINGS, states: kernel ? [kernel, { ...kernel, source: "model" }] : [] };
    const agreed = figureOf(agreeing, context());
    expect(traces(agreed, { part: "differences" })).toEqual([]);
    expect(agreed.summary).toBe("Kernel and model agree: 1 mapping new, 1 mapping changed, 7 pages filled, 6 pages dirtied.");
    expect(figure.summary).toContain("They differ on 1 page.");
  });

  it("explains in its legend exactly the classes and letters that occur", () => {
    expect(traces(figure, { kind: "legend" }).map((one) => one.name)).toEqual([
      "private, anonymous",
      "shared, file",
      ". nothing",
      "a anonymous page",
      "z zero page",
      "f file page",
      "dirty",
    ]);
  });

  it("draws many narrow pages as runs, and none is lost", () => {
    const letters = "a".repeat(5000) + ".".repeat(3000) + "z".repeat(192);
    const vma: VmaView = { start: "0x10000000", end: "0x12000000", perms: "rw-p", offset: "0x0", object: null, pages: letters };
    const many = figureOf({ ...MAPPINGS, states: [{ source: "kernel", before: [], after: [vma] }] }, context());
    const { rows } = trace(many, { part: "pages", state: "after" });
    expect(rows.map((row) => [row["letter"], row["pages"]])).toEqual([
      ["a", 5000],
      [".", 3000],
      ["z", 192],
    ]);
  });

  it("draws an empty address space without failing", () => {
    const empty = figureOf({ ...MAPPINGS, states: [{ source: "kernel", before: [], after: [] }] }, context());
    expect(traces(empty, { part: "vmas" }).map((one) => one.x.length)).toEqual([0, 0]);
    expect(empty.summary).toContain("nothing changed");
  });
});

describe("the faults figure", () => {
  const figure = figureOf(FAULTS, context());

  it("has every fault of every source once, with its page, address, VMA, times and reason", () => {
    for (const source of FAULTS.sources) {
      const rows = traces(figure, { kind: "faults", source: source.source }).flatMap((one) => one.rows);
      rows.sort((a, b) => Number(a["index"]) - Number(b["index"]));
      expect(rows.map((row) => row["page"])).toEqual(source.page);
      expect(rows.map((row) => row["atNs"])).toEqual(source.atNs ?? source.page.map(() => null));
      expect(rows.map((row) => row["vma"])).toEqual(["buffer", "buffer", "buffer", "buffer", "data.bin", "data.bin"]);
      expect(rows[5]?.["address"]).toBe("0x7f12c4001000");
    }
    expect(trace(figure, { source: "model", faultKind: "major" }).rows[0]?.["reason"]).toBe("The page is not cached.");
    expect(trace(figure, { source: "model", faultKind: "signal" }).rows[0]?.["reason"]).toBeNull();
  });

  it("tells minor, major and signal, read and write apart by trace, symbol and colour", () => {
    const kinds = traces(figure, { source: "kernel" }).map(({ meta, raw }) => [
      meta["faultKind"],
      meta["access"],
      Object(raw["marker"]).symbol,
      Object(raw["marker"]).color,
    ]);
    expect(kinds.map(([kind, access]) => `${String(kind)} ${String(access)}`)).toEqual([
      "minor read",
      "minor write",
      "major read",
      "signal write",
    ]);
    expect(new Set(kinds.map(([, , symbol, colour]) => `${String(symbol)} ${String(colour)}`)).size).toBe(4);
  });

  it("draws times where there are any and the order where there are none, each on its own axis", () => {
    const timed = trace(figure, { source: "kernel", faultKind: "minor", access: "write" });
    const ordered = trace(figure, { source: "model", faultKind: "minor", access: "write" });
    expect(timed.x).toEqual([1200, 2900, 4100]);
    expect(ordered.x).toEqual([1, 2, 4]);
    expect([timed.raw["xaxis"], ordered.raw["xaxis"]]).toEqual(["x", "x2"]);
    expect(JSON.stringify(figure.layout["xaxis"])).toContain("time inside the operations");
    expect(JSON.stringify(figure.layout["xaxis2"])).toContain("order of the faults");
    expect(timed.y).toEqual(ordered.y);
  });

  it("says the totals, the faults not listed and those lost", () => {
    expect(JSON.stringify(figure.layout.annotations)).toContain("6 minor, 1 major, 1 signal, 2 not listed, 2 lost");
    expect(figure.summary).toContain("lost 2 faults");
    expect(trace(figure, { source: "kernel", faultKind: "major" }).meta).toMatchObject({ minor: 6, major: 1, lost: 2, listed: 6 });
  });

  it("stands panels beneath each other where it is narrow", () => {
    const narrow = figureOf(FAULTS, context({ width: 400 }));
    expect(narrow.layout.height).toBeGreaterThan(figure.layout.height + 200);
    expect(narrow.layout.yaxis?.domain?.[0]).toBeGreaterThan(narrow.layout["yaxis2"]?.domain?.[1] ?? 1);
  });

  it.each([
    ["SVG for few points", 100, true, "scatter", 100],
    ["WebGL for many", 10_000, true, "scattergl", 10_000],
  ])("uses %s", (_what, count, webgl, type, drawn) => {
    const { type: drawnType, rows } = trace(figureOf(manyFaults(count), context({ webgl })), { kind: "faults" });
    expect([drawnType, rows.length]).toEqual([type, drawn]);
  });

  it("puts each fault inside the row of its page, across a hole", () => {
    const lowest = trace(figure, { source: "model", faultKind: "minor", access: "write" }).y[0];
    expect(lowest).toBe(0.5);
    const beyond = Number(trace(figure, { source: "model", faultKind: "major" }).y[0]);
    expect(beyond).toBeGreaterThan(4);
    expect(beyond).toBeLessThan(10);
  });
});

function manyFaults(count: number): FaultsView {
  const page = Array.from({ length: count }, (_, index) => index);
  const source = { source: "kernel", instrument: "test", minor: count, major: 0, lost: 0, page, atNs: page, tookNs: null } as const;
  return {
    ...FAULTS,
    vmas: [],
    sources: [{ ...source, faultKind: "m".repeat(count), access: "w".repeat(count), reason: null, reasons: [] }],
  };
}

describe("the latency figure", () => {
  const figure = figureOf(LATENCY, context());

  it("rises from the first to the last call of each series", () => {
    const curve = trace(figure, { part: "distribution", label: "msync MS_ASYNC" });
    const sorted = [...(LATENCY.series[1]?.ns ?? [])].sort((a, b) => a - b);
    expect(curve.x).toEqual(sorted);
    expect([curve.y[0], curve.y.at(-1)]).toEqual([1 / 40, 1]);
  });

  it("marks the percentiles, and has them exactly in its meta", () => {
    const marks = trace(figure, { part: "percentiles", label: "msync MS_ASYNC" });
    expect(marks.rows).toEqual([
      { percentile: "p50", ns: 1320 },
      { percentile: "p90", ns: 1880 },
      { percentile: "p99", ns: 2020 },
    ]);
    expect(marks.meta).toMatchObject({ count: 40, min: 900, p50: 1320, p99: 2020, max: 2020 });
    expect(marks.hovertext[0]).toContain("p50 1.32 µs");
  });

  it("draws dirty pages against time only where they are known", () => {
    expect(traces(figure, { part: "dirty" }).map((one) => one.meta["label"])).toEqual(["msync MS_SYNC"]);
    const { rows } = trace(figure, { part: "dirty" });
    expect(rows[3]).toEqual({ index: 3, dirtyPages: 18, ns: LATENCY.series[0]?.ns[3] });
    expect(figureOf({ ...LATENCY, series: LATENCY.series.slice(1) }, context()).layout["xaxis3"]).toBeUndefined();
  });

  it("has a histogram over the same times, in which every call is once", () => {
    const bars = LATENCY.series.map(({ label }) => trace(figure, { part: "histogram", label }));
    expect(bars.map(({ rows }) => rows.reduce((sum, { calls }) => sum + Number(calls), 0))).toEqual([40, 40]);
    for (const { x, y, raw, rows, hovertext } of bars) {
      expect(x).toEqual(bars[0]?.x);
      expect(y).toEqual([...rows.map(({ calls }) => Number(calls) / 40), 0]);
      expect([raw["xaxis"], raw["yaxis"]]).toEqual(["x2", "y2"]);
      expect(hovertext).toHaveLength(rows.length);
    }
    const [slow] = LATENCY.series;
    for (const { fromNs, toNs, calls } of bars[0]?.rows ?? []) {
      const inside = slow?.ns.filter((ns) => ns >= Number(fromNs) && ns < Number(toNs)).length;
      if (bars[0]?.rows.at(-1)?.["toNs"] !== toNs) expect(calls).toBe(inside);
    }
    expect(figure.layout["xaxis2"]).toMatchObject({ type: "log", matches: "x" });
  });

  it("marks the same percentiles below the histogram", () => {
    const marks = trace(figure, { part: "histogram percentiles", label: "msync MS_ASYNC" });
    expect(marks.x).toEqual([1320, 1880, 2020]);
    expect(marks.y).toEqual([0, 0, 0]);
  });

  it("bins calls that all took the same time", () => {
    const same = figureOf({ ...LATENCY, series: [{ label: "f", ns: [500, 500, 500] }] }, context());
    const { rows } = trace(same, { part: "histogram" });
    expect(rows.filter(({ calls }) => calls === 3)).toHaveLength(1);
    expect(rows.every(({ fromNs, toNs }) => Number(toNs) > Number(fromNs))).toBe(true);
  });

  it("draws dirty pages on a log axis where they range widely, and on a linear one where a call found none", () => {
    const over = (dirtyPages: readonly number[]) =>
      figureOf({ ...LATENCY, series: [{ label: "f", ns: dirtyPages.map((pages) => 1000 + pages), dirtyPages }] }, context());
    expect(over([1, 10, 1000]).layout["xaxis3"]).toMatchObject({ type: "log", ticktext: ["1", "10", "100", "1000"] });
    for (const pages of [
      [0, 10, 1000],
      [10, 20, 30],
    ])
      expect(over(pages).layout["xaxis3"]?.type).toBeUndefined();
  });

  it("labels the times of the window that is looked at", () => {
    const { axes } = figure.follow?.({ xaxis: [3, 3.3], xaxis2: [3, 3.3], yaxis: [0, 1], xaxis3: [0, 10], yaxis3: [2, 6] }) ?? { axes: {} };
    expect(axes["xaxis"]?.ticktext).toEqual(["1 µs", "1.2 µs", "1.4 µs", "1.6 µs", "1.8 µs"]);
    expect(axes["xaxis2"]).toEqual(axes["xaxis"]);
    expect(axes["yaxis3"]?.ticktext).toEqual(["100 ns", "1 µs", "10 µs", "100 µs", "1 ms"]);
    expect(Object.keys(axes)).toEqual(["xaxis", "xaxis2", "yaxis3"]);
  });

  it("stands its panels beneath each other where it is narrow, without overlap", () => {
    const { layout } = figureOf(LATENCY, context({ width: 400 }));
    const domains = [layout.yaxis, layout["yaxis2"], layout["yaxis3"]].map((axis) => axis?.domain ?? []);
    expect(domains.every(([low, high]) => Number(low) >= 0 && Number(high) > Number(low))).toBe(true);
    expect(Number(domains[0]?.[0])).toBeGreaterThan(Number(domains[1]?.[1]));
    expect(Number(domains[1]?.[0])).toBeGreaterThan(Number(domains[2]?.[1]));
    expect(layout.height).toBeGreaterThan(figure.layout.height + 200);
  });

  it("keeps the percentiles of all calls where the curve is thinned", () => {
    const ns = Array.from({ length: 100_000 }, (_, index) => index + 1);
    const long = trace(figureOf({ ...LATENCY, series: [{ label: "f", ns }] }, context()), { part: "distribution" });
    expect(long.x).toHaveLength(2000);
    expect(long.meta).toMatchObject({ count: 100_000, p50: 50_000, p99: 99_000 });
  });

  it("draws a time of 0 ns, which a log axis has no place for, and still says 0", () => {
    const zero = trace(figureOf({ ...LATENCY, series: [{ label: "f", ns: [0, 5] }] }, context()), { part: "distribution" });
    expect(zero.x).toEqual([1, 5]);
    expect(zero.rows[0]?.["ns"]).toBe(0);
  });

  it("says so where no calls were timed", () => {
    expect(figureOf({ ...LATENCY, series: [{ label: "f", ns: [] }] }, context()).summary).toBe("No calls were timed.");
  });
});

describe("every figure", () => {
  it.each([MAPPINGS, FAULTS, LATENCY].map((view) => [view.kind, view] as const))("takes its colours from the theme: %s", (_kind, view) => {
    const dark = figureOf(view, context({ theme: DARK }));
    expect(dark.layout.paper_bgcolor).toBe(DARK.ground);
    expect(dark.layout.font?.color).toBe(DARK.text);
    expect(JSON.stringify(dark)).not.toContain(context().theme.ground);
  });

  it.each([MAPPINGS, FAULTS, LATENCY].map((view) => [view.kind, view] as const))(
    "gives plotly no name it would take for markup: %s",
    (_kind, view) => {
      const names = new Set(["label", "object", "instrument", "reasons"]);
      const text = JSON.stringify(view, (key, value: unknown) => {
        if (!names.has(key) || value === null) return value;
        return Array.isArray(value) ? value.map(() => HOSTILE) : HOSTILE;
      });
      const hostile: typeof view = JSON.parse(text);
      const figure = figureOf(hostile, context());
      // Plotly draws neither customdata nor meta; the summary is set as text by the page.
      const shown = JSON.stringify([
        figure.layout,
        figure.data.map((one) => ({ ...one, customdata: null, meta: null, legendgroup: null })),
      ]);
      expect(shown).not.toContain("<b onclick");
      expect(shown).not.toContain("<script");
      expect(shown).toContain("&lt;b onclick");
    },
  );
});
