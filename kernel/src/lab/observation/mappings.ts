/** Looks at the lab's mappings, on the kernel and on the model alike, as views. */
import type { Executor, VmaRecord } from "../../model/index.js";
import type { MappingsView, Source, VmaView } from "../../views/index.js";
import type { AddressRange } from "../foreign.js";
import { hex } from "../hex.js";
import { PAGE_SHIFT, PAGE_SIZE } from "../../abi/index.js";

/** Pages whose state is read one by one; a larger VMA is shown without. */
const MOST_PAGES = 65_536;

/** The mappings of one side at one moment. */
export interface Snapshot {
  readonly source: Source;
  readonly vmas: readonly VmaView[];
}

/**
 * The VMAs in some ranges with the state of each page.
 * @param source who is asked
 * @param executor answers `maps` and `resident`
 * @param ranges where to look; VMAs are clipped to them
 * @param label names the mapping at an address, or null
 */
export function snapshot(
  source: Source,
  executor: Executor,
  ranges: readonly AddressRange[],
  label: (address: bigint) => string | null,
): Snapshot {
  const vmas = ranges.flatMap(({ start, end }) => lookAtVmas(executor, start, end));
  return { source, vmas: vmas.map((vma) => vmaView(executor, vma, label(vma.start))) };
}

/** Two snapshots of each side as one figure. */
export function mappingsView(title: string, before: readonly Snapshot[], after: readonly Snapshot[]): MappingsView {
  const states = after.map(({ source, vmas }) => ({
    source,
    before: before.find((state) => state.source === source)?.vmas ?? [],
    after: vmas,
  }));
  return { kind: "mappings", title, pageSize: PAGE_SIZE, states };
}

/** Ranges that touch or overlap as one, ascending. */
export function joined(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const result: AddressRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end)
      result[result.length - 1] = { start: last.start, end: range.end > last.end ? range.end : last.end };
    else result.push(range);
  }
  return result;
}

function lookAtVmas(executor: Executor, start: bigint, end: bigint): readonly VmaRecord[] {
  const { seen } = executor.run({ op: "maps", at: start, length: end - start });
  return seen?.kind === "maps" ? seen.vmas : [];
}

function vmaView(executor: Executor, vma: VmaRecord, label: string | null): VmaView {
  const view = { start: hex(vma.start), end: hex(vma.end), perms: vma.perms, offset: hex(vma.offset), object: vma.object };
  const named = label === null ? view : { ...view, label };
  const length = vma.end - vma.start;
  if (length >> BigInt(PAGE_SHIFT) > BigInt(MOST_PAGES)) return named;
  const { seen } = executor.run({ op: "resident", at: vma.start, length });
  return seen?.kind === "resident" ? { ...named, pages: seen.pages } : named;
}
