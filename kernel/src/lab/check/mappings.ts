/** `check.mappings`: which VMAs cover a range, as /proc/pid/maps has them. Pages are counted from the start of the range. */
import { PAGE_SIZE } from "../../abi/index.js";
import { describe, wholeNumber } from "../../linux/arguments.js";
import type { VmaRecord } from "../../model/index.js";
import { theLab } from "../the-lab.js";
import { conclude, requireCheck, type CheckOptions } from "./report.js";

/** Where a check looks: a mapping, or a range of whole pages. */
export interface PageRange {
  /** The address of the first page. */
  readonly addr: bigint;
  readonly pages: number;
}

/** One VMA, clipped to the range that is looked at. */
export interface ExpectedVma {
  /** The first page, counted from the start of the range; right after the VMA before unless told. A gap is a hole. */
  readonly from?: number;
  readonly pages: number;
  /** As in /proc/pid/maps: "rw-p". */
  readonly perms: string;
  /** The file's name, with or without its folder; null for private anonymous memory. Not compared unless told. */
  readonly object?: string | null;
  /** Offset in the file, in bytes. Not compared unless told. */
  readonly offset?: number;
}

/** Checks which VMAs cover a range; an empty list says that nothing is mapped there. */
export function checkMappings(name: string, range: PageRange, expected: readonly ExpectedVma[], options: CheckOptions = {}): void {
  requireCheck("check.mappings", name, options);
  const wanted = placed(expected);
  const seen = vmasIn(range).map((vma) => seenVma(vma, range.addr));
  const holds = seen.length === wanted.length && wanted.every((vma, index) => fits(vma, seen[index]));
  const words = seen.map((vma, index) => vmaWords(vma, wanted[index] ?? {})).join(", ") || "nothing is mapped";
  const expectedWords = wanted.map((vma) => vmaWords(vma, vma)).join(", ") || "nothing is mapped";
  conclude(name, holds ? { outcome: "passed", seen: words } : { outcome: "failed", expected: expectedWords, seen: words }, options);
}

interface PlacedVma extends Required<Pick<ExpectedVma, "from" | "pages" | "perms">> {
  readonly object?: string | null | undefined;
  readonly offset?: number | undefined;
}

function placed(expected: readonly ExpectedVma[]): PlacedVma[] {
  if (!Array.isArray(expected))
    throw new TypeError(`check.mappings: expect a list of VMAs such as [{ pages: 4, perms: "rw-p" }], not ${describe(expected)}`);
  let next = 0;
  return expected.map(({ from = next, pages, perms, object, offset }: ExpectedVma) => {
    wholeNumber("check.mappings: from", from, next);
    wholeNumber("check.mappings: pages", pages, 1);
    if (typeof perms !== "string" || !/^[r-][w-][x-][ps]$/.test(perms))
      throw new TypeError(`check.mappings: perms are written as in /proc/pid/maps, "rw-p", not ${describe(perms)}`);
    next = from + pages;
    return { from, pages, perms, object, offset };
  });
}

function vmasIn(range: PageRange): readonly VmaRecord[] {
  if (typeof range !== "object" || range === null || typeof range.addr !== "bigint")
    throw new TypeError(`check.mappings: look at a mapping, or at { addr, pages }, not ${describe(range)}`);
  wholeNumber("check.mappings: pages", range.pages, 1);
  const { kernel, world } = theLab();
  const { seen } = kernel.run({ op: "maps", at: range.addr, length: BigInt(range.pages) * BigInt(PAGE_SIZE), process: world.process });
  return seen?.kind === "maps" ? seen.vmas : [];
}

function seenVma(vma: VmaRecord, base: bigint): PlacedVma {
  const page = (address: bigint): number => Number((address - base) / BigInt(PAGE_SIZE));
  const from = page(vma.start);
  return { from, pages: page(vma.end) - from, perms: vma.perms, object: vma.object, offset: Number(vma.offset) };
}

function fits(wanted: PlacedVma, seen: PlacedVma | undefined): boolean {
  if (seen?.from !== wanted.from || seen.pages !== wanted.pages || seen.perms !== wanted.perms) return false;
  if (wanted.offset !== undefined && wanted.offset !== seen.offset) return false;
  return (
    wanted.object === undefined || wanted.object === seen.object || (wanted.object !== null && fileName(seen.object) === wanted.object)
  );
}

function fileName(object: string | null | undefined): string | undefined {
  return object?.slice(object.lastIndexOf("/") + 1).replace(/ \(deleted\)$/, "");
}

/** @param asked the fields that were asked for: only they are said */
function vmaWords({ from, pages, perms, object, offset }: PlacedVma, asked: Partial<PlacedVma>): string {
  const range = pages === 1 ? `page ${String(from)}` : `pages ${String(from)}-${String(from + pages - 1)}`;
  const file = asked.object === undefined ? "" : ` ${object === null ? "anonymous" : (fileName(object) ?? "")}`;
  return `${range} ${perms}${file}${asked.offset === undefined ? "" : ` from byte ${String(offset ?? 0)}`}`;
}
