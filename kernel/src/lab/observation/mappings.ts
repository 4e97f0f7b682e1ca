/** Looks at the lab's mappings, on the kernel and on the model alike, as views. */
import type { Executor, VmaRecord } from "../../model/index.js";
import type { MappingsView, Source, VmaView } from "../../views/index.js";
import type { AddressRange } from "../foreign.js";
import { hex } from "../hex.js";
import { PAGE_SHIFT, PAGE_SIZE } from "../../abi/index.js";

/** Pages whose state is read one by one; a larger VMA is shown without. */
const MOST_PAGES = 65_536;

/** VMAs shown of each side at each moment. 65 000 of them would be an output of tens of megabytes. */
const MOST_VMAS = 2000;

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
 * @param nameOfFile one name for each file: the model knows it by as many as there are open descriptions of it
 */
export function snapshot(
  source: Source,
  executor: Executor,
  ranges: readonly AddressRange[],
  label: (address: bigint) => string | null,
  nameOfFile: (name: string) => string = (name) => name,
): Snapshot {
  const vmas = ranges.flatMap(({ start, end }) => lookAtVmas(executor, start, end));
  // Of so many VMAs the pages would not be seen, and reading them one by one takes seconds.
  const withPages = vmas.length <= MOST_VMAS;
  return { source, vmas: vmas.map((vma) => vmaView(executor, underOneName(vma, nameOfFile), label(vma.start), withPages)) };
}

/**
 * Two snapshots of each side as one figure. Where there are too many VMAs, those that changed and then the lowest are shown,
 * the same ranges for both sides and both moments, and the title says how many are not.
 */
export function mappingsView(title: string, before: readonly Snapshot[], after: readonly Snapshot[]): MappingsView {
  const all = after.map(({ source, vmas }) => ({
    source,
    before: before.find((state) => state.source === source)?.vmas ?? [],
    after: vmas,
  }));
  const most = Math.max(0, ...all.flatMap((state) => [state.before.length, state.after.length]));
  if (most <= MOST_VMAS) return { kind: "mappings", title, pageSize: PAGE_SIZE, states: all };
  const shown = shownRanges(all.flatMap((state) => [state.before, state.after]));
  const states = all.map((state) => ({ ...state, before: state.before.filter(shown), after: state.after.filter(shown) }));
  const left = Math.max(0, ...states.flatMap((state) => [state.before.length, state.after.length]));
  return { kind: "mappings", title: `${title} (${String(most - left)} of ${String(most)} VMAs not shown)`, pageSize: PAGE_SIZE, states };
}

/** Which VMAs are shown: those of the islands that are not alike in every list, then the lowest. */
function shownRanges(lists: readonly (readonly VmaView[])[]): (vma: VmaView) => boolean {
  // Islands: ranges that no VMA of any list crosses.
  const islands: { end: bigint; readonly vmas: VmaView[] }[] = [];
  const byStart = (a: VmaView, b: VmaView): number => (BigInt(a.start) < BigInt(b.start) ? -1 : 1);
  for (const vma of lists.flat().sort(byStart)) {
    const last = islands.at(-1);
    const end = BigInt(vma.end);
    if (last && BigInt(vma.start) < last.end) {
      last.vmas.push(vma);
      if (end > last.end) last.end = end;
    } else islands.push({ end, vmas: [vma] });
  }
  const key = ({ start, end, perms, offset, object, pages, dirty }: VmaView): string =>
    JSON.stringify([start, end, perms, offset, object, pages, dirty]);
  const alike = ({ vmas }: (typeof islands)[number]): boolean => vmas.length === lists.length && new Set(vmas.map(key)).size === 1;
  const chosen = new Set<VmaView>();
  let room = MOST_VMAS;
  for (const island of [...islands.filter((one) => !alike(one)), ...islands.filter(alike)]) {
    const size = Math.max(1, Math.ceil(island.vmas.length / lists.length));
    if (size > room) continue;
    room -= size;
    for (const vma of island.vmas) chosen.add(vma);
  }
  return (vma) => chosen.has(vma);
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

function underOneName(vma: VmaRecord, nameOfFile: (name: string) => string): VmaRecord {
  return vma.object === null ? vma : { ...vma, object: nameOfFile(vma.object) };
}

function vmaView(executor: Executor, vma: VmaRecord, label: string | null, withPages: boolean): VmaView {
  const view = { start: hex(vma.start), end: hex(vma.end), perms: vma.perms, offset: hex(vma.offset), object: vma.object };
  const named = label === null ? view : { ...view, label };
  const length = vma.end - vma.start;
  if (!withPages || length >> BigInt(PAGE_SHIFT) > BigInt(MOST_PAGES)) return named;
  const { seen } = executor.run({ op: "resident", at: vma.start, length });
  return seen?.kind === "resident" ? { ...named, pages: seen.pages } : named;
}
