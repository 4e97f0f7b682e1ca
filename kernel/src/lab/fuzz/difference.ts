/** Where the model's answer and the kernel's differ, in words that can be compared and shown. */
import type { Outcome, ProcessId, Result, VmaRecord } from "../../model/index.js";

/** What is compared. */
export type Field =
  "outcome" | "minor faults" | "major faults" | "mincore" | "bytes" | "maps" | "resident" | "vmflags" | "VmLck" | "contents";

/** One difference. */
export interface Difference {
  readonly field: Field;
  readonly model: string;
  readonly kernel: string;
  /** The process it was seen in; the first one unless told. */
  readonly process?: ProcessId;
  /** The place concerned, where the field has one: the start of a VMA, or a byte. */
  readonly at?: bigint;
}

/** The arena a sequence runs in. */
export interface Place {
  readonly base: bigint;
  readonly pages: number;
}

const PAGE = 4096n;

/** Whether an address lies in the arena. */
export function inArena(address: bigint, { base, pages }: Place): boolean {
  return address >= base && address < base + BigInt(pages) * PAGE;
}

/** An outcome in words; addresses in the arena as pages of it, others as "elsewhere". */
export function outcomeText(outcome: Outcome, returnsAddress: boolean, place: Place): string {
  switch (outcome.kind) {
    case "errno":
      return outcome.code;
    case "signal":
      return `${outcome.signal} ${outcome.code} at 0x${outcome.address.toString(16)}`;
    case "value":
      if (!returnsAddress) return String(outcome.value);
      return inArena(outcome.value, place) ? `page ${String((outcome.value - place.base) / PAGE)}` : "elsewhere";
  }
}

function seenText({ seen }: Result): string {
  switch (seen?.kind) {
    case "mincore":
      return seen.pages.join("");
    case "bytes":
      return Buffer.from(seen.bytes).toString("hex");
    default:
      return "";
  }
}

/** The first difference of two results of one operation. */
export function compareResults(model: Result, kernel: Result, returnsAddress: boolean, place: Place): Difference | undefined {
  const rows: readonly (readonly [Field, string, string])[] = [
    ["outcome", outcomeText(model.outcome, returnsAddress, place), outcomeText(kernel.outcome, returnsAddress, place)],
    ["minor faults", String(model.counts.minor), String(kernel.counts.minor)],
    ["major faults", String(model.counts.major), String(kernel.counts.major)],
    // What was read before a signal only the kernel's side tells.
    ...(kernel.outcome.kind === "value"
      ? [[kernel.seen?.kind === "mincore" ? "mincore" : "bytes", seenText(model), seenText(kernel)] as const]
      : []),
  ];
  const row = rows.find(([, ours, theirs]) => ours !== theirs);
  return row === undefined ? undefined : { field: row[0], model: row[1], kernel: row[2] };
}

/** VMAs as a line of text, in pages of the arena. */
export function mapsText(vmas: readonly VmaRecord[], { base }: Place): string {
  return vmas
    .map(
      ({ start, end, perms, offset, object }) =>
        `[${String((start - base) / PAGE)},${String((end - base) / PAGE)}) ${perms} ${String(offset / PAGE)} ${object ?? "anonymous"}`,
    )
    .join("; ");
}

/** Letters of pages; how often a page is mapped is left out, since who else maps it is not the sequence's business. */
export function foldedPages(letters: string): string {
  return letters.replaceAll("F", "f").replaceAll("A", "a");
}
