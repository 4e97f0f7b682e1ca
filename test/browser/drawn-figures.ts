/** What a figure must draw for the view it was given: the numbers of `gd.data` beside those of the view. */
import { expect } from "vitest";
import {
  validateBundle,
  type FaultsView,
  type FigureView,
  type IndexView,
  type LatencyView,
  type MappingsView,
  type PageTableView,
  type SharedMemoryView,
  type ViewBundle,
} from "../../kernel/src/views/index.js";
import type { DrawnFigure, DrawnTrace } from "./notebook-page.js";

/** The figures an output consists of, in their order. */
export function figureViews(bundle: ViewBundle): readonly FigureView[] {
  return bundle.kind === "observation" ? bundle.views : [bundle];
}

/** Fails unless the figure draws exactly the numbers of the view. */
export function expectDrawn(figure: DrawnFigure, view: FigureView): void {
  expect(figure.kind).toBe(view.kind);
  switch (view.kind) {
    case "mappings":
      expectMappings(figure, view);
      break;
    case "faults":
      expectFaults(figure, view);
      break;
    case "latency":
      expectLatency(figure, view);
      break;
    case "comparison":
    case "table":
    case "check":
      // A table: nothing of plotly's.
      expect(figure.traces).toEqual([]);
      break;
    case "index":
      expectIndex(figure, view);
      break;
    case "pageTable":
      expectPageTable(figure, view);
      break;
    case "sharedMemory":
      expectSharedMemory(figure, view);
  }
}

/** The bundle that stands in an output, as a reader reads it. */
export function bundleOf(output: unknown): ViewBundle {
  const checked = validateBundle(output);
  if (!checked.ok) throw new Error(`a reader refuses the output: ${checked.reason}`);
  return checked.bundle;
}

/** The traces that stand for something, without those that only fill the legend. */
function tracesOf(figure: DrawnFigure, wanted: Readonly<Record<string, unknown>>): DrawnTrace[] {
  return figure.traces.filter((trace) => Object.entries(wanted).every(([key, value]) => trace.meta[key] === value));
}

/** The rows of a trace's custom data as objects, named by `meta.columns`. */
export function rowsOf(trace: DrawnTrace): Record<string, unknown>[] {
  const columns = trace.meta["columns"];
  if (!Array.isArray(columns)) throw new Error(`trace "${trace.name}" does not name its columns`);
  return trace.customdata.map((row) => Object.fromEntries(columns.map((column, index) => [String(column), row[index]])));
}

function expectMappings(figure: DrawnFigure, view: MappingsView): void {
  for (const { source, before, after } of view.states) {
    for (const [state, vmas] of [
      ["before", before],
      ["after", after],
    ] as const) {
      const drawn = tracesOf(figure, { kind: "mappings", part: "vmas", source, state }).flatMap(rowsOf);
      const wanted = vmas.map(({ start, end, perms, offset, object }) => ({ start, end, perms, offset, object }));
      expect(drawn, `VMAs of the ${source}, ${state}`).toMatchObject(wanted);
      expect(drawn).toHaveLength(wanted.length);
    }
  }
}

function expectFaults(figure: DrawnFigure, view: FaultsView): void {
  for (const source of view.sources) {
    const traces = tracesOf(figure, { kind: "faults", source: source.source, instrument: source.instrument });
    const drawn = traces.flatMap(rowsOf).sort((one, other) => Number(one["index"]) - Number(other["index"]));
    const base = BigInt(view.base);
    const wanted = source.page.map((page, index) => ({
      index,
      page,
      address: `0x${(base + BigInt(page) * BigInt(view.pageSize)).toString(16)}`,
      atNs: source.atNs?.[index] ?? null,
      tookNs: source.tookNs?.[index] ?? null,
    }));
    expect(drawn, `faults of the ${source.source}`).toMatchObject(wanted);
    expect(drawn).toHaveLength(wanted.length);
    for (const trace of traces) expect(trace.meta).toMatchObject({ minor: source.minor, major: source.major, lost: source.lost });
    for (const letter of new Set(source.faultKind)) {
      const kind = { m: "minor", M: "major", s: "signal" }[letter];
      const count = [...source.faultKind].filter((other) => other === letter).length;
      const points = traces.filter((trace) => trace.meta["faultKind"] === kind).reduce((sum, trace) => sum + trace.x.length, 0);
      expect(points, `${kind} faults of the ${source.source}`).toBe(count);
    }
  }
}

function expectLatency(figure: DrawnFigure, view: LatencyView): void {
  for (const { label, ns, dirtyPages } of view.series) {
    const sorted = [...ns].sort((one, other) => one - other);
    const [distribution, ...others] = tracesOf(figure, { kind: "latency", part: "distribution", label });
    expect(others).toEqual([]);
    expect(distribution?.x, `times of ${label}`).toEqual(sorted.map((one) => Math.max(1, one)));
    expect(distribution?.meta["count"]).toBe(ns.length);
    const [histogram] = tracesOf(figure, { kind: "latency", part: "histogram", label }).map(rowsOf);
    expect(
      histogram?.reduce((sum, { calls }) => sum + Number(calls), 0),
      `histogram of ${label}`,
    ).toBe(ns.length);
    if (dirtyPages === undefined) continue;
    const [dirty] = tracesOf(figure, { kind: "latency", part: "dirty", label });
    expect(dirty?.x, `dirty pages of ${label}`).toEqual(dirtyPages);
    expect(dirty?.y).toEqual(ns.map((one) => Math.max(1, one)));
  }
}

/** The last moment of the index, as a figure first shows it. */
function expectIndex(figure: DrawnFigure, view: IndexView): void {
  const frame = view.frames.at(-1);
  const nodes = tracesOf(figure, { kind: "index", part: "nodes" }).flatMap(rowsOf);
  expect(nodes).toMatchObject((frame?.nodes ?? []).map(({ id, first, last, folded }) => ({ id, first, last, folded })));
  const visited = nodes.filter(({ visit }) => visit !== null).sort((one, other) => Number(one["visit"]) - Number(other["visit"]));
  expect(visited.map(({ id }) => id)).toEqual(frame?.lookup?.visited ?? []);
  const slots = tracesOf(figure, { kind: "index", part: "slots" }).flatMap(rowsOf);
  expect(slots.map(({ holds }) => holds)).toEqual((frame?.nodes ?? []).flatMap((node) => (node.slots ?? []).map(({ holds }) => holds)));
}

function expectPageTable(figure: DrawnFigure, { levels, entry }: PageTableView): void {
  const entries = tracesOf(figure, { kind: "pageTable", part: "entries" }).flatMap(rowsOf);
  expect(entries).toMatchObject(levels.filter(({ table }) => table !== null).map(({ level, index }) => ({ level, index })));
  expect(entries.at(-1)?.["flags"]).toBe(entry?.flags.join(" ") ?? "");
  const bits = tracesOf(figure, { kind: "pageTable", part: "bits" }).flatMap(rowsOf);
  const value = bits.reduce((sum, { bit, set }) => (set === 1 ? sum | (1n << BigInt(Number(bit))) : sum), 0n);
  expect(`0x${value.toString(16)}`).toBe(entry?.value ?? "0x0");
}

function expectSharedMemory(figure: DrawnFigure, { processes }: SharedMemoryView): void {
  const runs = processes.flatMap(({ name, mappings }) =>
    mappings.flatMap(({ start, runs: all }) => all.map(({ page, pages, frame }) => ({ process: name, start, page, pages, frame }))),
  );
  expect(tracesOf(figure, { kind: "sharedMemory", part: "pages" }).flatMap(rowsOf)).toMatchObject(runs);
}
