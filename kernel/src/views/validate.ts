/**
 * The border: whatever stands under the MIME type in a notebook is unknown until it has been through here. It may be
 * from a newer kernel, cut short, edited by hand, or hostile. What comes out is a fresh copy that holds only the fields
 * of the format, each of the right type, within {@link LIMITS} and consistent with the others.
 *
 * Strings are kept as they are, markup and all: whoever draws them draws text, never markup.
 */
import { pageCount } from "./address.js";
import { ACCESS_BY_LETTER, FAULT_KIND_BY_LETTER } from "./fault-letters.js";
import { readEmbeddedTrace } from "./embedded-trace.js";
import { LIMITS } from "./limits.js";
import { readCheck } from "./read-check.js";
import { readIndex } from "./read-index.js";
import { readPageSize } from "./read-page-size.js";
import { readPageTable } from "./read-page-table.js";
import { readSharedMemory } from "./read-shared-memory.js";
import { Malformed, Reader } from "./reader.js";
import {
  VIEW_VERSION,
  type ComparisonRow,
  type FaultColumns,
  type FigureView,
  type Hex,
  type LatencySeries,
  type TableView,
  type View,
  type ViewBundle,
  type VmaView,
} from "./view.js";

/** A checked bundle, or why it is none, in a sentence for people. */
export type Validation = { readonly ok: true; readonly bundle: ViewBundle } | { readonly ok: false; readonly reason: string };

/** Checks and copies a bundle. Never throws. */
export function validateBundle(json: unknown): Validation {
  try {
    const bundle = new Reader(json, "view");
    const version = bundle.field("version").integer(1, Number.MAX_SAFE_INTEGER);
    if (version > VIEW_VERSION)
      return {
        ok: false,
        reason: `It was made by a newer mmaplab (format ${version}; this reader knows format ${VIEW_VERSION}): update the extension.`,
      };
    return { ok: true, bundle: { version: VIEW_VERSION, ...readView(bundle) } };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, reason: error.message };
    throw error;
  }
}

function readView(view: Reader): View {
  const kind = view.field("kind").text(LIMITS.text);
  if (kind !== "observation") return readFigureView(view, kind);
  const note = view.optional("note")?.text(LIMITS.text);
  const trace = view.optional("trace");
  return {
    kind,
    title: view.field("title").text(LIMITS.text),
    ...(note !== undefined && { note }),
    ...(trace !== undefined && { trace: readEmbeddedTrace(trace) }),
    views: view.field("views").list(LIMITS.views, (one) => readFigureView(one, one.field("kind").text(LIMITS.text))),
  };
}

function readFigureView(view: Reader, kind: string): FigureView {
  switch (kind) {
    case "mappings":
      return readMappings(view);
    case "faults":
      return readFaults(view);
    case "latency":
      return { kind, title: view.field("title").text(LIMITS.text), series: view.field("series").list(LIMITS.series, readSeries) };
    case "comparison":
      return { kind, title: view.field("title").text(LIMITS.text), rows: view.field("rows").list(LIMITS.rows, readRow) };
    case "table":
      return readTable(view);
    case "index":
      return readIndex(view);
    case "pageTable":
      return readPageTable(view);
    case "sharedMemory":
      return readSharedMemory(view);
    case "check":
      return readCheck(view);
    default:
      throw new Malformed(
        kind === "observation"
          ? `${view.where} is an observation inside an observation, which this format does not have.`
          : `This reader does not know views of the kind ${JSON.stringify(kind.slice(0, 60))}. A newer extension may.`,
      );
  }
}

function readMappings(view: Reader): FigureView {
  const pageSize = readPageSize(view);
  return {
    kind: "mappings",
    title: view.field("title").text(LIMITS.text),
    pageSize,
    states: view.field("states").list(2, (state) => ({
      source: state.field("source").oneOf(["kernel", "model"]),
      before: readVmas(state.field("before"), pageSize),
      after: readVmas(state.field("after"), pageSize),
    })),
  };
}

/** VMAs of one address space: sorted, not overlapping, whole pages. */
function readVmas(list: Reader, pageSize: number): VmaView[] {
  let previousEnd = 0n;
  return list.list(LIMITS.vmas, (item) => {
    const start = readAddress(item.field("start"), pageSize);
    const end = readAddress(item.field("end"), pageSize);
    if (BigInt(end) <= BigInt(start)) throw new Malformed(`${item.where} ends at ${end}, which is not above its start ${start}.`);
    if (BigInt(start) < previousEnd)
      throw new Malformed(`${item.where} starts below the end of the one before it: VMAs must be sorted and apart.`);
    previousEnd = BigInt(end);
    const vma: VmaView = {
      start,
      end,
      perms: item.field("perms").matching(/^[r-][w-][x-][ps]$/, "rights as in /proc/pid/maps"),
      offset: item.field("offset").hex(),
      object: item.field("object").orNull()?.text(LIMITS.text) ?? null,
    };
    const pages = readPageLetters(item, "pages", /^[.aAzfFsg]*$/, vma, pageSize);
    const dirty = readPageLetters(item, "dirty", /^[.d]*$/, vma, pageSize);
    const label = item.optional("label")?.text(LIMITS.text);
    return { ...vma, ...(pages !== undefined && { pages }), ...(dirty !== undefined && { dirty }), ...(label !== undefined && { label }) };
  });
}

