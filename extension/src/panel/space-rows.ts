/** What the panel lists of an address space: the lab's mappings in order, and what lies between them, folded. */
import type { ForeignRange, Model, ProcessId, TraceLabel } from "mmaplab/model";
import { FIRST_PROCESS } from "mmaplab/model";
import { MIXED, PAGE_FILLS, VMA_FILLS, formatBytes, objectName, pageMarks, printable, vmaClass, type VmaClass } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

/** Pages of a mapping whose states are looked at; of a larger one only its size is shown. */
const MOST_PAGES = 1 << 18;
/** Coloured stretches of a row. */
const MOST_MARKS = 48;
const PAGE_BYTES = 4096n;
/** In bytes: more than any process can have. */
const WHOLE_SPACE = 1n << 57n;

/** A line of the list. */
export type SpaceRow =
  | {
      readonly kind: "vma";
      readonly start: bigint;
      readonly end: bigint;
      readonly perms: string;
      readonly name: string;
      readonly class: VmaClass;
    }
  | { readonly kind: "foreign"; readonly start: bigint; readonly end: bigint; readonly mappings: number };

/**
 * The rows, in the order of addresses.
 * @param foreign ascending; is shown for the first process only, whose memory it is
 */
export function spaceRows(model: Model, process: ProcessId, foreign: readonly ForeignRange[], labels: readonly TraceLabel[]): SpaceRow[] {
  const { seen } = model.run({ op: "maps", at: 0n, length: WHOLE_SPACE, process });
  const rows = (seen?.kind === "maps" ? seen.vmas : []).map(({ start, end, perms, object }): SpaceRow => {
    const view = { start: "0x0", end: "0x0", perms, offset: "0x0", object } as const;
    const label = labels.findLast((one) => one.start <= start && one.end > start)?.text;
    return {
      kind: "vma",
      start,
      end,
      perms,
      name: label === undefined || label === "" ? objectName(view) : printable(label, 60),
      class: vmaClass(view),
    };
  });
  if (process !== FIRST_PROCESS) return rows;
  const others = foreign.map((range): SpaceRow => ({ kind: "foreign", ...range }));
  return folded([...rows, ...others].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)));
}

/** One row for all that lies between two mappings of the lab. */
function folded(rows: readonly SpaceRow[]): SpaceRow[] {
  const result: SpaceRow[] = [];
  for (const row of rows) {
    const last = result.at(-1);
    if (row.kind === "foreign" && last?.kind === "foreign")
      result[result.length - 1] = { ...last, end: row.end, mappings: last.mappings + row.mappings };
    else result.push(row);
  }
  return result;
}

/** The pages of a row: their letters, thinned to stretches, and how many are resident and dirty. */
export interface RowPages {
  /** A CSS background that shows them from left to right. */
  readonly background: string;
  readonly pages: number;
  readonly resident: number;
  readonly dirty: number;
}

/** The pages of a mapping; null where it is too large to look at each. */
export function rowPages(model: Model, process: ProcessId, { start, end }: Extract<SpaceRow, { kind: "vma" }>): RowPages | null {
  const pages = Number((end - start) / PAGE_BYTES);
  if (pages > MOST_PAGES) return null;
  const { states, dirty } = model.pages(start, end - start, process);
  return {
    background: strip(states),
    pages,
    resident: countOf(states, (letter) => letter !== "." && letter !== "s" && letter !== "g"),
    dirty: countOf(dirty, (letter) => letter === "d"),
  };
}

function strip(states: string): string {
  const total = states.length;
  if (total === 0) return "none";
  const stops = pageMarks(states, MOST_MARKS).map(({ from, count, letter }) => {
    const colour = letter === "." ? "transparent" : (PAGE_FILLS[letter] ?? PAGE_FILLS[MIXED] ?? "grey");
    return `${colour} ${((from / total) * 100).toFixed(2)}% ${(((from + count) / total) * 100).toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function countOf(letters: string, fits: (letter: string) => boolean): number {
  let count = 0;
  for (const letter of letters) if (fits(letter)) count += 1;
  return count;
}

/** Everything a row says, in one sentence, for screen readers and as a hint. */
export function rowWords(row: SpaceRow, pages: RowPages | null, trans: Phrases): string {
  const place = trans.__("%1 to %2", hex(row.start), hex(row.end));
  const size = formatBytes(Number(row.end - row.start));
  if (row.kind === "foreign")
    return trans._n("%2, %1 mapping of the notebook's own process", "%2, %1 mappings of the notebook's own process", row.mappings, place);
  const what = `${row.name}, ${place}, ${size}, ${row.perms}`;
  if (pages === null) return trans.__("%1, pages not counted", what);
  const resident = trans.__("%1 of %2 pages resident", String(pages.resident), String(pages.pages));
  return pages.dirty === 0 ? `${what}, ${resident}` : trans.__("%1, %2, %3 dirty", what, resident, String(pages.dirty));
}

/** The colour that stands for what is behind a mapping. */
export function rowColour(row: SpaceRow): string {
  return row.kind === "vma" ? VMA_FILLS[row.class] : "transparent";
}

/** An address as /proc/pid/maps prints it, with 0x. */
export function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
