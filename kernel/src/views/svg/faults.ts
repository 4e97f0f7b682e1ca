/** Faults by address and time (or order): a panel a source. */
import { addressOfPage, pageOfAddress, spanOf } from "../address.js";
import { addressAxis, type AddressAxis } from "../address-axis.js";
import { faultSpans } from "../fault-spans.js";
import { ACCESS_BY_LETTER, FAULT_KIND_BY_LETTER, listedFaults } from "../fault-letters.js";
import { FAULT_INKS } from "../palette.js";
import { thinnedRanks } from "../quantile.js";
import { formatNs } from "../units.js";
import type { FaultColumns, FaultsView } from "../view.js";
import { vmaName } from "../vma-names.js";
import { SHEET_WIDTH, at, box, fitting, label, line, type Drawing } from "./drawing.js";

const LEFT = 120;
const GAP = 24;
const TOP = 36;
const PANEL_HEIGHT = 180;
const MOST_POINTS = 400;

export function faultsDrawing(view: FaultsView): Drawing {
  if (view.sources.length === 0) return { markup: label("No faults were recorded.", 12, 14, "dim"), height: 20 };
  const basePage = pageOfAddress(view.base, view.pageSize);
  const axis = addressAxis(faultSpans(view));
  const width = (SHEET_WIDTH - LEFT - 16 - GAP * (view.sources.length - 1)) / view.sources.length;
  const panels = view.sources.map((source, index) => panelMarkup(source, LEFT + index * (width + GAP), width, axis, basePage));
  return { markup: rangesMarkup(view, axis) + panels.join("") + keyMarkup(), height: TOP + PANEL_HEIGHT + 40 };
}

function yOf(axis: AddressAxis, page: number): number {
  return TOP + PANEL_HEIGHT - (axis.position(page) / axis.length) * PANEL_HEIGHT;
}

/** The names of the VMAs at the left, the address where each begins as a rule across. */
function rangesMarkup(view: FaultsView, axis: AddressAxis): string {
  const parts: string[] = [];
  let free = Infinity;
  for (const vma of view.vmas) {
    const { start } = spanOf(vma, view.pageSize);
    const y = yOf(axis, start);
    if (y > free) continue;
    parts.push(label(addressOfPage(start, view.pageSize), LEFT - 8, y, "dim", "end"));
    parts.push(label(fitting(vmaName(vma), LEFT - 16), LEFT - 8, y - 13, "text", "end"), line(LEFT, y, SHEET_WIDTH - 16, y));
    free = y - 28;
  }
  return parts.join("");
}

function panelMarkup(source: FaultColumns, x: number, width: number, axis: AddressAxis, basePage: number): string {
  const times = source.atNs;
  const last = times ? times.reduce((most, one) => Math.max(most, one), 1) : Math.max(1, source.page.length - 1);
  const drawn = thinnedRanks(source.page.length, MOST_POINTS);
  const points = drawn.map((index) => {
    const along = (times?.[index] ?? index) / last;
    const kind = FAULT_KIND_BY_LETTER[source.faultKind[index] ?? ""] ?? "minor";
    return pointMarkup(
      kind,
      source.access[index] ?? "",
      x + 6 + along * (width - 12),
      yOf(axis, basePage + (source.page[index] ?? 0) + 0.5),
    );
  });
  const listed = listedFaults(source);
  const totals = [
    `${source.minor} minor`,
    `${source.major} major`,
    listed.signal > 0 && `${listed.signal} signal`,
    source.lost > 0 && `${source.lost} lost`,
  ];
  const notes = drawn.length < source.page.length ? `, ${drawn.length} drawn` : "";
  return (
    label(fitting(source.instrument === source.source ? source.source : `${source.source} (${source.instrument})`, width), x, 12) +
    label(fitting(totals.filter((part) => part !== false).join(", ") + notes, width), x, 28, "dim") +
    box(x, TOP, width, PANEL_HEIGHT, `class="mmaplab-rule"`) +
    points.join("") +
    label(times ? "0" : "first", x, TOP + PANEL_HEIGHT + 14, "dim") +
    label(times ? formatNs(last) : "last fault", x + width, TOP + PANEL_HEIGHT + 14, "dim", "end")
  );
}

/** Writes are filled, reads hollow, execution a diamond; a signal is a cross. The ink says how the fault ended. */
function pointMarkup(kind: "minor" | "major" | "signal", access: string, x: number, y: number): string {
  const ink = FAULT_INKS[kind];
  if (kind === "signal") return `<path class="mmaplab-ink mmaplab-ink-${ink}" d="M${at(x - 4)} ${at(y - 4)}l8 8m0 -8l-8 8"/>`;
  const name = ACCESS_BY_LETTER[access] ?? "read";
  if (name === "execute") return `<path class="mmaplab-ink mmaplab-ink-${ink}" d="M${at(x)} ${at(y - 4)}l4 4l-4 4l-4 -4z"/>`;
  const paint = name === "write" ? `mmaplab-fill-${ink}` : `mmaplab-ink mmaplab-ink-${ink}`;
  return `<circle class="${paint}" cx="${at(x)}" cy="${at(y)}" r="3"/>`;
}

function keyMarkup(): string {
  const y = TOP + PANEL_HEIGHT + 34;
  const entries = [
    { text: "minor write", mark: pointMarkup("minor", "w", 0, 0) },
    { text: "minor read", mark: pointMarkup("minor", "r", 0, 0) },
    { text: "major", mark: pointMarkup("major", "w", 0, 0) },
    { text: "signal", mark: pointMarkup("signal", "w", 0, 0) },
  ];
  let x = LEFT + 6;
  return entries
    .map(({ text, mark }) => {
      const entry = `<g transform="translate(${at(x)} ${y - 4})">${mark}</g>${label(text, x + 10, y, "dim")}`;
      x += 30 + text.length * 7.3;
      return entry;
    })
    .join("");
}