function readAddress(field: Reader, pageSize: number): Hex {
  const address = field.hex();
  if (BigInt(address) % BigInt(pageSize) !== 0n) throw new Malformed(`${field.where} is ${address}, which is not the start of a page.`);
  return address;
}

function readPageLetters(item: Reader, name: "pages" | "dirty", letters: RegExp, vma: VmaView, pageSize: number): string | undefined {
  const field = item.optional(name);
  if (!field) return undefined;
  const text = field.text(LIMITS.pages);
  if (text.length !== pageCount(vma, pageSize))
    throw new Malformed(`${field.where} has ${text.length} letters for ${pageCount(vma, pageSize)} pages.`);
  if (!letters.test(text)) throw new Malformed(`${field.where} holds a letter that is no state of a page.`);
  return text;
}

function readFaults(view: Reader): FigureView {
  const pageSize = readPageSize(view);
  const base = view.field("base").hex();
  if (BigInt(base) % BigInt(pageSize) !== 0n) throw new Malformed(`${view.where}.base is ${base}, which is not the start of a page.`);
  const basePage = Number(BigInt(base) / BigInt(pageSize));
  return {
    kind: "faults",
    title: view.field("title").text(LIMITS.text),
    pageSize,
    base,
    vmas: readVmas(view.field("vmas"), pageSize),
    sources: view.field("sources").list(8, (source) => readColumns(source, basePage, 2 ** 64 / pageSize)),
  };
}

function readColumns(source: Reader, basePage: number, pagesInAll: number): FaultColumns {
  const count = (name: "minor" | "major" | "lost"): number => source.field(name).integer(0, Number.MAX_SAFE_INTEGER);
  const reasons = source.field("reasons").list(LIMITS.reasons, (reason) => reason.text(LIMITS.text));
  const columns: FaultColumns = {
    source: source.field("source").oneOf(["kernel", "model"]),
    instrument: source.field("instrument").text(LIMITS.text),
    minor: count("minor"),
    major: count("major"),
    lost: count("lost"),
    page: source.field("page").numbers(LIMITS.faults, { from: -basePage, to: pagesInAll - basePage - 1, whole: true }),
    atNs: source.field("atNs").orNull()?.numbers(LIMITS.faults, { from: 0, to: Number.MAX_SAFE_INTEGER }) ?? null,
    tookNs: source.field("tookNs").orNull()?.numbers(LIMITS.faults, { from: 0, to: Number.MAX_SAFE_INTEGER }) ?? null,
    faultKind: source.field("faultKind").letters(LIMITS.faults, Object.keys(FAULT_KIND_BY_LETTER)),
    access: source.field("access").letters(LIMITS.faults, Object.keys(ACCESS_BY_LETTER)),
    reason:
      source
        .field("reason")
        .orNull()
        ?.numbers(LIMITS.faults, { from: -1, to: reasons.length - 1, whole: true }) ?? null,
    reasons,
  };
  for (const name of ["atNs", "tookNs", "faultKind", "access", "reason"] as const) {
    const column = columns[name];
    if (column && column.length !== columns.page.length)
      throw new Malformed(`${source.where}.${name} has ${column.length} entries, but there are ${columns.page.length} faults.`);
  }
  return columns;
}

function readSeries(series: Reader): LatencySeries {
  const label = series.field("label").text(LIMITS.text);
  const ns = series.field("ns").numbers(LIMITS.samples, { from: 0, to: Number.MAX_SAFE_INTEGER });
  const dirtyPages = series.optional("dirtyPages")?.numbers(LIMITS.samples, { from: 0, to: Number.MAX_SAFE_INTEGER, whole: true });
  if (!dirtyPages) return { label, ns };
  if (dirtyPages.length !== ns.length)
    throw new Malformed(`${series.where}.dirtyPages has ${dirtyPages.length} entries, but there are ${ns.length} times.`);
  return { label, ns, dirtyPages };
}

function readTable(view: Reader): TableView {
  const headings = view.field("headings").list(LIMITS.columns, (heading) => heading.text(LIMITS.text));
  const caption = view.optional("caption")?.text(LIMITS.text);
  return {
    kind: "table",
    title: view.field("title").text(LIMITS.text),
    headings,
    rows: view.field("rows").list(LIMITS.rows, (row) => {
      const cells = row.list(LIMITS.columns, (cell) => {
        const tone = cell.optional("tone")?.oneOf(["plain", "ok", "warn", "bad"]);
        return { text: cell.field("text").text(LIMITS.text), ...(tone !== undefined && { tone }) };
      });
      if (cells.length !== headings.length)
        throw new Malformed(`${row.where} has ${cells.length} cells, but there are ${headings.length} headings.`);
      return cells;
    }),
    ...(caption !== undefined && { caption }),
  };
}

function readRow(row: Reader): ComparisonRow {
  const why = row.optional("why")?.text(LIMITS.text);
  return {
    what: row.field("what").text(LIMITS.text),
    kernel: row.field("kernel").text(LIMITS.text),
    model: row.field("model").text(LIMITS.text),
    verdict: row.field("verdict").oneOf(["equal", "explained", "unexplained"]),
    ...(why !== undefined && { why }),
  };
}
